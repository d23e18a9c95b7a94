// How long a group takes to divide its partitions anew, and what it costs while nothing happens.
#include <fmt/format.h>
#include <leat/leat.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "harness/child.h"
#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/statistics.h"
#include "rows/groups.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

using namespace std::chrono_literals;

constexpr char kTopic[] = "group";

absl::StatusOr<Consumer> Join(const Broker& broker, ConsumerOptions options = {}) {
  options.group_id = "members";
  options.enable_auto_commit = false;
  options.auto_offset_reset = OffsetReset::kEarliest;
  auto consumer = Consumer::Open(broker, std::move(options));
  if (!consumer.ok()) return consumer;
  if (absl::Status s = consumer->Subscribe({kTopic}); !s.ok()) return s;
  return consumer;
}

// A consumer on a thread of its own, asleep in Poll but when it is told something.
class PollingMember {
 public:
  explicit PollingMember(const Broker& broker) : thread_([this, &broker] { status_ = Run(broker); }) {}
  ~PollingMember() { Stop().IgnoreError(); }

  std::size_t partitions() const { return partitions_.load(); }

  // Closes, and waits for that.
  absl::Status Stop() {
    stop_.store(true);
    if (thread_.joinable()) thread_.join();
    return status_;
  }

 private:
  absl::Status Run(const Broker& broker) {
    const auto more = [this](Consumer&, const auto& names) { partitions_.fetch_add(names.size()); };
    const auto fewer = [this](Consumer&, const auto& names) { partitions_.fetch_sub(names.size()); };
    auto consumer = Join(broker, {.on_assigned = more, .on_revoked = fewer});
    if (!consumer.ok()) return consumer.status();
    while (!stop_.load()) {
      if (absl::Status polled = consumer->Poll(20ms).status(); !polled.ok()) return polled;
    }
    return consumer->Close();
  }

  std::atomic<bool> stop_{false};
  std::atomic<std::size_t> partitions_{0};
  absl::Status status_;
  std::thread thread_;
};

using Members = std::vector<std::unique_ptr<PollingMember>>;

absl::Status AwaitDivided(const Members& members, std::size_t partitions) {
  const std::size_t share = partitions / members.size();
  for (const std::int64_t begin_ns = NowNs(); SecondsSince(begin_ns) < 60;) {
    std::size_t all = 0;
    bool fair = true;
    for (const auto& member : members) {
      all += member->partitions();
      fair = fair && member->partitions() >= share && member->partitions() <= share + 1;
    }
    if (fair && all == partitions) return absl::OkStatus();
    std::this_thread::sleep_for(200us);
  }
  return absl::DeadlineExceededError("the group does not settle");
}

enum class Change { kJoin, kLeave };

// Milliseconds until everybody has his share, after one of many came or went; the median of some.
absl::StatusOr<double> Settle(const std::string& folder, std::size_t members, std::int32_t partitions,
                              Change change) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  if (auto topic = broker->CreateTopic(kTopic, {.partitions = partitions}); !topic.ok()) return topic.status();
  const DeletedAtEnd deleted(*broker, kTopic);
  const auto count = static_cast<std::size_t>(partitions);
  Members all;
  for (std::size_t i = 0; i + 1 < members; ++i) all.push_back(std::make_unique<PollingMember>(*broker));
  if (absl::Status s = AwaitDivided(all, count); !s.ok()) return s;
  std::vector<double> took;
  for (int round = 0; round < 7; ++round) {
    std::int64_t begin_ns = NowNs();
    all.push_back(std::make_unique<PollingMember>(*broker));
    if (absl::Status s = AwaitDivided(all, count); !s.ok()) return s;
    if (change == Change::kJoin) took.push_back(SecondsSince(begin_ns) * 1e3);
    // The oldest goes.
    begin_ns = NowNs();
    std::unique_ptr<PollingMember> leaving = std::move(all.front());
    all.erase(all.begin());
    if (absl::Status s = leaving->Stop(); !s.ok()) return s;
    if (absl::Status s = AwaitDivided(all, count); !s.ok()) return s;
    if (change == Change::kLeave) took.push_back(SecondsSince(begin_ns) * 1e3);
  }
  return Median(took);
}

enum class End { kClose, kKill };

// Milliseconds from the end of a member in another process to the return of a Poll that slept here, with a record of
// its partition.
absl::StatusOr<double> HandOver(const std::string& folder, End end) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  auto topic = broker->CreateTopic(kTopic);
  if (!topic.ok()) return topic.status();
  const DeletedAtEnd deleted(*broker, kTopic);
  auto producer = Producer::Open(*broker);
  if (!producer.ok()) return producer.status();
  if (auto sent = producer->Send(*topic, {.value = "v"}); !sent.ok()) return sent.status();
  auto child = Child::Start("member", {folder});
  if (!child.ok()) return child.status();
  auto consumer = Join(*broker);
  if (!consumer.ok()) return consumer.status();
  std::int64_t returned_ns = 0;
  absl::Status polled;
  std::atomic<bool> sleeps = false;
  std::thread sleeper([&] {
    sleeps.store(true);
    const ConsumerRecords records = consumer->Poll(30s);
    returned_ns = NowNs();
    polled = records.empty() ? absl::DeadlineExceededError("no hand-over within 30 s") : records.status();
  });
  while (!sleeps.load()) std::this_thread::yield();
  std::this_thread::sleep_for(20ms);  // so that it sleeps
  const std::int64_t begin_ns = NowNs();
  if (end == End::kKill) {
    child->Kill();
  } else if (absl::Status went = child->Go(); !went.ok()) {
    polled = went;
  }
  sleeper.join();
  if (!polled.ok()) return polled;
  return static_cast<double>(returned_ns - begin_ns) / 1e6;
}

double ProcessSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Percent of a processor that sleeping members take together.
absl::StatusOr<double> Idle(const std::string& folder, bool grouped, std::size_t members, std::chrono::seconds time) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  if (auto topic = broker->CreateTopic(kTopic, {.partitions = 16}); !topic.ok()) return topic.status();
  const DeletedAtEnd deleted(*broker, kTopic);
  std::vector<Consumer> all;
  for (std::size_t i = 0; i < members; ++i) {
    auto consumer = grouped ? Join(*broker) : Consumer::Open(*broker);
    if (!consumer.ok()) return consumer.status();
    if (!grouped) {
      if (absl::Status s = consumer->Assign({TopicPartition{kTopic, static_cast<PartitionId>(i)}}); !s.ok()) return s;
    }
    all.push_back(*std::move(consumer));
  }
  for (int i = 0; i < 50; ++i) {
    for (Consumer& consumer : all) {
      if (absl::Status s = consumer.Poll(0ms).status(); !s.ok()) return s;
    }
  }
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  const std::int64_t begin_ns = NowNs();
  const double before = ProcessSeconds();
  for (Consumer& consumer : all) {
    threads.emplace_back([&] {
      const ConsumerRecords records = consumer.Poll(time);
      if (!records.status().ok() || !records.empty()) ++failed;
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (failed != 0) return absl::InternalError("a Poll that was to sleep returned something");
  return 100 * (ProcessSeconds() - before) / SecondsSince(begin_ns);
}

Benchmark Row(std::string name, std::string what, std::string unit, double target, Measure measure) {
  return {.name = "group/" + std::move(name),
          .what = std::move(what),
          .unit = std::move(unit),
          .better = Better::kLower,
          .leat = std::move(measure),
          .target_value = target,
          .most_rounds = 1};
}

}  // namespace

absl::StatusOr<std::string> MemberRole(const std::vector<std::string>& arguments, const ReadyThenGo& ready) {
  if (arguments.size() != 1) return absl::InvalidArgumentError("member FOLDER");
  auto broker = Broker::Open(arguments[0]);
  if (!broker.ok()) return broker.status();
  auto consumer = Join(*broker);
  if (!consumer.ok()) return consumer.status();
  if (const auto names = consumer->assignment(); !names.ok() || names->empty()) {
    return absl::InternalError("a group's first member has no partition");
  }
  if (absl::Status s = ready(); !s.ok()) return s;
  if (absl::Status s = consumer->Close(); !s.ok()) return s;
  return std::string("closed");
}

void AddGroupChanges(const Scale& scale, Benchmarks& benchmarks) {
  for (const auto& [name, change] : {std::pair("join", Change::kJoin), std::pair("leave", Change::kLeave)}) {
    const std::size_t members = scale.quick ? 20 : 100;
    const std::int32_t partitions = scale.quick ? 200 : 1000;
    benchmarks.push_back(Row(
        fmt::format("{}_{}x{}", name, members, partitions),
        fmt::format("one of {} members {}s, over {} partitions: until all are settled", members, name, partitions),
        "ms", 200,
        [=, change = change](const std::string& folder) { return Settle(folder, members, partitions, change); }));
  }
  benchmarks.push_back(Row("close_to_next", "from a member's Close in another process to the next one's first record",
                           "ms", 100, [](const std::string& folder) { return HandOver(folder, End::kClose); }));
  benchmarks.push_back(Row("kill_to_next", "the same, from kill -9", "ms", 500,
                           [](const std::string& folder) { return HandOver(folder, End::kKill); }));
  for (Benchmark* row : {&benchmarks[benchmarks.size() - 2], &benchmarks.back()}) row->most_rounds = 0;
  const std::chrono::seconds time = scale.quick ? 2s : 10s;
  benchmarks.push_back(Row("idle", "10 members asleep in Poll, all together", "% of a CPU", 1,
                           [=](const std::string& folder) { return Idle(folder, true, 10, time); }));
  benchmarks.back().reference_name = "assigned";
  benchmarks.back().reference = [=](const std::string& folder) { return Idle(folder, false, 10, time); };
}

}  // namespace leat::bench
