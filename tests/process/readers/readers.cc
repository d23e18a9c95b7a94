// Readers beside rolling, sealing, dropping and closing, for as long as one likes: each record is what was written, once
// and in order, whatever happens to the segment that it is read from.
//
//   process_readers --seconds 120 --seed 1 [--memory 1]
//
// On a disk, round by round: threads write into the smallest segments there are, others follow from the beginning, look
// things up anywhere and keep what they have read, and others open and close the folder beside them; then everybody closes,
// so that the log is sealed under one who follows it read-only. In memory there is a limit, and the oldest segments go.
#include <fmt/format.h>
#include <leat/leat.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "process/killer/content.h"
#include "support/temp_folder.h"

namespace leat::process_test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTopic = "t";
constexpr PartitionId kPartitionCount = 2;
constexpr int kWriters = 2;
constexpr TopicOptions kSmallest{
    .partitions = kPartitionCount, .segment_bytes = 64 << 10, .max_message_bytes = 64 << 10};
constexpr std::uint64_t kRecordsOfFolder = 150'000;

absl::Status Wrong(PartitionId partition, Offset offset, std::string_view what) {
  return absl::DataLossError(fmt::format("partition {} offset {}: {}", partition, offset, what));
}

// What a reader has seen, and what may come next.
class Following {
 public:
  explicit Following(bool may_miss) : may_miss_(may_miss) {}

  // The consumer has told that it goes on there: perhaps in an earlier Poll than the one that brings the record.
  void GoOnAt(PartitionId partition, Offset offset) { next_[partition] = offset; }

  absl::Status Take(const ConsumerRecord& record) {
    const auto [next, is_first] = next_.try_emplace(record.partition(), record.offset());
    if (is_first && record.offset() != 0 && !may_miss_)
      return Wrong(record.partition(), record.offset(), "is the first");
    if (record.offset() != next->second) {
      return Wrong(record.partition(), record.offset(), fmt::format("where {} was to come", next->second));
    }
    next->second = record.offset() + 1;
    const auto content = Decode(record.value());
    if (!content.has_value()) return Wrong(record.partition(), record.offset(), "not what was written");
    const auto [last, first_of_writer] =
        last_.try_emplace({content->writer, record.partition()}, content->sequence());
    if (!first_of_writer && content->sequence() <= std::exchange(last->second, content->sequence())) {
      return Wrong(record.partition(), record.offset(), "comes late or again");
    }
    ++count_;
    return absl::OkStatus();
  }
  std::uint64_t count() const { return count_; }

 private:
  const bool may_miss_;
  std::map<PartitionId, Offset> next_;
  std::map<std::pair<std::uint64_t, PartitionId>, std::uint64_t> last_;
  std::uint64_t count_ = 0;
};

// Threads that are told to stop, and the first that goes wrong tells why.
class Stress {
 public:
  Stress(std::uint64_t seed, bool memory) : random_(seed), memory_(memory) {}

  absl::Status Run(std::chrono::seconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
      if (auto s = memory_ ? RoundInMemory() : RoundOnDisk(end); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  std::uint64_t rounds = 0;
  std::atomic<std::uint64_t> written{0}, read{0}, looked_up{0}, closings{0};

 private:
  absl::Status RoundInMemory() {
    auto broker = Broker::InMemory({.size_limit = 4 << 20});
    if (!broker.ok()) return broker.status();
    if (auto topic = broker->CreateTopic(kTopic, kSmallest); !topic.ok()) return topic.status();
    return RoundWith(*std::move(broker), nullptr);
  }

  // Rounds in one folder, until it has grown large.
  absl::Status RoundOnDisk(std::chrono::steady_clock::time_point end) {
    const testing::TempFolder temp;
    const std::string folder = temp / "data";
    const std::uint64_t before = written.load();
    next_of_writer_.clear();
    while (written.load() - before < kRecordsOfFolder && std::chrono::steady_clock::now() < end) {
      auto broker = Broker::Open(folder);
      if (!broker.ok()) return broker.status();
      if (auto topic = broker->EnsureTopic(kTopic, kSmallest); !topic.ok()) return topic.status();
      if (auto s = RoundWith(*std::move(broker), &folder); !s.ok()) return s;
      // What it finds is sealed by now, or was while it looked.
      auto reading = Broker::Open(folder, {.mode = OpenMode::kReadOnly});
      if (!reading.ok()) return reading.status();
      auto consumer = Consumer::Open(*reading, {.auto_offset_reset = OffsetReset::kEarliest});
      if (!consumer.ok()) return consumer.status();
      if (auto s = consumer->Subscribe({kTopic}); !s.ok()) return s;
      Following all(false);
      while (all.count() < written.load() - before) {
        const ConsumerRecords records = consumer->Poll(1s);
        if (!records.status().ok()) return records.status();
        if (records.empty())
          return absl::DataLossError(fmt::format("{} of {} records are there", all.count(), written.load() - before));
        for (const ConsumerRecord& record : records) {
          if (auto s = all.Take(record); !s.ok()) return s;
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status RoundWith(Broker broker, const std::string* folder) {
    ++rounds;
    stop_ = false;
    std::vector<std::function<absl::Status()>> bodies;
    for (int i = 0; i < kWriters; ++i) bodies.push_back([&, i, seed = random_()] { return Write(broker, i, seed); });
    for (int i = 0; i < 2; ++i) bodies.push_back([&, seed = random_()] { return Follow(broker, seed); });
    bodies.push_back([&, seed = random_()] { return LookUp(broker, seed); });
    if (folder != nullptr) {
      bodies.push_back([&] { return OpenAndClose(*folder); });
      bodies.push_back([&] { return FollowReadOnly(*folder); });
    }
    const std::uint64_t enough = written.load() + 5'000 + random_() % 20'000;
    std::vector<std::jthread> threads;
    for (auto& body : bodies) {
      threads.emplace_back([this, &body] {
        const absl::Status status = body();
        if (status.ok()) return;
        const std::lock_guard lock(mutex_);
        first_.Update(status);
        stop_ = true;
      });
    }
    while (written.load() < enough && !stop_.load()) std::this_thread::sleep_for(1ms);
    stop_ = true;
    threads.clear();
    if (!first_.ok()) return first_;
    return broker.Close();
  }

  absl::Status Write(Broker& broker, int writer, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    auto topic = broker.FindTopic(kTopic);
    auto producer = Producer::Open(broker);
    if (!topic.ok() || !producer.ok()) return topic.ok() ? producer.status() : topic.status();
    std::uint64_t& next = NextOf(writer);
    while (!stop_.load()) {
      auto partition = topic->partition(static_cast<PartitionId>(random() % kPartitionCount));
      if (!partition.ok()) return partition.status();
      const Content content{.writer = static_cast<std::uint64_t>(writer), .first = next, .count = 1, .index = 0};
      const std::string value = Encode(content, random() % (random() % 8 == 0 ? 20'000 : 400));
      auto sent = producer->Send(*partition, {.value = value});
      if (memory_ && absl::IsResourceExhausted(sent.status())) continue;  // readers hold all that could go
      if (!sent.ok()) return sent.status();
      ++next;
      written.fetch_add(1);
    }
    return absl::OkStatus();
  }
  std::uint64_t& NextOf(int writer) {
    const std::lock_guard lock(mutex_);
    return memory_ ? next_in_memory_[{rounds, writer}] : next_of_writer_[writer];
  }

  absl::Status FollowWith(Consumer& consumer, std::uint64_t seed, Following& following) {
    std::mt19937_64 random(seed);
    std::vector<ConsumerRecords> kept;  // and with them what they lie in
    while (!stop_.load()) {
      ConsumerRecords records = consumer.Poll(2ms);
      if (!records.status().ok()) return records.status();
      for (const ConsumerRecord& record : records) {
        if (auto s = following.Take(record); !s.ok()) return s;
      }
      if (records.empty() || random() % 4 != 0) continue;
      kept.push_back(std::move(records));
      if (kept.size() < 20) continue;
      if (auto s = CheckAgain(kept[random() % kept.size()]); !s.ok()) return s;
      kept.erase(kept.begin(), kept.begin() + 10);
    }
    for (const ConsumerRecords& records : kept) {
      if (auto s = CheckAgain(records); !s.ok()) return s;
    }
    read.fetch_add(following.count());
    return absl::OkStatus();
  }
  static absl::Status CheckAgain(const ConsumerRecords& records) {
    for (const ConsumerRecord& record : records) {
      if (!Decode(record.value()).has_value()) return Wrong(record.partition(), record.offset(), "has changed");
    }
    return absl::OkStatus();
  }

  absl::Status Follow(Broker& broker, std::uint64_t seed) {
    Following following(memory_);
    auto consumer = Consumer::Open(
        broker, {.auto_offset_reset = OffsetReset::kEarliest, .on_offset_reset = [&](const OffsetResetEvent& event) {
                   following.GoOnAt(event.partition.partition, event.to);
                 }});
    if (!consumer.ok()) return consumer.status();
    if (auto s = consumer->Subscribe({kTopic}); !s.ok()) return s;
    return FollowWith(*consumer, seed, following);
  }

  absl::Status FollowReadOnly(const std::string& folder) {
    auto broker = Broker::Open(folder, {.mode = OpenMode::kReadOnly});
    if (!broker.ok()) return broker.status();
    if (auto s = Follow(*broker, 3); !s.ok()) return s;
    return broker->Close();
  }

  // Anywhere in the log, by offset and by time.
  absl::Status LookUp(Broker& broker, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    auto topic = broker.FindTopic(kTopic);
    if (!topic.ok()) return topic.status();
    while (!stop_.load()) {
      auto partition = topic->partition(static_cast<PartitionId>(random() % kPartitionCount));
      if (!partition.ok()) return partition.status();
      const auto begin = partition->log_start();
      const auto end = partition->high_watermark();
      if (!begin.ok() || !end.ok()) return begin.ok() ? end.status() : begin.status();
      if (*begin >= *end) continue;
      const Offset offset = *begin + static_cast<Offset>(random() % static_cast<std::uint64_t>(*end - *begin));
      const ConsumerRecords records = partition->Read(offset);
      // In memory it may have been dropped in between.
      if (memory_ && absl::IsOutOfRange(records.status())) continue;
      if (!records.status().ok()) return records.status();
      if (records.empty()) return Wrong(partition->id(), offset, "nothing is there");
      const ConsumerRecord& record = *records.begin();
      if (record.offset() != offset || !Decode(record.value()).has_value()) {
        return Wrong(partition->id(), offset, fmt::format("{} is there", record.offset()));
      }
      const auto by_time = partition->OffsetForTime(record.timestamp());
      if (!by_time.ok() && !memory_) return by_time.status();
      if (!memory_ && by_time->value_or(offset + 1) > offset) {
        return Wrong(partition->id(), offset, "is not found by its time");
      }
      looked_up.fetch_add(1);
    }
    return absl::OkStatus();
  }

  absl::Status OpenAndClose(const std::string& folder) {
    while (!stop_.load()) {
      auto broker = Broker::Open(folder);
      if (!broker.ok()) return broker.status();
      auto topic = broker->FindTopic(kTopic);
      if (!topic.ok()) return topic.status();
      if (auto s = broker->Flush(); !s.ok()) return s;
      if (auto s = broker->Close(); !s.ok()) return s;
      closings.fetch_add(1);
    }
    return absl::OkStatus();
  }

  std::mt19937_64 random_;
  const bool memory_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  absl::Status first_;
  std::map<int, std::uint64_t> next_of_writer_;
  std::map<std::pair<std::uint64_t, int>, std::uint64_t> next_in_memory_;
};

int Main(int argc, char** argv) {
  std::uint64_t seconds = 5, seed = std::random_device()(), memory = 0;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc || (name != "--seconds" && name != "--seed" && name != "--memory")) {
      fmt::print(stderr, "usage: {} [--seconds N] [--seed S] [--memory 1]\n", argv[0]);
      return 2;
    }
    (name == "--seconds" ? seconds : name == "--seed" ? seed : memory) = std::stoull(argv[i + 1]);
  }
  Stress stress(seed, memory != 0);
  const absl::Status status = stress.Run(std::chrono::seconds(seconds));
  fmt::print("seed {}, {} s {}: {} rounds, {} records written, {} read, {} looked up, {} closings beside them\n",
             seed, seconds, memory != 0 ? "in memory" : "on disk", stress.rounds, stress.written.load(),
             stress.read.load(), stress.looked_up.load(), stress.closings.load());
  if (status.ok()) return 0;
  fmt::print("{}\n", status.ToString());
  return 1;
}

}  // namespace
}  // namespace leat::process_test

int main(int argc, char** argv) { return leat::process_test::Main(argc, argv); }
