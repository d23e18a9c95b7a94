// Prints registered users as they arrive, whichever process publishes them.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <leat/leat.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "stop_signal.h"

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUsage = R"(usage: registered_user_consumer [OPTION...]

Prints each registered user with partition, offset and time as soon as it is published: those that are there already,
then those that come. Neither the folder nor the topic need to be there yet. Ctrl-C ends it.

  --dir FOLDER      the folder of the log (data)
  --topic NAME      (registered_user)
  --only-new        only what is published from now on
  --offset N        from this offset of each partition on; the topic must be there
  --partition N     only this partition; the topic must be there
  --filter TEXT     only users in whose key or value this stands
  --count N         ends after so many users
  --timeout TIME    ends when no user has come for so long, as in 500ms or 3s; with --count, this is a failure
)";

struct Options {
  std::string dir = "data";
  std::string topic = "registered_user";
  bool only_new = false;
  std::optional<std::int64_t> offset;
  std::optional<std::int32_t> partition;
  std::string filter;
  std::optional<std::int64_t> count;
  std::chrono::nanoseconds timeout{0};
};

leat::ConsumerOptions ConsumerOptionsOf(const Options& options) {
  leat::ConsumerOptions consumer{.auto_offset_reset = leat::OffsetReset::kEarliest};
  if (options.only_new) consumer.auto_offset_reset = leat::OffsetReset::kLatest;
  // An offset that somebody asks for and the log does not have is an error, not a reason to read something else.
  if (options.offset.has_value()) consumer.auto_offset_reset = leat::OffsetReset::kNone;
  if (!options.filter.empty()) {
    consumer.filter = [text = options.filter](const leat::ConsumerRecord& r) {
      return r.key().as_string_view().find(text) != std::string_view::npos ||
             r.value().as_string_view().find(text) != std::string_view::npos;
    };
  }
  return consumer;
}

absl::Status Choose(const leat::Broker& broker, const Options& options, leat::Consumer& consumer) {
  if (!options.offset.has_value() && !options.partition.has_value()) return consumer.Subscribe({options.topic});
  auto topic = broker.FindTopic(options.topic);
  if (!topic.ok()) return topic.status();
  std::vector<leat::TopicPartition> partitions;
  for (leat::PartitionId id = 0; id < topic->partition_count(); ++id) {
    if (id == options.partition.value_or(id)) partitions.push_back({options.topic, id});
  }
  if (partitions.empty()) {
    return absl::OutOfRangeError(
        fmt::format("{} has {} partitions, counted from 0", options.topic, topic->partition_count()));
  }
  if (auto status = consumer.Assign(partitions); !status.ok()) return status;
  for (const leat::TopicPartition& partition : partitions) {
    if (!options.offset.has_value()) break;
    if (auto status = consumer.Seek(partition, *options.offset); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void Print(const leat::ConsumerRecord& record) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(record.timestamp());
  fmt::print("{}@{} {:%F %T}.{:03}Z {}\n", record.partition(), record.offset(), seconds,
             (record.timestamp() - seconds).count(), record.value());
}

absl::Status Consume(const Options& options, example::StopSignal& stop, std::int64_t& consumed) {
  auto broker = leat::Broker::Open(options.dir);
  if (!broker.ok()) return broker.status();
  auto consumer = leat::Consumer::Open(*broker, ConsumerOptionsOf(options));
  if (!consumer.ok()) return consumer.status();
  if (auto status = Choose(*broker, options, *consumer); !status.ok()) return status;

  fmt::print("waiting for {} in {}; Ctrl-C ends\n", options.topic, broker->folder());
  auto idle_since = std::chrono::steady_clock::now();
  while (consumed != options.count && !stop.Asked()) {
    leat::ConsumerRecords records = consumer->Poll(100ms);
    if (!records.status().ok()) return records.status();
    const auto now = std::chrono::steady_clock::now();
    if (!records.empty()) idle_since = now;
    for (const leat::ConsumerRecord& record : records) {
      if (consumed == options.count) break;
      Print(record);
      ++consumed;
    }
    if (options.timeout > 0ns && now - idle_since >= options.timeout) {
      if (!options.count.has_value()) break;
      return absl::DeadlineExceededError(fmt::format("{} of {} users came, and then none for {} s", consumed,
                                                     *options.count,
                                                     std::chrono::duration<double>(options.timeout).count()));
    }
  }
  return broker->Close();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  example::Arguments arguments(kUsage);
  arguments.Text("--dir", &options.dir);
  arguments.Text("--topic", &options.topic);
  arguments.Flag("--only-new", &options.only_new);
  arguments.Number("--offset", &options.offset);
  arguments.Number("--partition", &options.partition);
  arguments.Text("--filter", &options.filter);
  arguments.Number("--count", &options.count);
  arguments.Duration("--timeout", &options.timeout);
  if (const auto code = arguments.Parse(argc, argv)) return *code;

  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  example::StopSignal stop;
  const auto begin = std::chrono::steady_clock::now();
  std::int64_t consumed = 0;
  const absl::Status status = Consume(options, stop, consumed);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  fmt::print("consumed {} users in {:.1f} s\n", consumed, taken.count());
  if (status.ok()) return 0;
  fmt::print(stderr, "registered_user_consumer could not go on: {}\n", std::string(status.message()));
  return 1;
}
