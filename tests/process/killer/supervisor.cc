#include "process/killer/supervisor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>

#include "process/child_program.h"
#include "process/mapped_control.h"

namespace leat::process_test {
namespace {

using namespace std::chrono_literals;

// Whoever has not gone on by then does not.
constexpr auto kHang = 60s;

constexpr auto kLook = 200us;

}  // namespace

Supervisor::Supervisor(std::string folder, std::string board_path, Board& board, std::uint64_t seed)
    : folder_(std::move(folder)), board_path_(std::move(board_path)), board_(board), random_(seed) {}

Supervisor::~Supervisor() { KillAll().IgnoreError(); }

// From a microsecond to thirty milliseconds, as many in each decade.
std::int64_t Supervisor::RandomDelay() {
  const double exponent = std::uniform_real_distribution<double>(3, 7.5)(random_);
  return static_cast<std::int64_t>(std::pow(10, exponent));
}

Deed Supervisor::ChooseDeed(const Child& child) {
  constexpr std::array kWriterDeeds = {Deed::kOpen,       Deed::kSend,    Deed::kSend,   Deed::kSend,
                                       Deed::kSendToDisk, Deed::kCreate,  Deed::kDelete, Deed::kTrim,
                                       Deed::kCompact,    Deed::kCompact, Deed::kClose};
  constexpr std::array kReaderDeeds = {Deed::kOpen, Deed::kRead, Deed::kRead};
  constexpr std::array kMemberDeeds = {Deed::kOpen,   Deed::kJoin,  Deed::kJoin, Deed::kCommit,
                                       Deed::kCommit, Deed::kLeave, Deed::kLeave};
  const auto any = [this](const auto& deeds) { return deeds[random_() % deeds.size()]; };
  if (child.writes()) return any(kWriterDeeds);
  return child.part == "member" ? any(kMemberDeeds) : any(kReaderDeeds);
}

void Supervisor::ChooseEnd(Child& child, PartOptions& options) {
  const bool recovers = recoveries_to_kill_ > 0;
  if (recovers) --recoveries_to_kill_;
  if (!recovers && random_() % 3 == 0) {  // from outside, a while after it was started
    child.kill_at = Clock::now() + std::chrono::nanoseconds(2'000'000 + RandomDelay() * 3);
    return;
  }
  options.deed = recovers ? Deed::kOpen : ChooseDeed(child);
  options.delay = RandomDelay() / 4;
  switch (options.deed) {
    case Deed::kSend:
      options.delay = RandomDelay() / 100;
      [[fallthrough]];
    case Deed::kRead:
      options.nth = static_cast<std::int64_t>(1 + random_() % 300);
      break;
    case Deed::kSendToDisk:
    case Deed::kCommit:
      options.nth = static_cast<std::int64_t>(1 + random_() % 20);
      break;
    case Deed::kOpen:
    case Deed::kClose:
      options.nth = 1;
      break;
    default:
      options.nth = static_cast<std::int64_t>(1 + random_() % 2);
  }
  if (options.deed == Deed::kClose) options.sends = 1 + random_() % 200;
  // Who never gets to what it was to die in dies all the same.
  child.kill_at = Clock::now() + 500ms;
}

void Supervisor::Start(std::size_t seat, const std::string& part) {
  Child& child = children_[seat];
  child = Child{};
  child.part = part;
  child.number = next_number_++;
  PartOptions options{
      .folder = folder_, .board = board_path_, .seat = seat, .number = child.number, .seed = random_()};
  ChooseEnd(child, options);
  board_.progress[seat].store(0);
  child.pid = StartThisProgram(options.ToArguments(part));
}

absl::Status Supervisor::Failure() const {
  if (board_.failures.load() == 0) return absl::OkStatus();
  return absl::InternalError(std::string(board_.failure.data()));
}

void Supervisor::KillThoseDue() {
  for (Child& child : children_) {
    if (child.pid == 0 || !child.kill_at.has_value() || *child.kill_at > Clock::now()) continue;
    ::kill(child.pid, SIGKILL);
    child.kill_at.reset();
  }
}

// Now and then everybody dies at once, and the folder is nobody's; as often as not the machine seems to have been started
// anew before there is somebody again, so that the next opener recovers.
void Supervisor::PerhapsKillEverybody() {
  if (random_() % 12 != 0) return;
  for (Child& child : children_) {
    if (child.pid != 0) ::kill(child.pid, SIGKILL);
  }
  reboot_is_due_ = random_() % 2 == 0;
}

bool Supervisor::RebootIfDue() {
  if (!reboot_is_due_) return true;
  if (std::any_of(children_.begin(), children_.end(), [](const Child& child) { return child.pid != 0; }))
    return false;
  MappedControl(folder_).MakeAnotherBoots();
  reboot_is_due_ = false;
  ++reboots_;
  recoveries_to_kill_ = random_() % 4;
  return true;
}

absl::Status Supervisor::Ended(std::size_t seat, int status) {
  Child& child = children_[seat];
  child.pid = 0;
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (killed) {
    ++kills_;
    PerhapsKillEverybody();
    BeginWatch();
    return absl::OkStatus();
  }
  if (auto s = Failure(); !s.ok()) return s;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::InternalError(fmt::format("{} {} {}", child.part, child.number, DescribeEnd(status)));
}

absl::Status Supervisor::Reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    for (std::size_t seat = 0; seat < children_.size(); ++seat) {
      if (children_[seat].pid != pid) continue;
      if (auto s = Ended(seat, status); !s.ok()) return s;
    }
  }
  return absl::OkStatus();
}

void Supervisor::BeginWatch() {
  Watch watch{.since = Clock::now(), .numbers = {}, .progress = {}};
  for (std::size_t seat = 0; seat < children_.size(); ++seat) {
    if (children_[seat].pid == 0 || !children_[seat].writes()) continue;
    const std::uint64_t progress = board_.progress[seat].load();
    if (progress == 0) continue;  // still opening
    watch.numbers.emplace_back(seat, children_[seat].number);
    watch.progress.push_back(progress);
  }
  if (!watch.numbers.empty()) watches_.push_back(std::move(watch));
}

absl::Status Supervisor::LookAtWatches() {
  std::vector<Watch> waiting;
  for (Watch& watch : watches_) {
    bool all = true;
    bool any_left = false;
    for (std::size_t i = 0; i < watch.numbers.size(); ++i) {
      const auto [seat, number] = watch.numbers[i];
      if (children_[seat].pid == 0 || children_[seat].number != number) continue;
      any_left = true;
      all = all && board_.progress[seat].load() != watch.progress[i];
    }
    const auto since = Clock::now() - watch.since;
    if (all && any_left) resumptions_.push_back(since);
    if (all) continue;
    if (since > kHang) return absl::DeadlineExceededError("a hang: a writer sends nothing any more after a kill");
    waiting.push_back(std::move(watch));
  }
  watches_ = std::move(waiting);
  return absl::OkStatus();
}

absl::Status Supervisor::Kill(const Company& company, std::uint64_t kills) {
  std::vector<std::string> parts(company.writers, "writer");
  parts.insert(parts.end(), company.readers, "reader");
  parts.insert(parts.end(), company.onlookers, "onlooker");
  parts.insert(parts.end(), company.members, "member");
  children_.resize(parts.size());
  const std::uint64_t goal = kills_ + kills;
  while (kills_ < goal && board_.ack_count() < Board::kAcks * 9 / 10) {
    const bool may_start = RebootIfDue();
    for (std::size_t seat = 0; seat < children_.size() && may_start; ++seat) {
      if (children_[seat].pid == 0) Start(seat, parts[seat]);
    }
    KillThoseDue();
    if (auto s = Reap(); !s.ok()) return s;
    if (auto s = LookAtWatches(); !s.ok()) return s;
    if (auto s = Failure(); !s.ok()) return s;
    std::this_thread::sleep_for(kLook);  // between two looks; nothing depends on it
  }
  return absl::OkStatus();
}

absl::Status Supervisor::KillAll() {
  for (Child& child : children_) {
    if (child.pid == 0) continue;
    ::kill(child.pid, SIGKILL);
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    child.pid = 0;
    if (WIFSIGNALED(status)) ++kills_;
  }
  watches_.clear();
  return Failure();
}

absl::Status Supervisor::CloseAll() {
  board_.stop.store(1);
  const Clock::time_point deadline = Clock::now() + kHang;
  const auto left = [&] {
    return std::any_of(children_.begin(), children_.end(), [](const Child& child) { return child.pid != 0; });
  };
  while (left()) {
    if (auto s = Reap(); !s.ok()) return s;
    if (Clock::now() > deadline) return absl::DeadlineExceededError("a hang: a process does not close");
    std::this_thread::sleep_for(kLook);
  }
  watches_.clear();
  return Failure();
}

}  // namespace leat::process_test
