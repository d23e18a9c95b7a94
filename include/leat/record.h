// Records: as they are sent (ProducerRecord), as they are read (ConsumerRecord), and as they are kept (Record).
#ifndef LEAT_RECORD_H_
#define LEAT_RECORD_H_

#include <leat/batch_layout.h>
#include <leat/encoding.h>
#include <leat/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leat {
inline namespace v1 {

// A name and a value that travel with a record beside its key and value. A name may come more than once, in an order
// that is kept; the value may be null.
//
// Lifetime: borrows both.
struct Header {
  std::string_view key;  // its name
  BytesView value = {};  // null unless said

  friend bool operator==(const Header&, const Header&) = default;
};

// Headers to be sent, wherever they stand one after the other: {{"trace", id}, {"version", "2"}}, a vector, an array,
// a span.
//
// Lifetime: borrows the headers and what they borrow. A braced list lives until the end of the full expression, so it
// is for the argument of a call; a ProducerRecord that is a variable takes its headers from a vector or an array.
class LEAT_VIEW_TYPE HeadersView {
 public:
  constexpr HeadersView() = default;  // none
  // A view of what stands there.
  HeadersView(std::initializer_list<Header> headers LEAT_LIFETIME_BOUND)
      : HeadersView(headers.begin(), headers.size()) {}
  HeadersView(const std::vector<Header>& headers) : HeadersView(headers.data(), headers.size()) {}
  constexpr HeadersView(std::span<const Header> headers) : HeadersView(headers.data(), headers.size()) {}
  template <std::size_t kSize>
  constexpr HeadersView(const std::array<Header, kSize>& headers) : HeadersView(headers.data(), kSize) {}
  template <std::size_t kSize>
  constexpr HeadersView(const Header (&headers)[kSize]) : HeadersView(headers, kSize) {}
  constexpr HeadersView(const Header* headers, std::size_t size) : data_(headers), size_(size) {}

  // The headers in their order, as of any range.
  constexpr const Header* begin() const { return data_; }
  constexpr const Header* end() const { return data_ + size_; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr const Header& operator[](std::size_t index) const { return data_[index]; }

 private:
  const Header* data_ = nullptr;
  std::size_t size_ = 0;
};

// What is to be sent. Name what you set:
//
//   producer->Send(*users, {.key = "ada", .value = json, .headers = {{"trace", id}}});
//
// Lifetime: borrows everything; a call that takes one copies the bytes before it returns. A braced list of headers
// lasts for the call only (see HeadersView).
struct ProducerRecord {
  BytesView key = {};                         // null: no key
  BytesView value = {};                       // null: deletes the key from a compacted topic
  HeadersView headers = {};                   // none
  std::optional<Timestamp> timestamp = {};    // not given: the time of the append
  std::optional<PartitionId> partition = {};  // given, it wins over key and partitioner
};

// The headers of a record in the log, decoded as they are walked over; a record whose headers nobody asks for costs
// nothing.
//
//   for (const auto& [key, value] : record.headers()) ...
//
// Lifetime: that of the bytes of the record. Threads: any, it only reads.
class LEAT_VIEW_TYPE RecordHeaders {
 public:
  // Multi-pass. Whatever the bytes are, it stays within them: where they make no sense, the range ends early.
  class Iterator {
   public:
    using value_type = Header;
    using difference_type = std::ptrdiff_t;
    using reference = Header;
    using pointer = const Header*;
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::forward_iterator_tag;

    Iterator() = default;

    Header operator*() const { return current_; }
    const Header* operator->() const { return &current_; }
    Iterator& operator++() {
      Next();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      Next();
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    friend class RecordHeaders;
    Iterator(const std::byte* first, const std::byte* end, std::int32_t count)
        : next_(first), end_(end), left_(count) {
      Read();
    }
    void Next() {
      if (--left_ > 0) Read();
    }
    void Read() {
      next_ = Decode(next_, end_, &current_);
      if (next_ == nullptr) left_ = 0;
    }

    const std::byte* next_ = nullptr;
    const std::byte* end_ = nullptr;
    std::int32_t left_ = 0;  // headers from the current one on; 0 at the end
    Header current_;
  };

  RecordHeaders() = default;  // none
  // `encoded` are the bytes of a record from its header count to its end.
  explicit RecordHeaders(std::span<const std::byte> encoded) : data_(encoded.data()), end_(data_ + encoded.size()) {}

  // The headers in their order.
  Iterator begin() const {
    std::int32_t count = 0;
    const std::byte* first = DecodeVarint32(data_, end_, &count);
    return first == nullptr || count <= 0 ? Iterator() : Iterator(first, end_, count);
  }
  Iterator end() const { return Iterator(); }

  // How many the record says it has.
  std::size_t size() const {
    std::int32_t count = 0;
    return DecodeVarint32(data_, end_, &count) == nullptr || count < 0 ? 0 : static_cast<std::size_t>(count);
  }
  bool empty() const { return size() == 0; }

  // The value of the last header of that name, which is the one that counts in Kafka; nullopt when there is none.
  std::optional<BytesView> Find(std::string_view key) const {
    std::optional<BytesView> found;
    for (const Header& header : *this) {
      if (header.key == key) found = header.value;
    }
    return found;
  }

  // Whether the headers are well-formed and end exactly where the record does.
  [[gnu::always_inline]] bool FillExactly() const {
    if (end_ - data_ == 1) [[likely]]
      return *data_ == std::byte{0};  // no headers
    return SomeFillExactly();
  }

 private:
  bool SomeFillExactly() const;
  // Reads one header and returns the byte after it, or nullptr.
  static const std::byte* Decode(const std::byte* from, const std::byte* end, Header* header);

  const std::byte* data_ = nullptr;
  const std::byte* end_ = nullptr;
};

// One record as it stands in a batch; the batch's header has what its deltas are relative to. See batch.h.
struct RecordView {
  std::int64_t timestamp_delta = 0;  // milliseconds to the batch's base timestamp
  std::int32_t offset_delta = 0;     // to the batch's base offset
  std::int32_t size = 0;             // bytes in the log, including the length in front
  BytesView key;                     // null: none
  BytesView value;                   // null: none
  RecordHeaders headers;             // not looked at yet
};

// A record that was read: a view of its bytes in the log. Nothing is copied and nothing allocated; copying the view
// copies some pointers. To keep a record, make a Record of it.
//
// Lifetime: that of the ConsumerRecords it comes from. Threads: any, it only reads.
class LEAT_VIEW_TYPE ConsumerRecord {
 public:
  // For whoever walks over batches: `from` and the batch's header must outlive the record. What belongs to the whole
  // batch is read from there when asked for.
  ConsumerRecord(const TopicPartition* from, const std::byte* batch, const RecordView& record)
      : from_(from), batch_(batch), record_(record) {}

  // Where it stands: topic, partition, and the offset there.
  std::string_view topic() const { return from_->topic; }
  PartitionId partition() const { return from_->partition; }
  Offset offset() const {
    return static_cast<Offset>(LoadBig64(batch_ + batch_layout::kBaseOffset)) + record_.offset_delta;
  }
  // Its time, in milliseconds, and whose clock that is from.
  Timestamp timestamp() const;
  TimestampType timestamp_type() const {
    return (LoadBig16(batch_ + batch_layout::kAttributes) & batch_layout::kLogAppendTimeBit) != 0
               ? TimestampType::kLogAppendTime
               : TimestampType::kCreateTime;
  }
  // The partition's when it was appended.
  LeaderEpoch leader_epoch() const {
    return static_cast<LeaderEpoch>(LoadBig32(batch_ + batch_layout::kLeaderEpoch));
  }

  // What the producer sent: views of the bytes in the log. A null key or value is not an empty one.
  BytesView key() const { return record_.key; }
  BytesView value() const { return record_.value; }
  RecordHeaders headers() const { return record_.headers; }
  // Bytes that the record takes in the log.
  std::size_t size() const { return static_cast<std::size_t>(record_.size); }

 private:
  const TopicPartition* from_;
  const std::byte* batch_;
  RecordView record_;
};

// A record that owns its bytes and can be kept for as long as you like: `leat::Record kept(record);`
struct Record {
  Record() = default;  // of nothing: empty, at offset 0
  // Copies all of it.
  explicit Record(const ConsumerRecord& record);

  // The headers as views into this record, to send them on:
  //   producer->Send(*topic, {.key = r.key, .value = r.value, .headers = r.HeaderViews(), .timestamp = r.timestamp});
  std::vector<Header> HeaderViews() const;

  // Each as in the ConsumerRecord that it was made of; nullopt is null.
  std::string topic;
  PartitionId partition = 0;
  Offset offset = 0;
  Timestamp timestamp;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  LeaderEpoch leader_epoch = -1;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

// Implementation only from here on.

inline const std::byte* RecordHeaders::Decode(const std::byte* from, const std::byte* end, Header* header) {
  std::int32_t key_size = 0;
  from = DecodeVarint32(from, end, &key_size);
  if (from == nullptr || key_size < 0 || key_size > end - from) return nullptr;
  header->key = {reinterpret_cast<const char*>(from), static_cast<std::size_t>(key_size)};
  from += key_size;
  std::int32_t value_size = 0;
  from = DecodeVarint32(from, end, &value_size);
  if (from == nullptr || value_size < -1 || value_size > end - from) return nullptr;
  if (value_size < 0) {
    header->value = nullptr;
    return from;
  }
  header->value = BytesView(from, static_cast<std::size_t>(value_size));
  return from + value_size;
}

[[gnu::noinline]] inline bool RecordHeaders::SomeFillExactly() const {
  std::int32_t count = 0;
  const std::byte* next = DecodeVarint32(data_, end_, &count);
  if (next == nullptr || count < 0) return false;
  Header header;
  for (; count > 0; --count) {
    next = Decode(next, end_, &header);
    if (next == nullptr) return false;
  }
  return next == end_;
}

inline Timestamp ConsumerRecord::timestamp() const {
  const bool appended = timestamp_type() == TimestampType::kLogAppendTime;
  const std::uint64_t base =
      LoadBig64(batch_ + (appended ? batch_layout::kMaxTimestamp : batch_layout::kBaseTimestamp));
  // Unsigned, because no bytes may make it overflow.
  const std::uint64_t delta = appended ? 0 : static_cast<std::uint64_t>(record_.timestamp_delta);
  return Timestamp(std::chrono::milliseconds(static_cast<std::int64_t>(base + delta)));
}

inline Record::Record(const ConsumerRecord& record)
    : topic(record.topic()),
      partition(record.partition()),
      offset(record.offset()),
      timestamp(record.timestamp()),
      timestamp_type(record.timestamp_type()),
      leader_epoch(record.leader_epoch()) {
  if (!record.key().is_null()) key.emplace(record.key());
  if (!record.value().is_null()) value.emplace(record.value());
  for (const Header& header : record.headers()) {
    auto& copy = headers.emplace_back(header.key, std::nullopt);
    if (!header.value.is_null()) copy.second.emplace(header.value);
  }
}

inline std::vector<Header> Record::HeaderViews() const {
  std::vector<Header> views;
  views.reserve(headers.size());
  for (const auto& [name, bytes] : headers) views.push_back({name, bytes});
  return views;
}

}  // namespace v1
}  // namespace leat

#endif  // LEAT_RECORD_H_
