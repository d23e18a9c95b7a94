// A backend without a folder: topics whose partitions are vectors of batches, and errors at the test's command.
#ifndef LEAT_TESTS_SUPPORT_FAKE_BACKEND_H_
#define LEAT_TESTS_SUPPORT_FAKE_BACKEND_H_

#include <fmt/format.h>
#include <leat/batch.h>
#include <leat/types.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "broker/backend.h"

namespace leat::testing {

class FakeBackend;

// Threads: safe from all threads.
class FakePartition final : public broker::PartitionBackend {
 public:
  FakePartition(FakeBackend& backend, std::string topic, PartitionId id, TopicOptions options);

  absl::StatusOr<broker::Appended> Append(std::span<const std::byte> batch, Durability durability) override;
  absl::StatusOr<broker::PartitionOffsets> Offsets() const override;
  absl::StatusOr<std::optional<broker::OffsetAndTimestamp>> OffsetForTime(Timestamp time) override;
  absl::StatusOr<std::optional<broker::OffsetAndTimestamp>> MaxTimestamp() override;
  absl::StatusOr<broker::UnreadBytes> UnreadFrom(Offset offset) override;
  absl::StatusOr<std::unique_ptr<broker::PartitionCursor>> OpenCursor(Offset offset) override;
  absl::StatusOr<Offset> RaiseLogStart(Offset to) override {
    Trim(to);
    return to;
  }

  // Batches as they were appended, with their offsets filled in.
  std::vector<std::vector<std::byte>> batches() const;
  // The durability that each append asked for.
  std::vector<Durability> durabilities() const;

  // What the next appends return, one after the other, instead of appending.
  void FailAppends(std::deque<absl::Status> errors);
  // Appends wait, in the backend, until they are let go; AwaitBlocked waits until one does.
  void BlockAppends(bool block);
  void AwaitBlockedAppend();
  // What a fetch at or behind `offset` returns, while it is set.
  void DamageAt(Offset offset, absl::Status error);
  void Repair();
  // Drops what is before `log_start`, as retention does.
  void Trim(Offset log_start);
  void Delete();
  // How often a fetch was asked for.
  std::int64_t fetches() const;

 private:
  friend class FakeCursor;
  struct Entry {
    Offset base;
    Offset next;
    std::size_t position;
    std::size_t size;
  };
  // Grows by whole chunks that never move; a fetch does not cross from one to the next.
  struct Chunk {
    std::vector<std::byte> bytes;
    std::vector<Entry> entries;
  };
  static constexpr std::size_t kChunkSize = 1 << 20;

  absl::StatusOr<broker::FetchedBatches> Fetch(Offset offset, std::size_t max_bytes);
  absl::Status Deleted() const;
  std::string Name() const;

  FakeBackend& backend_;

  mutable std::mutex mutex_;
  std::condition_variable blocked_changed_;
  std::vector<std::shared_ptr<Chunk>> chunks_;
  std::vector<Durability> durabilities_;
  std::deque<absl::Status> append_errors_;
  bool block_ = false;
  int blocked_ = 0;
  std::optional<Offset> damage_;
  absl::Status damage_error_;
  Offset log_start_ = 0;
  Offset next_ = 0;
  bool deleted_ = false;
  std::int64_t fetches_ = 0;
};

// Threads: safe from all threads. Lifetime: of shared_ptr; its partitions may not outlive it, as cursors of a test do
// not.
class FakeBackend final : public broker::Backend {
 public:
  // The machine's clock if none is given.
  explicit FakeBackend(const base::Clock* clock = nullptr);

  // Makes a topic, or makes it again with more partitions.
  std::shared_ptr<const broker::TopicBackend> AddTopic(const std::string& name, TopicOptions options = {});
  void AddPartitions(const std::string& name, std::int32_t count);
  void DeleteTopic(const std::string& name);
  FakePartition& partition(const std::string& topic, PartitionId id = 0);

  void SetUsable(absl::Status usable);
  void SetReadOnly(bool read_only) { read_only_ = read_only; }
  // What FindTopic and ListTopics return, while it is not OK.
  void FailLookUps(absl::Status error);
  int look_ups() const { return look_ups_.load(); }

  // Waits until a Waiter sleeps.
  void AwaitSleeper();
  // What the waiters sleep on.
  void Ring();

  const std::string& folder() const override { return folder_; }
  bool read_only() const override { return read_only_; }
  absl::Status Usable() const override;
  absl::StatusOr<std::shared_ptr<const broker::TopicBackend>> FindTopic(std::string_view name) override;
  absl::StatusOr<std::vector<std::string>> ListTopics() override;
  std::uint64_t TopicListGeneration() const override { return generation_.load(); }
  std::unique_ptr<broker::Waiter> MakeWaiter() override;
  const base::Clock& clock() const override { return *clock_; }
  base::Random& random() override { return *random_; }
  std::chrono::milliseconds max_block() const override { return std::chrono::milliseconds(60'000); }

 private:
  friend class FakeWaiter;

  const std::string folder_ = "fake";
  const base::Clock* const clock_;
  const std::shared_ptr<base::Random> random_;
  bool read_only_ = false;
  std::atomic<std::uint64_t> generation_{1};
  std::atomic<int> look_ups_{0};

  mutable std::mutex mutex_;
  std::condition_variable rung_;
  std::condition_variable slept_;
  std::uint64_t rings_ = 0;
  int sleepers_ = 0;
  int next_id_ = 0;
  absl::Status usable_;
  absl::Status look_up_error_;
  std::map<std::string, std::shared_ptr<const broker::TopicBackend>, std::less<>> topics_;
};

// Implementation only from here on.

class FakeCursor final : public broker::PartitionCursor {
 public:
  FakeCursor(FakePartition& partition, Offset offset) : partition_(partition), position_(offset) {}

  Offset position() const override { return position_; }
  void Seek(Offset offset) override { position_ = offset; }
  absl::StatusOr<broker::FetchedBatches> Fetch(std::size_t max_bytes) override {
    auto fetched = partition_.Fetch(position_, max_bytes);
    if (fetched.ok()) position_ = fetched->end;
    return fetched;
  }
  // To the batch just before, however small.
  absl::StatusOr<Offset> SeekBefore(Offset offset, std::size_t) override {
    const std::lock_guard lock(partition_.mutex_);
    if (partition_.deleted_) return partition_.Deleted();
    if (offset <= partition_.log_start_ || offset > partition_.next_) return absl::OutOfRangeError("not in the log");
    for (const auto& chunk : partition_.chunks_) {
      for (const auto& entry : chunk->entries) {
        if (entry.next >= offset) return position_ = std::max(entry.base, partition_.log_start_);
      }
    }
    return absl::OutOfRangeError("not in the log");
  }
  bool Ready() const override {
    const std::lock_guard lock(partition_.mutex_);
    return partition_.deleted_ || position_ != partition_.next_ ||
           partition_.damage_.value_or(position_ + 1) <= position_;
  }

 private:
  FakePartition& partition_;
  Offset position_;
};

class FakeWaiter final : public broker::Waiter {
 public:
  explicit FakeWaiter(FakeBackend& backend) : backend_(backend) {}

  void Wait(std::span<const broker::Watched> watched, std::chrono::nanoseconds timeout) override {
    const auto ready = [&] {
      if (word_ != nullptr && word_->load() != word_seen_) return true;
      return std::any_of(watched.begin(), watched.end(),
                         [](const broker::Watched& one) { return one.cursor->Ready(); });
    };
    std::unique_lock lock(backend_.mutex_);
    const std::uint64_t before = backend_.rings_;
    if (woken_) {
      woken_ = false;
      return;
    }
    lock.unlock();
    if (ready()) return;
    lock.lock();
    ++backend_.sleepers_;
    backend_.slept_.notify_all();
    backend_.rung_.wait_for(lock, timeout, [&] { return woken_ || backend_.rings_ != before; });
    --backend_.sleepers_;
    woken_ = false;
  }
  void Wake() override {
    const std::lock_guard lock(backend_.mutex_);
    woken_ = true;
    backend_.rung_.notify_all();
  }
  void Watch(const std::atomic<std::uint32_t>* word, std::uint32_t seen) override {
    word_ = word;
    word_seen_ = seen;
  }

 private:
  FakeBackend& backend_;
  const std::atomic<std::uint32_t>* word_ = nullptr;
  std::uint32_t word_seen_ = 0;
  bool woken_ = false;
};

inline FakePartition::FakePartition(FakeBackend& backend, std::string topic, PartitionId id, TopicOptions options)
    : PartitionBackend(std::move(topic), id, options), backend_(backend) {}

inline std::string FakePartition::Name() const { return fmt::format("{}-{}", topic(), id()); }

inline absl::Status FakePartition::Deleted() const {
  return absl::NotFoundError(fmt::format("topic '{}' has been deleted", topic()));
}

inline absl::StatusOr<broker::Appended> FakePartition::Append(std::span<const std::byte> batch,
                                                              Durability durability) {
  Offset base = 0;
  {
    std::unique_lock lock(mutex_);
    if (block_) {
      ++blocked_;
      blocked_changed_.notify_all();
      blocked_changed_.wait(lock, [&] { return !block_; });
      --blocked_;
    }
    if (deleted_) return Deleted();
    if (!append_errors_.empty()) {
      absl::Status error = std::move(append_errors_.front());
      append_errors_.pop_front();
      if (!error.ok()) return error;
    }
    if (chunks_.empty() || chunks_.back()->bytes.size() + batch.size() > chunks_.back()->bytes.capacity()) {
      chunks_.push_back(std::make_shared<Chunk>());
      chunks_.back()->bytes.reserve(std::max(kChunkSize, batch.size()));
    }
    Chunk& chunk = *chunks_.back();
    const std::size_t position = chunk.bytes.size();
    base = next_;
    next_ = base + BatchView(batch).last_offset_delta() + 1;
    chunk.bytes.insert(chunk.bytes.end(), batch.begin(), batch.end());
    StoreBig64(chunk.bytes.data() + position + batch_layout::kBaseOffset, static_cast<std::uint64_t>(base));
    StoreBig32(chunk.bytes.data() + position + batch_layout::kLeaderEpoch, 7);
    chunk.entries.push_back({base, next_, position, batch.size()});
    durabilities_.push_back(durability);
  }
  backend_.Ring();
  return broker::Appended{.base_offset = base, .leader_epoch = 7};
}

inline absl::StatusOr<broker::PartitionOffsets> FakePartition::Offsets() const {
  const std::lock_guard lock(mutex_);
  if (deleted_) return Deleted();
  return broker::PartitionOffsets{.log_start = log_start_, .high_watermark = next_, .end = next_};
}

inline absl::StatusOr<std::optional<broker::OffsetAndTimestamp>> FakePartition::OffsetForTime(Timestamp time) {
  const std::lock_guard lock(mutex_);
  if (deleted_) return Deleted();
  for (const auto& chunk : chunks_) {
    for (const Entry& entry : chunk->entries) {
      const BatchView batch(std::span<const std::byte>(chunk->bytes).subspan(entry.position, entry.size));
      for (RecordReader reader(batch); reader.Next();) {
        const Timestamp at{std::chrono::milliseconds(batch.base_timestamp() + reader.record().timestamp_delta)};
        const Offset offset = entry.base + reader.record().offset_delta;
        if (at >= time && offset >= log_start_) return broker::OffsetAndTimestamp{.offset = offset, .timestamp = at};
      }
    }
  }
  return std::optional<broker::OffsetAndTimestamp>();
}

inline absl::StatusOr<std::optional<broker::OffsetAndTimestamp>> FakePartition::MaxTimestamp() {
  const std::lock_guard lock(mutex_);
  if (deleted_) return Deleted();
  std::optional<broker::OffsetAndTimestamp> latest;
  for (const auto& chunk : chunks_) {
    for (const Entry& entry : chunk->entries) {
      const BatchView batch(std::span<const std::byte>(chunk->bytes).subspan(entry.position, entry.size));
      for (RecordReader reader(batch); reader.Next();) {
        const Timestamp at{std::chrono::milliseconds(batch.base_timestamp() + reader.record().timestamp_delta)};
        const Offset offset = entry.base + reader.record().offset_delta;
        if (offset < log_start_ || (latest.has_value() && latest->timestamp >= at)) continue;
        latest = broker::OffsetAndTimestamp{.offset = offset, .timestamp = at};
      }
    }
  }
  return latest;
}

inline absl::StatusOr<broker::UnreadBytes> FakePartition::UnreadFrom(Offset offset) {
  const std::lock_guard lock(mutex_);
  if (deleted_) return Deleted();
  broker::UnreadBytes unread;
  for (const auto& chunk : chunks_) {
    for (const Entry& entry : chunk->entries) {
      if (entry.next <= offset) continue;
      const BatchView batch({chunk->bytes.data() + entry.position, entry.size});
      if (!unread.oldest.has_value()) unread.oldest = Timestamp(std::chrono::milliseconds(batch.base_timestamp()));
      unread.bytes += static_cast<std::int64_t>(entry.size);
    }
  }
  return unread;
}

inline absl::StatusOr<std::unique_ptr<broker::PartitionCursor>> FakePartition::OpenCursor(Offset offset) {
  return std::make_unique<FakeCursor>(*this, offset);
}

inline absl::StatusOr<broker::FetchedBatches> FakePartition::Fetch(Offset offset, std::size_t max_bytes) {
  const std::lock_guard lock(mutex_);
  ++fetches_;
  if (deleted_) return Deleted();
  if (offset < log_start_ || offset > next_) {
    return absl::OutOfRangeError(fmt::format("{}: offset {} is not in [{}, {}]", Name(), offset, log_start_, next_));
  }
  if (damage_.has_value() && offset >= *damage_) return damage_error_;
  broker::FetchedBatches fetched{.bytes = {}, .pin = nullptr, .begin = offset, .end = offset};
  for (const auto& chunk : chunks_) {
    const std::byte* begin = nullptr;
    std::size_t size = 0;
    for (const Entry& entry : chunk->entries) {
      if (entry.next <= offset) continue;
      if (size > 0 && (size + entry.size > max_bytes || entry.next > damage_.value_or(entry.next))) break;
      if (begin == nullptr) begin = chunk->bytes.data() + entry.position;
      size += entry.size;
      fetched.end = entry.next;
    }
    if (size == 0) continue;
    fetched.bytes = {begin, size};
    fetched.pin = chunk;
    break;
  }
  return fetched;
}

inline std::vector<std::vector<std::byte>> FakePartition::batches() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::vector<std::byte>> batches;
  for (const auto& chunk : chunks_) {
    for (const Entry& entry : chunk->entries) {
      const auto begin = chunk->bytes.begin() + static_cast<std::ptrdiff_t>(entry.position);
      batches.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(entry.size));
    }
  }
  return batches;
}

inline std::vector<Durability> FakePartition::durabilities() const {
  const std::lock_guard lock(mutex_);
  return durabilities_;
}

inline void FakePartition::FailAppends(std::deque<absl::Status> errors) {
  const std::lock_guard lock(mutex_);
  append_errors_ = std::move(errors);
}

inline void FakePartition::BlockAppends(bool block) {
  const std::lock_guard lock(mutex_);
  block_ = block;
  blocked_changed_.notify_all();
}

inline void FakePartition::AwaitBlockedAppend() {
  std::unique_lock lock(mutex_);
  blocked_changed_.wait(lock, [&] { return blocked_ > 0; });
}

inline void FakePartition::DamageAt(Offset offset, absl::Status error) {
  {
    const std::lock_guard lock(mutex_);
    damage_ = offset;
    damage_error_ = std::move(error);
  }
  backend_.Ring();
}

inline void FakePartition::Repair() {
  const std::lock_guard lock(mutex_);
  damage_.reset();
}

inline void FakePartition::Trim(Offset log_start) {
  const std::lock_guard lock(mutex_);
  log_start_ = log_start;
}

inline void FakePartition::Delete() {
  {
    const std::lock_guard lock(mutex_);
    deleted_ = true;
  }
  backend_.Ring();
}

inline std::int64_t FakePartition::fetches() const {
  const std::lock_guard lock(mutex_);
  return fetches_;
}

inline FakeBackend::FakeBackend(const base::Clock* clock)
    : clock_(clock != nullptr ? clock : &base::RealClock()), random_(base::SeededRandom(1)) {}

inline std::shared_ptr<const broker::TopicBackend> FakeBackend::AddTopic(const std::string& name,
                                                                         TopicOptions options) {
  auto topic = std::make_shared<broker::TopicBackend>();
  topic->name = name;
  topic->options = options;
  for (PartitionId id = 0; id < options.partitions; ++id) {
    topic->partitions.push_back(std::make_shared<FakePartition>(*this, name, id, options));
  }
  const std::lock_guard lock(mutex_);
  topic->id = fmt::format("id-{}", next_id_++);
  topics_[name] = topic;
  ++generation_;
  return topic;
}

inline void FakeBackend::AddPartitions(const std::string& name, std::int32_t count) {
  const std::lock_guard lock(mutex_);
  auto topic = std::make_shared<broker::TopicBackend>(*topics_.at(name));
  topic->options.partitions = count;
  for (auto id = static_cast<PartitionId>(topic->partitions.size()); id < count; ++id) {
    topic->partitions.push_back(std::make_shared<FakePartition>(*this, name, id, topic->options));
  }
  topics_[name] = topic;
  ++generation_;
}

inline void FakeBackend::DeleteTopic(const std::string& name) {
  std::shared_ptr<const broker::TopicBackend> topic;
  {
    const std::lock_guard lock(mutex_);
    topic = topics_.at(name);
    topics_.erase(name);
    ++generation_;
  }
  for (const auto& partition : topic->partitions) static_cast<FakePartition&>(*partition).Delete();
}

inline FakePartition& FakeBackend::partition(const std::string& topic, PartitionId id) {
  const std::lock_guard lock(mutex_);
  return static_cast<FakePartition&>(*topics_.at(topic)->partitions.at(static_cast<std::size_t>(id)));
}

inline void FakeBackend::SetUsable(absl::Status usable) {
  const std::lock_guard lock(mutex_);
  usable_ = std::move(usable);
}

inline void FakeBackend::FailLookUps(absl::Status error) {
  const std::lock_guard lock(mutex_);
  look_up_error_ = std::move(error);
  ++generation_;
}

inline void FakeBackend::AwaitSleeper() {
  std::unique_lock lock(mutex_);
  slept_.wait(lock, [&] { return sleepers_ > 0; });
}

inline void FakeBackend::Ring() {
  const std::lock_guard lock(mutex_);
  ++rings_;
  rung_.notify_all();
}

inline absl::Status FakeBackend::Usable() const {
  const std::lock_guard lock(mutex_);
  return usable_;
}

inline absl::StatusOr<std::shared_ptr<const broker::TopicBackend>> FakeBackend::FindTopic(std::string_view name) {
  ++look_ups_;
  const std::lock_guard lock(mutex_);
  if (!look_up_error_.ok()) return look_up_error_;
  const auto found = topics_.find(name);
  if (found == topics_.end()) return absl::NotFoundError(fmt::format("there is no topic '{}'", name));
  return found->second;
}

inline absl::StatusOr<std::vector<std::string>> FakeBackend::ListTopics() {
  const std::lock_guard lock(mutex_);
  if (!look_up_error_.ok()) return look_up_error_;
  std::vector<std::string> names;
  for (const auto& [name, topic] : topics_) names.push_back(name);
  return names;
}

inline std::unique_ptr<broker::Waiter> FakeBackend::MakeWaiter() { return std::make_unique<FakeWaiter>(*this); }

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_FAKE_BACKEND_H_
