#include "rows/visibility.h"

#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "harness/clock.h"
#include "harness/statistics.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

constexpr std::int64_t kWorthSleepingNs = 500'000;

absl::Status SendOnSchedule(const Schedule& schedule, Broker& broker) {
  absl::StatusOr<Topic> topic = VisibilityTopic(broker);
  if (!topic.ok()) return topic.status();
  absl::StatusOr<Partition> partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  absl::StatusOr<Producer> producer = Producer::Open(broker);
  if (!producer.ok()) return producer.status();
  Values values(schedule.value_size);
  const auto interval = static_cast<std::int64_t>(static_cast<double>(schedule.interval_ns) / NsPerTick());
  std::int64_t due = Ticks() + interval;
  for (std::int64_t i = 0; i < schedule.records; ++i, due += interval) {
    WaitUntilTick(due);
    const auto sent = producer->Send(*partition, {.value = values.Stamp(static_cast<std::uint64_t>(due))});
    if (!sent.ok()) return sent.status();
  }
  return absl::OkStatus();
}

absl::StatusOr<double> VisibilityInProcess(const Schedule& schedule, Broker& broker, const std::string& folder) {
  absl::StatusOr<Child> child = Child::Start(
      "observe", {folder, std::to_string(schedule.records), schedule.watching == Watching::kSpinning ? "1" : "0",
                  std::to_string(schedule.fraction)});
  if (!child.ok()) return child.status();
  if (absl::Status s = child->Go(); !s.ok()) return s;
  if (absl::Status s = SendOnSchedule(schedule, broker); !s.ok()) return s;
  const absl::StatusOr<std::string> said = child->Finish();
  if (!said.ok()) return said.status();
  return std::atof(said->c_str());
}

absl::StatusOr<double> VisibilityInThread(const Schedule& schedule, Broker& broker) {
  absl::StatusOr<std::vector<std::int64_t>> ticks = absl::UnknownError("it has not run");
  std::atomic<bool> ready{false};
  std::thread consumer([&] {
    ticks = Observe(broker, schedule.records, schedule.watching, [&] { ready.store(true); });
    ready.store(true);
  });
  while (!ready.load()) std::this_thread::yield();
  const absl::Status sent = SendOnSchedule(schedule, broker);
  consumer.join();
  if (!sent.ok()) return sent;
  if (!ticks.ok()) return ticks.status();
  return TicksToNs(*ticks, schedule.fraction);
}

void FutexWait(std::atomic<std::uint32_t>& word, std::uint32_t expected) {
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT, expected, nullptr, nullptr, 0);
}
void FutexWake(std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

void AddOne(const char* name, const char* what, const char* reference_name, const Schedule& schedule, double target,
            Benchmarks& benchmarks) {
  benchmarks.push_back({.name = fmt::format("visible/{}", name),
                        .what = what,
                        .unit = "ns",
                        .better = Better::kLower,
                        .leat = [schedule](const std::string& folder) { return Visibility(schedule, folder); },
                        .reference_name = reference_name,
                        .reference = [schedule](const std::string&) { return WordVisibility(schedule); },
                        .target_value = target});
}

}  // namespace

void WaitUntilTick(std::int64_t tick) {
  const auto left_ns = static_cast<double>(tick - Ticks()) * NsPerTick();
  if (left_ns > kWorthSleepingNs) {
    timespec most{};
    most.tv_nsec = static_cast<long>(left_ns) - kWorthSleepingNs / 2;
    nanosleep(&most, nullptr);
  }
  while (Ticks() < tick) {
  }
}

double TicksToNs(std::vector<std::int64_t>& ticks, double fraction) {
  return static_cast<double>(Percentile(ticks, fraction)) * NsPerTick();
}

absl::StatusOr<double> Visibility(const Schedule& schedule, const std::string& folder) {
  absl::StatusOr<Broker> broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  const absl::StatusOr<Topic> topic = VisibilityTopic(*broker);
  if (!topic.ok()) return topic.status();
  const DeletedAtEnd deleted(*broker, topic->name());
  return schedule.consumer == Where::kProcess ? VisibilityInProcess(schedule, *broker, folder)
                                              : VisibilityInThread(schedule, *broker);
}

absl::StatusOr<double> WordVisibility(const Schedule& schedule) {
  alignas(64) std::atomic<std::uint32_t> count{0};
  alignas(64) std::atomic<std::int64_t> due_at{0};
  std::vector<std::int64_t> ticks;
  ticks.reserve(static_cast<std::size_t>(schedule.records));
  std::thread consumer([&] {
    for (std::uint32_t seen = 0; seen < schedule.records;) {
      const std::uint32_t now = count.load(std::memory_order_acquire);
      if (now == seen) {
        if (schedule.watching == Watching::kSleeping) FutexWait(count, seen);
        continue;
      }
      ticks.push_back(Ticks() - due_at.load(std::memory_order_relaxed));
      seen = now;
    }
  });
  const auto interval = static_cast<std::int64_t>(static_cast<double>(schedule.interval_ns) / NsPerTick());
  std::int64_t due = Ticks() + interval;
  for (std::int64_t i = 0; i < schedule.records; ++i, due += interval) {
    WaitUntilTick(due);
    due_at.store(due, std::memory_order_relaxed);
    count.fetch_add(1, std::memory_order_release);
    if (schedule.watching == Watching::kSleeping) FutexWake(count);
  }
  consumer.join();
  return TicksToNs(ticks, schedule.fraction);
}

void AddVisibility(const Scale& scale, Benchmarks& benchmarks) {
  // Far enough apart for the reader to have caught up, and, in the second case, to have gone to sleep.
  const Schedule spinning{.records = scale.slow_records / 5, .interval_ns = 5'000};
  const Schedule sleeping{
      .records = scale.quick ? 200 : 500, .interval_ns = 2'000'000, .watching = Watching::kSleeping};
  AddOne("thread_spinning", "Send to a thread that polls again and again, p50", "a word", spinning, 300, benchmarks);
  AddOne("thread_asleep", "Send to a thread asleep in Poll, p50", "futex", sleeping, 30'000, benchmarks);
  Schedule process = spinning;
  process.consumer = Where::kProcess;
  AddOne("process_spinning", "Send to a process that polls again and again, p50", "a word", process, 300, benchmarks);
  process = sleeping;
  process.consumer = Where::kProcess;
  AddOne("process_asleep", "Send to a process asleep in Poll, p50", "futex", process, 30'000, benchmarks);
}

void AddPacedLatency(const Scale& scale, Benchmarks& benchmarks) {
  for (const auto& [name, fraction] : {std::pair{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}}) {
    const Schedule schedule{.records = scale.slow_records / 2, .interval_ns = 10'000, .fraction = fraction};
    benchmarks.push_back(
        {.name = fmt::format("paced/{}", name),
         .what = fmt::format("100B at 100,000 a second, from when due to a spinning thread, {}", name),
         .unit = "ns",
         .better = Better::kLower,
         .leat = [schedule](const std::string& folder) { return Visibility(schedule, folder); },
         .reference_name = "a word",
         .reference = [schedule](const std::string&) { return WordVisibility(schedule); }});
  }
}

}  // namespace leat::bench
