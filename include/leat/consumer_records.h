// What a Poll returns: records where they stand in the log, held there for as long as this object lives.
#ifndef LEAT_CONSUMER_RECORDS_H_
#define LEAT_CONSUMER_RECORDS_H_

#include <leat/batch.h>
#include <leat/record.h>
#include <leat/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace leat {
namespace client {
class RecordsBuilder;
}  // namespace client
inline namespace v1 {

// A range of ConsumerRecord, decoded as it is walked over: nothing is copied, nothing is allocated per record.
//
//   for (const leat::ConsumerRecord& r : consumer->Poll(100ms)) fmt::print("{} = {}\n", r.key(), r.value());
//
//   leat::ConsumerRecords records = consumer->Poll(100ms);      // to look at the status, too
//   for (const auto& r : records) kept.push_back(leat::Record(r));
//   if (!records.status().ok()) return records.status();
//
// Either there are records or status() is an error, never both: an error hides no record, and who returns at an error
// has lost none. An empty one with an OK status means that the time was up, or that somebody called Wake.
//
// Order: of one partition's records, that of the log. Records of several partitions stand one partition after the
// other. Threads: reading is safe from all threads. Lifetime: the bytes behind it stay mapped until it is gone, also
// when retention deletes their file, the topic is deleted, or the consumer and the broker are closed; those of
// compressed batches have been decompressed, once, into memory that it owns. What it hands out (ConsumerRecord,
// BytesView) dies with it: make a Record of what is to be kept. Memory of an in-memory broker is not reused while it is
// pinned here. It only moves. Moving it leaves its ConsumerRecords good and its iterators dangling.
class [[nodiscard]] ConsumerRecords {
 public:
  class Iterator;
  using iterator = Iterator;
  using const_iterator = Iterator;
  using value_type = ConsumerRecord;

  // Empty, with an OK status.
  ConsumerRecords() = default;
  // Empty, with that status. `failed` is the partition that it is about, if it is about one.
  explicit ConsumerRecords(absl::Status status, std::shared_ptr<const TopicPartition> failed = nullptr)
      : status_(std::move(status)), failed_(std::move(failed)) {}

  // What was moved from is empty, with an OK status.
  ConsumerRecords(ConsumerRecords&& other) noexcept { *this = std::move(other); }
  ConsumerRecords& operator=(ConsumerRecords&& other) noexcept;

  // Not of a temporary, which would be gone before the iterator is used; `for (... : consumer.Poll(t))` keeps it
  // alive.
  Iterator begin() const&;
  Iterator end() const&;
  Iterator begin() const&& = delete;
  Iterator end() const&& = delete;

  // Whether there is no record. As quick as reading one.
  bool empty() const;

  // How many records there are. Known already when a filter or max_poll_records made the consumer count; else the
  // headers of all batches are read for it.
  std::size_t size() const;

  // Why there are no records (Consumer::Poll and Partition::Read list the errors), OK if nothing is wrong. Becomes
  // kDataLoss when a walk over the records meets bytes that are not those which were verified when they were fetched:
  // somebody wrote into the file, or the machine's memory is bad. The walk ends there.
  absl::Status status() const;

  // The partition that status() is about; nullptr when it is OK, or about something else.
  const TopicPartition* failed_partition() const;

 private:
  friend class client::RecordsBuilder;

  // Whole batches of one partition, back to back, of which the offsets from `begin` to before `end` are wanted.
  struct Run {
    const TopicPartition* from = nullptr;
    const std::byte* batch = nullptr;
    const std::byte* bytes_end = nullptr;
    Offset begin = 0;
    Offset end = 0;
    // Given where a filter starts in the middle of a batch: the first wanted record, and how many the batch has from
    // it on.
    const std::byte* record = nullptr;
    std::int32_t records_left = 0;
  };
  // What keeps the bytes and the name of runs alive.
  struct Source {
    std::shared_ptr<const TopicPartition> from;
    std::shared_ptr<const void> pin;
  };
  static constexpr std::int64_t kUnknown = -1;

  void AddRun(const Run& run) {
    if (first_run_.from == nullptr) {
      first_run_ = run;
    } else {
      more_runs_.push_back(run);
    }
  }
  void AddSource(Source source) {
    if (first_source_.from == nullptr) {
      first_source_ = std::move(source);
    } else {
      more_sources_.push_back(std::move(source));
    }
  }
  Run& last_run() { return more_runs_.empty() ? first_run_ : more_runs_.back(); }
  // nullptr when there is none.
  const Run* NextRun(const Run* run) const {
    if (run == nullptr) return first_run_.from != nullptr ? &first_run_ : nullptr;
    const Run* const next = run == &first_run_ ? more_runs_.data() : run + 1;
    return next != more_runs_.data() + more_runs_.size() ? next : nullptr;
  }

  // Most polls find one piece of one partition: no memory is allocated for that.
  Run first_run_;
  Source first_source_;
  std::vector<Run> more_runs_;
  std::vector<Source> more_sources_;
  std::int64_t count_ = kUnknown;
  absl::Status status_;
  std::shared_ptr<const TopicPartition> failed_;
  // Where a walk met malformed bytes. Written by walks, on whichever thread, through an atomic_ref.
  mutable const TopicPartition* damaged_ = nullptr;
  mutable Offset damaged_offset_ = 0;
};

// Multi-pass; yields values, which stay good when the iterator goes on. Whatever the bytes are, it stays within them.
class ConsumerRecords::Iterator {
 public:
  using value_type = ConsumerRecord;
  using difference_type = std::ptrdiff_t;
  using reference = ConsumerRecord;
  using pointer = void;
  using iterator_category = std::input_iterator_tag;
  using iterator_concept = std::forward_iterator_tag;

  Iterator() = default;

  ConsumerRecord operator*() const { return ConsumerRecord(run_->from, batch_, current_); }
  Iterator& operator++() {
    Next();
    return *this;
  }
  Iterator operator++(int) {
    Iterator before = *this;
    Next();
    return before;
  }
  // The byte behind the current record tells where it stands; nullptr is the end.
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.next_ == b.next_; }

 private:
  friend class ConsumerRecords;
  friend class client::RecordsBuilder;
  explicit Iterator(const ConsumerRecords* records);

  void Next();
  // Each: whether there is a well-formed one. left_ is 0 if it has nothing for a consumer.
  bool NextBatch();
  bool EnterRun();
  bool EnterBatch();
  bool Damaged();

  const std::byte* next_ = nullptr;   // behind the current record
  const std::byte* batch_ = nullptr;  // the current record's
  const std::byte* batch_end_ = nullptr;
  std::int32_t left_ = 0;         // records of the batch behind the current one
  std::int64_t begin_delta_ = 0;  // the offsets that are wanted of this batch, relative to its base
  std::int64_t end_delta_ = 0;
  RecordView current_;
  const Run* run_ = nullptr;
  const ConsumerRecords* records_ = nullptr;
};

// Implementation only from here on.

inline ConsumerRecords& ConsumerRecords::operator=(ConsumerRecords&& other) noexcept {
  if (this == &other) return *this;
  first_run_ = std::exchange(other.first_run_, Run());
  first_source_ = std::exchange(other.first_source_, Source());
  more_runs_ = std::exchange(other.more_runs_, {});
  more_sources_ = std::exchange(other.more_sources_, {});
  count_ = std::exchange(other.count_, kUnknown);
  status_ = std::exchange(other.status_, absl::OkStatus());
  failed_ = std::move(other.failed_);
  damaged_ = std::exchange(other.damaged_, nullptr);
  damaged_offset_ = other.damaged_offset_;
  return *this;
}

inline ConsumerRecords::Iterator ConsumerRecords::begin() const& { return Iterator(this); }
inline ConsumerRecords::Iterator ConsumerRecords::end() const& { return Iterator(); }
inline bool ConsumerRecords::empty() const { return Iterator(this) == Iterator(); }
inline const TopicPartition* ConsumerRecords::failed_partition() const { return failed_.get(); }

inline ConsumerRecords::Iterator::Iterator(const ConsumerRecords* records)
    : run_(records->NextRun(nullptr)), records_(records) {
  if (run_ != nullptr && EnterRun()) Next();
}

[[gnu::always_inline]] inline void ConsumerRecords::Iterator::Next() {
  do {
    while (left_ > 0) {
      --left_;
      next_ = DecodeRecord(next_, batch_end_, &current_);
      if (next_ == nullptr) [[unlikely]] {
        Damaged();
        return;
      }
      if (current_.offset_delta >= end_delta_) [[unlikely]]
        break;
      if (current_.offset_delta >= begin_delta_) [[likely]]
        return;
    }
  } while (NextBatch());
}

[[gnu::noinline]] inline bool ConsumerRecords::Iterator::NextBatch() {
  batch_ = batch_end_;
  if (batch_ != run_->bytes_end) return EnterBatch();
  run_ = records_->NextRun(run_);
  if (run_ != nullptr) return EnterRun();
  next_ = nullptr;
  return false;
}

inline bool ConsumerRecords::Iterator::EnterRun() {
  batch_ = run_->batch;
  if (!EnterBatch()) return false;
  if (run_->record != nullptr) {
    next_ = run_->record;
    left_ = run_->records_left;
  }
  return true;
}

inline bool ConsumerRecords::Iterator::EnterBatch() {
  const std::span<const std::byte> bytes(batch_, run_->bytes_end);
  if (CheckBatchHeader(bytes) != BatchVerdict::kOk) [[unlikely]]
    return Damaged();
  const BatchView batch(bytes);
  batch_end_ = batch_ + batch.size_bytes();
  next_ = batch_ + batch_layout::kHeaderSize;
  // Unsigned, because no bytes may make it overflow.
  const auto base = static_cast<std::uint64_t>(batch.base_offset());
  begin_delta_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(run_->begin) - base);
  end_delta_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(run_->end) - base);
  if ((batch.attributes() & (batch_layout::kCodecMask | batch_layout::kControlBit)) == 0) [[likely]] {
    left_ = batch.count();
    return true;
  }
  left_ = 0;
  return batch.is_control() || Damaged();
}

[[gnu::noinline]] inline bool ConsumerRecords::Iterator::Damaged() {
  std::atomic_ref(records_->damaged_offset_).store(run_->begin, std::memory_order_relaxed);
  // Pairs with the acquire in status().
  std::atomic_ref(records_->damaged_).store(run_->from, std::memory_order_release);
  next_ = nullptr;
  return false;
}

}  // namespace v1
}  // namespace leat

#endif  // LEAT_CONSUMER_RECORDS_H_
