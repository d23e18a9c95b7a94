#include "process/killer/judge.h"

#include <fmt/format.h>
#include <leat/leat.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include "process/killer/content.h"
#include "process/killer/parts.h"
#include "process/segment_file_check.h"

namespace leat::process_test {
namespace {

absl::Status Wrong(PartitionId partition, Offset offset, std::string_view what) {
  return absl::DataLossError(fmt::format("partition {} offset {}: {}", partition, offset, what));
}

struct Found {
  Content content;
  bool acknowledged = false;
};

class Judging {
 public:
  absl::Status ReadAll(Broker& broker) {
    log_.resize(kPartitions);
    auto topic = broker.FindTopic(kTopicName);
    if (absl::IsNotFound(topic.status())) return absl::OkStatus();  // nobody got that far; acknowledgements will tell
    if (!topic.ok()) return topic.status();
    for (PartitionId id = 0; id < kPartitions; ++id) {
      auto partition = topic->partition(id);
      if (!partition.ok()) return partition.status();
      if (auto s = Read(*partition); !s.ok()) return s;
    }
    return ReadBeside(broker);
  }

  absl::Status CompareWith(const Board& board) {
    for (std::size_t i = 0; i < board.ack_count(); ++i) {
      const Ack& ack = board.acks[i];
      if (ack.valid.load(std::memory_order_acquire) == 0) continue;  // died while it wrote this
      for (std::uint32_t j = 0; j < ack.count; ++j) {
        if (auto s = Acknowledged(ack, j); !s.ok()) return s;
      }
    }
    return absl::OkStatus();
  }

  // Of each key, what was acknowledged last is there, or something later.
  absl::Status CheckKept(const Board& board) const {
    for (std::size_t key = 0; key < Board::kKeys; ++key) {
      const Offset acknowledged = board.kept[key].load(std::memory_order_acquire) - 1;
      if (acknowledged < 0) continue;
      const auto found = newest_.find(fmt::format("{}", key));
      const Offset newest = found == newest_.end() ? -1 : found->second.offset;
      if (newest < acknowledged) {
        return Wrong(0, acknowledged, fmt::format("the last record of key {} is gone; there is {}", key, newest));
      }
      if (found->second.value.find_first_not_of(static_cast<char>('a' + key)) != std::string::npos) {
        return Wrong(0, newest, "another key's value");
      }
    }
    return absl::OkStatus();
  }

  // Each record once; of one writer in the order of its Sends; and what is not acknowledged is one whole Send, a
  // writer's last.
  absl::Status CheckWriters(std::uint64_t kills) {
    std::map<std::uint64_t, std::map<std::uint64_t, const Found*>> writers;
    for (PartitionId id = 0; id < kPartitions; ++id) {
      std::map<std::uint64_t, std::uint64_t> last;
      const std::vector<Found>& found = log_[static_cast<std::size_t>(id)];
      for (std::size_t offset = 0; offset < found.size(); ++offset) {
        const Content& content = found[offset].content;
        const auto wrong = [&](std::string_view what) { return Wrong(id, static_cast<Offset>(offset), what); };
        if (!writers[content.writer].emplace(content.sequence(), &found[offset]).second) return wrong("a duplicate");
        const auto [before, is_first] = last.try_emplace(content.writer, content.sequence());
        if (!is_first && content.sequence() <= std::exchange(before->second, content.sequence())) {
          return wrong("not in the order of its writer");
        }
        ++verdict_.records;
        verdict_.acknowledged += found[offset].acknowledged ? 1 : 0;
      }
    }
    for (const auto& [writer, records] : writers) {
      if (auto s = CheckTail(writer, records); !s.ok()) return s;
    }
    if (verdict_.unacknowledged <= kills * kThreadsPerWriter) return absl::OkStatus();
    return absl::DataLossError(fmt::format("{} unacknowledged Sends after {} kills", verdict_.unacknowledged, kills));
  }

  // What is committed has been delivered, all of it, and whoever joins next is given the rest, from its first record on.
  absl::Status CheckGroup(Broker& broker, const Board& board) {
    auto consumer = Consumer::Open(
        broker, {.group_id = kGroupId, .enable_auto_commit = false, .auto_offset_reset = OffsetReset::kEarliest});
    if (!consumer.ok()) return consumer.status();
    std::vector<Offset> next(kPartitions);
    std::uint64_t left = 0;
    for (PartitionId id = 0; id < kPartitions; ++id) {
      const auto p = static_cast<std::size_t>(id);
      const auto committed = consumer->Committed({kTopicName, id});
      if (!committed.ok()) return committed.status();
      next[p] = committed->has_value() ? (*committed)->offset : 0;
      if (next[p] > static_cast<Offset>(log_[p].size()))
        return Wrong(id, next[p], "is committed, and not in the log");
      for (Offset offset = 0; offset < next[p]; ++offset) {
        if (board.delivered[p][static_cast<std::size_t>(offset)].load(std::memory_order_acquire) != 0) continue;
        return Wrong(id, offset, fmt::format("the group skipped it: it has committed {}", next[p]));
      }
      verdict_.committed += static_cast<std::uint64_t>(next[p]);
      left += log_[p].size() - static_cast<std::size_t>(next[p]);
    }
    if (auto s = consumer->Subscribe({kTopicName}); !s.ok()) return s;
    const auto hang = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (left > 0) {
      const ConsumerRecords records = consumer->Poll(std::chrono::milliseconds(100));
      if (!records.status().ok()) return records.status();
      for (const ConsumerRecord& record : records) {
        Offset& expected = next[static_cast<std::size_t>(record.partition())];
        if (record.offset() != expected)
          return Wrong(record.partition(), expected, "the next member is not given it");
        ++expected;
        --left;
      }
      if (std::chrono::steady_clock::now() > hang)
        return absl::DeadlineExceededError("the next member is given nothing");
    }
    return consumer->Close();
  }

  const Verdict& verdict() const { return verdict_; }

 private:
  absl::Status Read(Partition& partition) {
    std::vector<Found>& found = log_[static_cast<std::size_t>(partition.id())];
    for (;;) {
      const auto next = static_cast<Offset>(found.size());
      const ConsumerRecords records = partition.Read(next);
      if (!records.status().ok()) return records.status();
      if (records.empty()) break;
      for (const ConsumerRecord& record : records) {
        const auto expected = static_cast<Offset>(found.size());
        if (record.offset() != expected)
          return Wrong(partition.id(), expected, fmt::format("is {}", record.offset()));
        const auto content = Decode(record.value());
        if (!content.has_value()) return Wrong(partition.id(), expected, "not what was written");
        found.push_back({.content = *content});
      }
    }
    auto end = partition.end();
    if (!end.ok()) return end.status();
    if (*end == static_cast<Offset>(found.size())) return absl::OkStatus();
    return Wrong(partition.id(), static_cast<Offset>(found.size()),
                 fmt::format("cannot be read; the end is {}", *end));
  }

  absl::Status ReadBeside(Broker& broker) {
    auto names = broker.ListTopics();
    if (!names.ok()) return names.status();
    for (const std::string& name : *names) {
      auto topic = broker.FindTopic(name);
      if (!topic.ok()) return topic.status();
      const bool compacts = topic->options().cleanup_policy != CleanupPolicy::kDelete;
      for (PartitionId id = 0; id < topic->partition_count(); ++id) {
        auto partition = topic->partition(id);
        if (!partition.ok()) return partition.status();
        const auto start = partition->log_start();
        if (!start.ok()) return start.status();
        for (Offset next = *start;;) {
          const ConsumerRecords records = partition->Read(next);
          if (!records.status().ok()) return records.status();
          if (records.empty()) break;
          for (const ConsumerRecord& record : records) {
            if (compacts ? record.offset() < next : record.offset() != next) {
              return Wrong(id, record.offset(), fmt::format("a gap in {}", name));
            }
            next = record.offset() + 1;
            if (name == kKeptName)
              newest_[std::string(record.key().as_string_view())] = {record.offset(),
                                                                     std::string(record.value().as_string_view())};
          }
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status Acknowledged(const Ack& ack, std::uint32_t j) {
    std::vector<Found>& found = log_[static_cast<std::size_t>(ack.partition)];
    const auto offset = static_cast<std::size_t>(ack.offset) + j;
    if (offset >= found.size()) {
      return Wrong(ack.partition, static_cast<Offset>(offset),
                   fmt::format("acknowledged to writer {} and lost: the log ends at {}", ack.writer, found.size()));
    }
    Found& there = found[offset];
    if (there.content.writer != ack.writer || there.content.sequence() != ack.first + j) {
      return Wrong(ack.partition, static_cast<Offset>(offset),
                   fmt::format("acknowledged to writer {} as its {}, and holds writer {}'s {}", ack.writer,
                               ack.first + j, there.content.writer, there.content.sequence()));
    }
    there.acknowledged = true;
    return absl::OkStatus();
  }

  absl::Status CheckTail(std::uint64_t writer, const std::map<std::uint64_t, const Found*>& records) {
    const auto wrong = [&](std::uint64_t sequence, std::string_view what) {
      return absl::DataLossError(fmt::format("record {} of writer {}: {}", sequence, writer, what));
    };
    std::uint64_t expected = 0;
    bool in_tail = false;
    std::uint64_t tail_first = 0;
    for (const auto& [sequence, found] : records) {
      if (sequence != expected) return wrong(expected, "is missing");
      ++expected;
      if (found->acknowledged && in_tail) return wrong(sequence - 1, "was not acknowledged, but the next one was");
      if (found->acknowledged) continue;
      if (in_tail && found->content.first != tail_first) return wrong(sequence, "is of a second unacknowledged Send");
      in_tail = true;
      tail_first = found->content.first;
    }
    const Content& last = records.rbegin()->second->content;
    if (last.index + 1 != last.count) return wrong(last.sequence(), "is not the last of its batch");
    verdict_.unacknowledged += in_tail ? 1 : 0;
    return absl::OkStatus();
  }

  struct Kept {
    Offset offset = -1;
    std::string value = {};
  };

  std::vector<std::vector<Found>> log_;  // by partition and offset
  std::map<std::string, Kept> newest_;   // of the compacted topic, by key
  Verdict verdict_;
};

}  // namespace

absl::StatusOr<Verdict> Judge(const std::string& folder, const Board& board, std::uint64_t kills) {
  Judging judging;
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  if (auto s = judging.ReadAll(*broker); !s.ok()) return s;
  if (auto s = judging.CompareWith(board); !s.ok()) return s;
  if (auto s = judging.CheckKept(board); !s.ok()) return s;
  if (auto s = judging.CheckWriters(kills); !s.ok()) return s;
  if (auto s = judging.CheckGroup(*broker, board); !s.ok()) return s;
  if (auto s = broker->Close(); !s.ok()) return s;
  if (auto s = CheckFolderFiles(folder); !s.ok()) return s;
  return judging.verdict();
}

}  // namespace leat::process_test
