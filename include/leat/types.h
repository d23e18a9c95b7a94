// The values that every other header speaks in: offsets, partitions, times, durability, and the view of bytes that
// keeps "no bytes" apart from "nothing".
#ifndef LEAT_TYPES_H_
#define LEAT_TYPES_H_

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// Lets clang warn where a view is made of a temporary that dies before it: LEAT_VIEW_TYPE marks the view,
// LEAT_LIFETIME_BOUND what it is made of.
#if defined(__clang__)
#define LEAT_VIEW_TYPE [[gsl::Pointer(char)]]
#define LEAT_LIFETIME_BOUND [[clang::lifetimebound]]
#else
#define LEAT_VIEW_TYPE
#define LEAT_LIFETIME_BOUND
#endif

namespace leat {
inline namespace v1 {

// The place of a record in its partition: 0 for the first ever written there, and never given twice. Nothing else is
// called an offset; a byte in a file is a position.
using Offset = std::int64_t;

// A partition's number within its topic, from 0.
using PartitionId = std::int32_t;

// Counts the leaders that a partition has had; it never goes back. -1 means that none has been assigned.
using LeaderEpoch = std::int32_t;

// Milliseconds since 1970 (UTC), negative before it: the resolution in which Kafka stores time.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

// Whose clock a record's timestamp was read from.
enum class TimestampType : std::uint8_t {
  kCreateTime,     // the producer's, or what the application said
  kLogAppendTime,  // the log's, when it took the whole batch: one time for all records of a batch
};

// What an append must have survived before it is acknowledged. More costs more waiting; every record is visible to
// every consumer in the same order.
enum class Durability : std::uint8_t {
  kTopicDefault,  // as the topic's settings say
  kProcess,       // survives the death of the process: the bytes are in the operating system's page cache
  kDisk,          // survives a power cut: the bytes were synced to the device before the append returned. Those who
                  // wait for that at the same time, in whatever thread or process, share one sync
};

// How the records of a batch are compressed: the numbers are those of Kafka's batch attributes.
enum class Compression : std::uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

// One partition of one topic, by name. Compares by topic, then by number; hashes for Abseil's containers.
struct TopicPartition {
  std::string topic;          // its name
  PartitionId partition = 0;  // and the number there

  friend bool operator==(const TopicPartition&, const TopicPartition&) = default;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const TopicPartition& self) {
    return H::combine(std::move(state), self.topic, self.partition);
  }
};

class BytesView;

// Whatever keeps its bytes in one piece behind data() and size(): strings, string views (Abseil's own too), vectors,
// spans and arrays of char, unsigned char or std::byte. A char array is left to the constructor that takes a C
// string.
template <typename T>
concept ByteContainer =
    !std::same_as<std::remove_cvref_t<T>, BytesView> &&
    !(std::is_array_v<T> && std::same_as<std::remove_cv_t<std::remove_extent_t<T>>, char>)&&requires(const T& bytes) {
  { std::size(bytes) } -> std::convertible_to<std::size_t>;
  requires std::is_pointer_v<decltype(std::data(bytes))>;
  requires(std::same_as<std::remove_cvref_t<decltype(*std::data(bytes))>, char> ||
           std::same_as<std::remove_cvref_t<decltype(*std::data(bytes))>, unsigned char> ||
           std::same_as<std::remove_cvref_t<decltype(*std::data(bytes))>, std::byte>);
};

// A view of bytes that can also be null, which is not the same as empty: a null value deletes its key from a
// compacted topic, an empty one does not.
//
// Everything that holds bytes converts: "literals" and C strings (up to their NUL), std::string, string views,
// vectors, spans and arrays of std::byte or std::uint8_t; nullptr, std::nullopt, an empty std::optional and a null C
// string are null.
//
//   leat::BytesView a = "ada", b = "", c = nullptr;     // a.size() == 3; b == "" and b != nullptr; c.is_null()
//
// Lifetime: borrows; it is good for as long as what it was made of, like std::string_view.
class LEAT_VIEW_TYPE BytesView {
 public:
  // Null.
  constexpr BytesView() = default;
  constexpr BytesView(std::nullptr_t) {}
  constexpr BytesView(std::nullopt_t) {}
  // Up to the NUL; null of nullptr.
  constexpr BytesView(const char* text) : data_(text), size_(text == nullptr ? 0 : std::string_view(text).size()) {}

  // {nullptr, 0} is empty here, not null, as it is where a container has no memory yet.
  constexpr BytesView(const char* data, std::size_t size) : data_(NotNull(data)), size_(size) {}
  BytesView(const std::byte* data, std::size_t size) : BytesView(reinterpret_cast<const char*>(data), size) {}

  // Of what stands in a container; never null.
  template <ByteContainer T>
  constexpr BytesView(const T& bytes) : BytesView(AsChars(std::data(bytes)), std::size(bytes)) {}

  // Null of an empty one.
  template <typename T>
  requires std::constructible_from<BytesView, const T&>
  constexpr BytesView(const std::optional<T>& bytes)
      : BytesView(bytes.has_value() ? BytesView(*bytes) : BytesView()) {}

  // Whether there is nothing, not even no bytes.
  constexpr bool is_null() const { return data_ == nullptr; }
  // True when null, too: there are no bytes to look at.
  constexpr bool empty() const { return size_ == 0; }
  // In bytes; 0 of null.
  constexpr std::size_t size() const { return size_; }
  // Null when, and only when, the view is.
  const std::byte* data() const { return reinterpret_cast<const std::byte*>(data_); }

  // The bytes as text or as bytes; of a null view, none.
  constexpr std::string_view as_string_view() const { return {data_, size_}; }
  std::span<const std::byte> bytes() const { return {data(), size_}; }
  explicit operator std::string() const { return std::string(as_string_view()); }

  // Null equals null only. In order, null comes first, then bytes as unsigned numbers, shorter before longer.
  friend constexpr bool operator==(BytesView a, BytesView b) {
    return a.is_null() == b.is_null() && a.as_string_view() == b.as_string_view();
  }
  friend constexpr std::strong_ordering operator<=>(BytesView a, BytesView b) {
    if (a.is_null() || b.is_null()) return b.is_null() <=> a.is_null();
    return a.as_string_view() <=> b.as_string_view();
  }
  // std::optional compares itself with anything, and would find null different from nullopt.
  template <typename T>
  friend constexpr bool operator==(BytesView a, const std::optional<T>& b) {
    return a == BytesView(b);
  }
  template <typename T>
  friend constexpr bool operator==(const std::optional<T>& a, BytesView b) {
    return BytesView(a) == b;
  }

  template <typename H>
  friend H AbslHashValue(H state, BytesView self) {
    return H::combine(std::move(state), self.is_null(), self.as_string_view());
  }

 private:
  static constexpr const char* NotNull(const char* data) { return data != nullptr ? data : ""; }
  static constexpr const char* AsChars(const char* data) { return data; }
  static const char* AsChars(const void* data) { return static_cast<const char*>(data); }

  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace v1
}  // namespace leat

// Prints the bytes as text, with a string's format specification; null as "null".
template <>
struct fmt::formatter<leat::BytesView> : fmt::formatter<fmt::string_view> {
  template <typename FormatContext>
  auto format(leat::BytesView bytes, FormatContext& context) const {
    const std::string_view text = bytes.is_null() ? std::string_view("null") : bytes.as_string_view();
    return fmt::formatter<fmt::string_view>::format(fmt::string_view(text.data(), text.size()), context);
  }
};

// Prints "topic-3", the name of the partition's folder.
template <>
struct fmt::formatter<leat::TopicPartition> : fmt::formatter<fmt::string_view> {
  template <typename FormatContext>
  auto format(const leat::TopicPartition& self, FormatContext& context) const {
    return fmt::formatter<fmt::string_view>::format(fmt::format("{}-{}", self.topic, self.partition), context);
  }
};

#endif  // LEAT_TYPES_H_
