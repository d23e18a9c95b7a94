// A process that writes from two threads to the topic that is checked, and from a third makes, uses and deletes
// topics beside it.
#include <fmt/format.h>
#include <leat/leat.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "process/killer/content.h"
#include "process/killer/parts.h"

namespace leat::process_test {
namespace {

using namespace std::chrono_literals;

class Writer {
 public:
  explicit Writer(const PartOptions& options)
      : options_(options),
        board_(MapBoard(options.board, false)),
        self_kill_(options.deed, options.nth, options.delay) {}

  int Play() {
    const absl::Status status = Run();
    if (status.ok()) return 0;
    board_.Fail(fmt::format("process {}: {}", options_.number, status.ToString()));
    return 3;
  }

 private:
  absl::Status Run() {
    self_kill_.Begins(Deed::kOpen);
    auto broker = Broker::Open(options_.folder);
    if (!broker.ok()) return broker.status();
    self_kill_.Begins(Deed::kCreate);
    auto topic = broker->EnsureTopic(kTopicName, SmallSegments());
    if (!topic.ok()) return topic.status();
    auto producer = Producer::Open(*broker);
    if (!producer.ok()) return producer.status();
    {
      std::vector<std::jthread> threads;
      for (std::uint64_t i = 0; i < kThreadsPerWriter; ++i) {
        threads.emplace_back([&, i] { Note(Write(*producer, *topic, i)); });
      }
      Note(ChurnTopics(*broker, *producer));
    }
    self_kill_.Begins(Deed::kClose);
    Note(producer->Close());
    Note(broker->Close());
    return first_;  // all threads have been joined
  }

  bool Stopped() const { return board_.stop.load(std::memory_order_relaxed) != 0 || over_.load(); }

  void Note(const absl::Status& status) {
    if (status.ok()) return;
    const std::lock_guard lock(mutex_);
    first_.Update(status);
    over_ = true;
  }

  absl::Status Write(Producer& producer, const Topic& topic, std::uint64_t thread) {
    std::mt19937_64 random(options_.seed * kThreadsPerWriter + thread);
    const std::uint64_t writer = options_.number * kThreadsPerWriter + thread;
    std::uint64_t sequence = 0;
    for (std::uint64_t sends = 0; !Stopped(); ++sends) {
      if (options_.sends != 0 && sends == options_.sends) {
        over_ = true;
        return absl::OkStatus();
      }
      const auto count = static_cast<std::uint32_t>(random() % 4 != 0 ? 1 : 1 + random() % 8);
      const auto id = static_cast<PartitionId>(random() % kPartitions);
      auto partition = topic.partition(id);
      if (!partition.ok()) return partition.status();
      const std::size_t size_max = random() % 8 == 0 ? 40'000 / count : 400;
      std::vector<std::string> values;
      std::vector<ProducerRecord> records;
      for (std::uint32_t i = 0; i < count; ++i) {
        values.push_back(
            Encode({.writer = writer, .first = sequence, .count = count, .index = i}, random() % size_max));
      }
      for (const std::string& value : values) records.push_back({.value = value});
      const bool to_disk = random() % 16 == 0;
      self_kill_.Begins(to_disk ? Deed::kSendToDisk : Deed::kSend);
      const Durability durability = to_disk ? Durability::kDisk : Durability::kProcess;
      auto delivery = count == 1 ? producer.Send(*partition, records[0], durability)
                                 : producer.Send(*partition, std::span(records), durability);
      if (!delivery.ok()) return delivery.status();
      if (!board_.Acknowledge(writer, sequence, count, id, delivery->offset)) over_ = true;
      board_.progress[options_.seat].fetch_add(1, std::memory_order_relaxed);
      sequence += count;
    }
    return absl::OkStatus();
  }

  // Others do the same with the same names, so half of what can go wrong has to be put up with.
  absl::Status ChurnTopics(Broker& broker, Producer& producer) {
    std::mt19937_64 random(options_.seed + 17);
    while (!Stopped()) {
      const std::string name = fmt::format("beside-{}", random() % 3);
      self_kill_.Begins(Deed::kCreate);
      auto topic =
          broker.EnsureTopic(name, {.partitions = static_cast<PartitionId>(1 + random() % 2),
                                    .segment_bytes = 64 << 10,
                                    .max_message_bytes = 64 << 10,
                                    .durability = random() % 2 == 0 ? Durability::kDisk : Durability::kProcess});
      if (!topic.ok() && !absl::IsNotFound(topic.status())) return topic.status();
      for (int i = 0; topic.ok() && i < 20; ++i) {
        auto sent = producer.Send(*topic, {.key = fmt::format("{}", i), .value = std::string(random() % 9000, 'x')});
        if (!sent.ok() && !absl::IsNotFound(sent.status())) return sent.status();
      }
      if (topic.ok() && random() % 2 == 0) {
        if (auto s = TrimSome(*topic, random); !s.ok() && !absl::IsNotFound(s)) return s;
      }
      if (auto s = WriteKept(broker, producer, random); !s.ok()) return s;
      if (random() % 3 != 0) continue;
      self_kill_.Begins(Deed::kDelete);
      const absl::Status deleted = broker.DeleteTopic(name);
      if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
    }
    return absl::OkStatus();
  }

  absl::Status WriteKept(Broker& broker, Producer& producer, std::mt19937_64& random) {
    auto topic = broker.EnsureTopic(kKeptName, Compacted());
    if (!topic.ok()) return topic.status();
    for (std::uint64_t i = random() % 40; i > 0; --i) {
      const std::size_t key = random() % Board::kKeys;
      const std::string value(random() % 3000, static_cast<char>('a' + key));
      auto sent = producer.Send(*topic, {.key = fmt::format("{}", key), .value = value});
      if (!sent.ok()) return sent.status();
      board_.Keep(key, sent->offset);
    }
    self_kill_.Begins(Deed::kCompact);
    auto report = broker.CompactTopic(kKeptName);
    if (!report.ok()) return report.status();
    // Somebody else may have been at it all the time.
    const absl::Status& compacted = report->partitions[0].status;
    return absl::IsAborted(compacted) ? absl::OkStatus() : compacted;
  }

  absl::Status TrimSome(const Topic& topic, std::mt19937_64& random) {
    auto partition = topic.partition(0);
    if (!partition.ok()) return partition.status();
    const auto end = partition->high_watermark();
    if (!end.ok()) return end.status();
    self_kill_.Begins(Deed::kTrim);
    return partition->Trim(static_cast<Offset>(random() % (static_cast<std::uint64_t>(*end) + 1))).status();
  }

  const PartOptions options_;
  Board& board_;
  SelfKill self_kill_;
  std::atomic<bool> over_{false};
  std::mutex mutex_;
  absl::Status first_;
};

}  // namespace

int PlayWriter(const PartOptions& options) { return Writer(options).Play(); }

}  // namespace leat::process_test
