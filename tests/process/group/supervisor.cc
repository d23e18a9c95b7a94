#include "process/group/supervisor.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <thread>

#include "process/child_program.h"
#include "process/group/parts.h"

namespace leat::process_test::group {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// What has not happened by then does not happen.
constexpr auto kHang = 120s;

}  // namespace

Supervisor::Supervisor(std::string folder, std::string board_path, Board& board, std::uint64_t seed)
    : folder_(std::move(folder)), board_path_(std::move(board_path)), board_(board), random_(seed) {}

Supervisor::~Supervisor() {
  for (const Child& child : workers_) {
    if (child.pid != 0) ::kill(child.pid, SIGKILL);
    if (child.pid != 0) ::waitpid(child.pid, nullptr, 0);
  }
  for (const pid_t pid : producers_) {
    if (pid != 0) ::kill(pid, SIGKILL);
    if (pid != 0) ::waitpid(pid, nullptr, 0);
  }
}

void Supervisor::StartWorker(std::size_t seat) {
  Child& child = workers_[seat];
  child = Child{.process = ++next_process_};
  if (child.process >= Board::kProcesses) throw std::runtime_error("more processes than the board has room for");
  const PartOptions options{.folder = folder_,
                            .board = board_path_,
                            .process = child.process,
                            .seed = random_(),
                            .consumers = 3 + static_cast<int>(random_() % 2)};
  child.pid = StartThisProgram(options.ToArguments("worker"));
  ++counts_.processes;
}

Disturbance* Supervisor::NextDisturbance(const Child& child) {
  Process& process = board_.processes[child.process];
  const std::uint32_t index = process.count.load();
  if (index >= Process::kDisturbances) return nullptr;
  process.count.store(index + 1);
  return &process.disturbances[index];
}

void Supervisor::Kill(Child& child) {
  Disturbance* const disturbance = NextDisturbance(child);
  if (disturbance != nullptr) disturbance->sent_us.store(NowUs());
  ::kill(child.pid, SIGKILL);
  ::waitpid(child.pid, nullptr, 0);
  if (disturbance != nullptr) disturbance->confirmed_us.store(NowUs());
  child.pid = 0;
  ++counts_.kills;
}

void Supervisor::Stop(Child& child) {
  Disturbance* const disturbance = NextDisturbance(child);
  if (disturbance == nullptr) return;
  disturbance->sent_us.store(NowUs());
  ::kill(child.pid, SIGSTOP);
  int status = 0;
  ::waitpid(child.pid, &status, WUNTRACED);
  disturbance->confirmed_us.store(NowUs());
  if (!WIFSTOPPED(status)) throw std::runtime_error("a worker ended while it was stopped: " + DescribeEnd(status));
  child.continue_at_us = NowUs() + 50'000 + random_() % 4'000'000;
  ++counts_.stops;
}

void Supervisor::Continue(Child& child) {
  child.continue_at_us = 0;
  ::kill(child.pid, SIGCONT);
}

absl::Status Supervisor::Failure() const {
  if (board_.failures.load() == 0) return absl::OkStatus();
  return absl::InternalError(std::string(board_.failure.data()));
}

absl::Status Supervisor::Reap() {
  int status = 0;
  for (Child& child : workers_) {
    if (child.pid == 0 || ::waitpid(child.pid, &status, WNOHANG) != child.pid) continue;
    child.pid = 0;
    if (auto s = Failure(); !s.ok()) return s;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      return absl::InternalError(fmt::format("worker {} {}", child.process, DescribeEnd(status)));
    }
  }
  for (pid_t& pid : producers_) {
    if (pid == 0 || ::waitpid(pid, &status, WNOHANG) != pid) continue;
    pid = 0;
    if (auto s = Failure(); !s.ok()) return s;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      return absl::InternalError(fmt::format("a producer {}", DescribeEnd(status)));
    }
  }
  return Failure();
}

absl::Status Supervisor::LookAtCommits() {
  auto group = ConsumerGroup::Open(*broker_, kGroupId);
  if (!group.ok()) return group.status();
  const auto description = group->Describe();
  if (absl::IsNotFound(description.status())) return absl::OkStatus();  // nobody has joined yet
  if (!description.ok()) return description.status();
  if (!description->status.ok()) return description->status;
  for (const GroupPartitionDescription& one : description->partitions) {
    if (!one.committed.has_value()) continue;
    Offset& before = committed_[static_cast<std::size_t>(one.partition.partition)];
    if (one.committed->offset < before) {
      return absl::DataLossError(
          fmt::format("{}: committed {} after {}", one.partition, one.committed->offset, before));
    }
    before = one.committed->offset;
  }
  return absl::OkStatus();
}

absl::Status Supervisor::Play(int workers, std::chrono::milliseconds time) {
  // Without a slot of its own, so that all processes may be gone at once.
  auto broker = Broker::Open(folder_);
  if (!broker.ok()) return broker.status();
  broker_ = std::make_unique<Broker>(*std::move(broker));
  for (pid_t& pid : producers_) {
    const PartOptions options{.folder = folder_, .board = board_path_, .seed = random_()};
    pid = StartThisProgram(options.ToArguments("producer"));
  }
  workers_.resize(static_cast<std::size_t>(workers));
  for (std::size_t seat = 0; seat < workers_.size(); ++seat) StartWorker(seat);
  auto next_event = Clock::now();
  for (const auto end = Clock::now() + time; Clock::now() < end;) {
    for (std::size_t seat = 0; seat < workers_.size(); ++seat) {
      Child& child = workers_[seat];
      if (child.continue_at_us != 0 && NowUs() >= child.continue_at_us) Continue(child);
      // Those that are gone come back some time.
      if (child.pid == 0 && random_() % 50 == 0) StartWorker(seat);
    }
    if (Clock::now() >= next_event) {
      Child& child = workers_[random_() % workers_.size()];
      if (child.pid != 0 && child.continue_at_us == 0) {
        if (random_() % 2 == 0) {
          Kill(child);
        } else {
          Stop(child);
        }
      }
      next_event = Clock::now() + std::chrono::milliseconds(20 + random_() % 700);
    }
    if (auto s = LookAtCommits(); !s.ok()) return s;
    if (auto s = Reap(); !s.ok()) return s;
    std::this_thread::sleep_for(5ms);  // between two looks; nothing depends on it
  }
  return absl::OkStatus();
}

absl::Status Supervisor::Drain() {
  for (std::size_t seat = 0; seat < workers_.size(); ++seat) {
    if (workers_[seat].continue_at_us != 0) Continue(workers_[seat]);
    if (workers_[seat].pid == 0) StartWorker(seat);
  }
  board_.stop_producing.store(1);
  auto topic = broker_->FindTopic(kTopicName);
  if (!topic.ok()) return topic.status();
  for (const auto hang = Clock::now() + kHang;;) {
    if (auto s = Reap(); !s.ok()) return s;
    if (auto s = LookAtCommits(); !s.ok()) return s;
    bool done = std::all_of(producers_.begin(), producers_.end(), [](pid_t pid) { return pid == 0; });
    for (PartitionId p = 0; p < kPartitions; ++p) {
      const auto end = topic->partition(p)->high_watermark();
      if (!end.ok()) return end.status();
      done = done && committed_[static_cast<std::size_t>(p)] == *end;
    }
    if (done) return absl::OkStatus();
    if (Clock::now() > hang) return absl::DeadlineExceededError("a hang: not everything is committed");
    std::this_thread::sleep_for(5ms);
  }
}

absl::Status Supervisor::CloseAll() {
  board_.stop_consuming.store(1);
  for (const auto hang = Clock::now() + kHang;;) {
    if (auto s = Reap(); !s.ok()) return s;
    if (std::all_of(workers_.begin(), workers_.end(), [](const Child& child) { return child.pid == 0; })) break;
    if (Clock::now() > hang) return absl::DeadlineExceededError("a hang: a worker does not close");
    std::this_thread::sleep_for(1ms);
  }
  const auto description = ConsumerGroup::Open(*broker_, kGroupId)->Describe();
  if (!description.ok()) return description.status();
  if (!description->members.empty()) return absl::InternalError("a member is left behind by processes that closed");
  return broker_->Close();
}

}  // namespace leat::process_test::group
