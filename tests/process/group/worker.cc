#include <fmt/format.h>
#include <leat/leat.h>

#include <map>
#include <memory>
#include <random>
#include <thread>

#include "process/group/parts.h"

namespace leat::process_test::group {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<TopicPartition>;

// One thread's consumers, one after the other.
class Worker {
 public:
  Worker(const PartOptions& options, Board& board, const Broker& broker, std::uint64_t seed)
      : options_(options), board_(board), broker_(broker), random_(seed) {}

  absl::Status Run() {
    while (board_.stop_consuming.load() == 0) {
      if (absl::Status s = OneMember(); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status OneMember();
  absl::Status Commit(Consumer& consumer);
  void OnAssigned(const Consumer& consumer, const Names& partitions);
  void OnRevoked(const Names& partitions);
  void OnLost(const Names& partitions);
  void Deliver(const ConsumerRecord& record);
  std::uint64_t MyStamp() const { return Stamp{.session = session_, .at_us = NowUs()}.Pack(); }

  const PartOptions& options_;
  Board& board_;
  const Broker& broker_;
  std::mt19937_64 random_;
  std::uint32_t session_ = 0;
  std::map<PartitionId, Offset> next_;                // of each that is ours
  std::map<PartitionId, std::uint64_t> owned_since_;  // what we wrote as its owner
};

absl::Status Worker::OneMember() {
  session_ = board_.NewSession(options_.process);
  next_.clear();
  owned_since_.clear();
  const bool by_itself = random_() % 2 == 0;
  ConsumerOptions options{.group_id = kGroupId,
                          .max_poll_interval = kMaxPollInterval,
                          .enable_auto_commit = by_itself,
                          .auto_commit_interval = std::chrono::milliseconds(random_() % 400),
                          .auto_offset_reset = OffsetReset::kEarliest,
                          .max_poll_records = 1 + static_cast<std::int32_t>(random_() % 200)};
  options.on_assigned = [this](Consumer& consumer, const Names& names) { OnAssigned(consumer, names); };
  options.on_revoked = [this, by_itself](Consumer& consumer, const Names& names) {
    if (!by_itself) {
      if (absl::Status s = Commit(consumer); !s.ok()) board_.Fail(s.ToString());
    }
    OnRevoked(names);
  };
  options.on_lost = [this](Consumer&, const Names& names) { OnLost(names); };
  auto consumer = Consumer::Open(broker_, options);
  if (!consumer.ok()) return consumer.status();
  if (absl::Status s = consumer->Subscribe({kTopicName}); !s.ok()) return s;

  // Some stay for ever, some come and go.
  const std::uint64_t end_us = random_() % 3 == 0 ? ~std::uint64_t{0} : NowUs() + 200'000 + random_() % 6'000'000;
  while (board_.stop_consuming.load() == 0 && NowUs() < end_us) {
    board_.sessions[session_].polled_us.store(NowUs());
    const ConsumerRecords records = consumer->Poll(50ms);
    // A stopped process may hold the group for longer than any of us waits.
    if (!records.status().ok() && !absl::IsUnavailable(records.status())) return records.status();
    for (const ConsumerRecord& record : records) Deliver(record);
    if (!by_itself && random_() % 4 != 0) {
      if (absl::Status s = Commit(*consumer); !s.ok()) return s;
    }
  }
  if (!by_itself) {
    if (absl::Status s = Commit(*consumer); !s.ok()) return s;
  }
  const absl::Status closed = consumer->Close();
  return absl::IsAborted(closed) || absl::IsUnavailable(closed) ? absl::OkStatus() : closed;
}

absl::Status Worker::Commit(Consumer& consumer) {
  const absl::Status committed = consumer.Commit();
  if (committed.ok()) board_.commits.fetch_add(1);
  return absl::IsAborted(committed) || absl::IsUnavailable(committed) ? absl::OkStatus() : committed;
}

void Worker::OnAssigned(const Consumer& consumer, const Names& partitions) {
  for (const TopicPartition& name : partitions) {
    const auto place = consumer.Position(name);
    if (!place.ok()) return board_.Fail(place.status().ToString());
    next_[name.partition] = *place;
    const std::uint64_t mine = MyStamp();
    owned_since_[name.partition] = mine;
    const std::uint64_t before = board_.owners[static_cast<std::size_t>(name.partition)].exchange(mine);
    if (before != 0) board_.NoteTakeOver(name.partition, -1, before, mine);
  }
}

void Worker::OnRevoked(const Names& partitions) {
  for (const TopicPartition& name : partitions) {
    std::uint64_t mine = owned_since_[name.partition];
    // Another's only when we had been fenced without having heard of it.
    board_.owners[static_cast<std::size_t>(name.partition)].compare_exchange_strong(mine, 0);
    next_.erase(name.partition);
  }
}

void Worker::OnLost(const Names& partitions) {
  board_.sessions[session_].lost_us.store(NowUs());
  OnRevoked(partitions);
  session_ = board_.NewSession(options_.process);
}

void Worker::Deliver(const ConsumerRecord& record) {
  const auto partition = record.partition();
  const Offset offset = record.offset();
  const auto next = next_.find(partition);
  if (next == next_.end())
    return board_.Fail(fmt::format("{}@{} came to one who does not own it", partition, offset));
  if (next->second != offset) {
    return board_.Fail(fmt::format("{}@{} came where {} belongs", partition, offset, next->second));
  }
  next->second = offset + 1;
  if (offset >= kOffsets) return board_.Fail("more records than the board has room for");
  const std::uint64_t mine = MyStamp();
  auto& cell = board_.delivered[static_cast<std::size_t>(partition)][static_cast<std::size_t>(offset)];
  const std::uint64_t before = cell.exchange(mine);
  if (before != 0) board_.NoteTakeOver(partition, offset, before, mine);
}

}  // namespace

absl::Status Work(const PartOptions& options, Board& board) {
  auto broker = Broker::Open(options.folder);
  if (!broker.ok()) return broker.status();
  std::vector<absl::Status> results(static_cast<std::size_t>(options.consumers));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] { results[i] = Worker(options, board, *broker, options.seed + i).Run(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) {
    if (!result.ok()) return result;
  }
  return broker->Close();
}

}  // namespace leat::process_test::group
