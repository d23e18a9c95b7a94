// A pool of processes that share the work of one topic: they are members of one consumer group. One of them is killed in
// the middle of its work, and the others take over what it had.
#include <fmt/format.h>
#include <leat/leat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "arguments.h"
#include "child_process.h"
#include "stop_signal.h"

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUsage = R"(usage: group_workers [OPTION...]

Starts workers as processes of their own, gives them jobs, kills one of them half way, and checks that every job was done.
Each job takes a millisecond. Run more of them by hand, in other terminals, with --as-worker NAME: they join the pool and
get their share, until Ctrl-C ends them.

  --dir FOLDER        the folder of the log (data)
  --workers N         (3)
  --jobs N            (2000)
  --as-worker NAME    do jobs, and say what partitions come and go
)";

constexpr char kGroup[] = "workers";
constexpr char kJobs[] = "jobs";
constexpr char kDone[] = "jobs_done";

struct Options {
  std::string dir = "data";
  std::int64_t workers = 3;
  std::int64_t jobs = 2000;
  std::string worker;
};

std::string ListOf(const std::vector<leat::TopicPartition>& partitions) {
  std::string list;
  for (const leat::TopicPartition& partition : partitions) list += fmt::format(" {}", partition.partition);
  return list;
}

absl::Status Work(const Options& options, example::StopSignal& stop) {
  auto broker = leat::Broker::Open(options.dir);
  if (!broker.ok()) return broker.status();
  auto producer = leat::Producer::Open(*broker);
  if (!producer.ok()) return producer.status();

  const auto say = [&](std::string_view what) {
    return [&options, what](leat::Consumer&, const std::vector<leat::TopicPartition>& partitions) {
      fmt::print("  {} (pid {}) {} partition{}{}\n", options.worker, getpid(), what,
                 partitions.size() == 1 ? "" : "s", ListOf(partitions));
    };
  };
  auto consumer = leat::Consumer::Open(*broker, {.group_id = kGroup,
                                                 .enable_auto_commit = false,
                                                 .on_assigned = say("takes"),
                                                 .on_revoked = say("gives up"),
                                                 .on_lost = say("has lost"),
                                                 .auto_offset_reset = leat::OffsetReset::kEarliest,
                                                 .max_poll_records = 50});
  if (!consumer.ok()) return consumer.status();
  if (auto status = consumer->Subscribe({kJobs}); !status.ok()) return status;
  while (!stop.Asked()) {
    leat::ConsumerRecords jobs = consumer->Poll(100ms);
    if (!jobs.status().ok()) return jobs.status();
    for (const leat::ConsumerRecord& job : jobs) {
      std::this_thread::sleep_for(1ms);  // the work
      auto done = producer->Send(kDone, {.key = job.value(), .value = options.worker});
      if (!done.ok()) return done.status();
    }
    // From here on these jobs are nobody's any more. A worker that is killed before has others do them again.
    if (auto status = consumer->Commit(); !status.ok() && !absl::IsAborted(status)) return status;
  }
  return consumer->Close();
}

// Reads what has been done so far into `times`, of each job.
absl::Status Count(leat::Consumer& results, std::vector<int>& times, std::int64_t& done) {
  leat::ConsumerRecords records = results.Poll(100ms);
  for (const leat::ConsumerRecord& record : records) {
    const auto job = static_cast<std::size_t>(std::stoll(std::string(record.key())));
    if (times.at(job)++ == 0) ++done;
  }
  return records.status();
}

absl::Status Run(const Options& options) {
  auto broker = leat::Broker::Open(options.dir);
  if (!broker.ok()) return broker.status();
  auto jobs = broker->CreateTopic(kJobs, {.partitions = 8});
  if (!jobs.ok()) return jobs.status();
  if (auto done = broker->CreateTopic(kDone); !done.ok()) return done.status();
  auto results = leat::Consumer::Open(*broker, {.auto_offset_reset = leat::OffsetReset::kEarliest});
  if (!results.ok()) return results.status();
  if (auto status = results->Subscribe({kDone}); !status.ok()) return status;

  std::vector<example::ChildProcess> workers;
  for (std::int64_t i = 1; i <= options.workers; ++i) {
    workers.emplace_back(std::vector<std::string>{"--dir", options.dir, "--as-worker", fmt::format("worker-{}", i)});
  }
  auto producer = leat::Producer::Open(*broker);
  if (!producer.ok()) return producer.status();
  for (std::int64_t i = 0; i < options.jobs; ++i) {
    const std::string number = std::to_string(i);
    if (auto sent = producer->Send(*jobs, {.key = number, .value = number}); !sent.ok()) return sent.status();
  }

  std::vector<int> times(static_cast<std::size_t>(options.jobs), 0);
  std::int64_t done = 0;
  const auto give_up = std::chrono::steady_clock::now() + 40s;
  for (bool killed = false; done < options.jobs;) {
    if (auto status = Count(*results, times, done); !status.ok()) return status;
    if (!killed && done >= options.jobs / 2) {
      fmt::print("{} of {} jobs are done; worker-1 is killed\n", done, options.jobs);
      workers.front().Kill();
      killed = true;
    }
    if (std::chrono::steady_clock::now() > give_up) {
      return absl::DeadlineExceededError(
          fmt::format("{} of {} jobs are not done", options.jobs - done, options.jobs));
    }
  }
  const auto description = leat::ConsumerGroup::Open(*broker, kGroup)->Describe();
  if (!description.ok()) return description.status();
  std::int64_t again = 0;
  for (const int count : times) again += count > 1 ? 1 : 0;
  fmt::print("all {} jobs are done, {} of them twice, because worker-1 had not committed them; {} members are left\n",
             options.jobs, again, description->members.size());
  workers.clear();  // each is told to end, and waited for
  if (auto status = broker->DeleteTopic(kJobs); !status.ok()) return status;
  return broker->DeleteTopic(kDone);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  example::Arguments arguments(kUsage);
  arguments.Text("--dir", &options.dir);
  arguments.Number("--workers", &options.workers, std::int64_t{2});
  arguments.Number("--jobs", &options.jobs, std::int64_t{1});
  arguments.Text("--as-worker", &options.worker);
  if (const auto code = arguments.Parse(argc, argv)) return *code;

  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  absl::Status status;
  if (options.worker.empty()) {
    status = Run(options);
  } else {
    example::StopSignal stop;
    status = Work(options, stop);
  }
  if (status.ok()) return 0;
  fmt::print(stderr, "group_workers failed: {}\n", std::string(status.message()));
  return 1;
}
