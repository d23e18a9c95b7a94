// Several processes write one topic at once while others read it; each reader checks that nothing is missing, nothing
// comes twice, and every writer's records come in the order in which they were written.
#include <fmt/format.h>
#include <leat/leat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "child_process.h"

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUsage = R"(usage: many_processes [OPTION...]

Starts writers and readers as processes of their own on one topic, and checks the count and the order in each reader.
Exits with 0 if all is as it should be; then the topic is deleted again.

  --dir FOLDER      the folder of the log (data)
  --writers N       (3)
  --readers N       (2)
  --records N       by each writer (100000)
)";

struct Options {
  std::string dir = "data";
  std::int64_t writers = 3;
  std::int64_t readers = 2;
  std::int64_t records = 100'000;
  std::string topic;
  std::int64_t writer = -1;  // this process is a writer, and which
  bool reader = false;       // this process is a reader
};

absl::Status Write(const Options& options) {
  auto broker = leat::Broker::Open(options.dir);
  if (!broker.ok()) return broker.status();
  auto topic = broker->FindTopic(options.topic);
  if (!topic.ok()) return topic.status();
  auto producer = leat::Producer::Open(*broker);
  if (!producer.ok()) return producer.status();

  // The key says who writes: all records of one key go to one partition, and so keep their order.
  leat::TypedProducer<std::int64_t, std::int64_t> numbers(*producer);
  for (std::int64_t i = 0; i < options.records; ++i) {
    if (auto status = numbers.Enqueue(*topic, {.key = options.writer, .value = i}); !status.ok()) return status;
  }
  return producer->Flush();
}

absl::Status Read(const Options& options) {
  auto broker = leat::Broker::Open(options.dir);
  if (!broker.ok()) return broker.status();
  auto consumer = leat::Consumer::Open(*broker, {.auto_offset_reset = leat::OffsetReset::kEarliest});
  if (!consumer.ok()) return consumer.status();
  if (auto status = consumer->Subscribe({options.topic}); !status.ok()) return status;

  leat::TypedConsumer<std::int64_t, std::int64_t> numbers(*consumer);
  std::vector<std::int64_t> next(static_cast<std::size_t>(options.writers), 0);
  for (std::int64_t left = options.writers * options.records; left > 0;) {
    auto records = numbers.Poll(20s);
    if (!records.status().ok()) return records.status();
    if (records.empty()) return absl::DeadlineExceededError(fmt::format("{} records are missing", left));
    for (const auto& record : records) {
      std::int64_t& expected = next.at(static_cast<std::size_t>(record.key()));
      if (record.value() != expected) {
        return absl::DataLossError(fmt::format("partition {}, offset {}: number {} of writer {} where {} belongs",
                                               record.partition(), record.offset(), record.value(), record.key(),
                                               expected));
      }
      ++expected;
      --left;
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> ArgumentsOfChild(const Options& options) {
  return {"--dir",     options.dir,
          "--topic",   options.topic,
          "--writers", std::to_string(options.writers),
          "--records", std::to_string(options.records)};
}

absl::Status Run(Options options) {
  auto broker = leat::Broker::Open(options.dir);
  if (!broker.ok()) return broker.status();
  options.topic = fmt::format("many_processes-{}", getpid());
  auto topic = broker->CreateTopic(options.topic, {.partitions = 2});
  if (!topic.ok()) return topic.status();

  const auto begin = std::chrono::steady_clock::now();
  std::vector<example::ChildProcess> children;
  for (std::int64_t i = 0; i < options.readers; ++i) {
    auto arguments = ArgumentsOfChild(options);
    arguments.push_back("--as-reader");
    children.emplace_back(std::move(arguments));
  }
  for (std::int64_t i = 0; i < options.writers; ++i) {
    auto arguments = ArgumentsOfChild(options);
    arguments.insert(arguments.end(), {"--as-writer", std::to_string(i)});
    children.emplace_back(std::move(arguments));
  }
  int failed = 0;
  for (example::ChildProcess& child : children) failed += child.Wait() ? 0 : 1;
  if (failed > 0) {
    return absl::DataLossError(fmt::format("{} of {} processes failed; what they wrote is kept as topic {}", failed,
                                           children.size(), options.topic));
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  fmt::print("{} writers, {} readers: each reader saw all {} records, each writer's in order, in {:.2f} s\n",
             options.writers, options.readers, options.writers * options.records, taken.count());
  return broker->DeleteTopic(options.topic);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  example::Arguments arguments(kUsage);
  arguments.Text("--dir", &options.dir);
  arguments.Number("--writers", &options.writers);
  arguments.Number("--readers", &options.readers);
  arguments.Number("--records", &options.records);
  arguments.Text("--topic", &options.topic);
  arguments.Number("--as-writer", &options.writer);
  arguments.Flag("--as-reader", &options.reader);
  if (const auto code = arguments.Parse(argc, argv)) return *code;

  const std::string role = options.reader ? "a reader" : options.writer >= 0 ? "a writer" : "the run";
  const absl::Status status = options.reader ? Read(options) : options.writer >= 0 ? Write(options) : Run(options);
  if (status.ok()) return 0;
  fmt::print(stderr, "many_processes: {} failed: {}\n", role, std::string(status.message()));
  return 1;
}
