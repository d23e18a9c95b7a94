// How keys and values become bytes and back. Header code, because it runs per record.
#ifndef LEAT_SERDE_H_
#define LEAT_SERDE_H_

#include <fmt/format.h>
#include <leat/encoding.h>
#include <leat/types.h>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
inline namespace v1 {

// What converts a T to bytes and back: an object with
//
//   absl::StatusOr<BytesView> Serialize(const T& value, std::string& scratch) const;
//   absl::StatusOr<T> Deserialize(BytesView bytes) const;
//
// Serialize returns a view of `value` itself, or of what it wrote into `scratch`, which the caller keeps and reuses;
// null bytes are a null key or value. Deserialize says kInvalidArgument for bytes that are no T. Both are called by
// several threads at once if a TypedProducer is used so.
template <typename S, typename T>
concept SerdeFor = requires(const S& serde, const T& value, std::string& scratch, BytesView bytes) {
  { serde.Serialize(value, scratch) } -> std::same_as<absl::StatusOr<BytesView>>;
  { serde.Deserialize(bytes) } -> std::same_as<absl::StatusOr<T>>;
};

// The way that is taken for a T if no other is given. There is one for
//   std::string, std::string_view                         the bytes as they are (a view is one into the log)
//   std::vector<std::byte>, std::vector<std::uint8_t>,
//   std::span<const std::byte>, BytesView                 the bytes as they are; BytesView keeps null
//   bool, signed and unsigned integers of 8 to 64 bits,
//   float, double                                         big-endian, as Kafka's serializers of the same size write them
//   std::optional<T>                                      null is nullopt
//   std::nullptr_t                                        null, for topics without keys
//   enumerations, trivially copyable structs              their bytes in memory, where kSerdeAsBytes<T> says so
//   what has SerializeToString and ParseFromString        Protocol Buffers and their like
//   what has ToJson and FromJson                          see JsonConvertible
// For a type of one's own: specialize it.
template <typename T>
struct Serde;

// Whether Serde<T> may copy a T's bytes as they stand in memory. Only for types without pointers, of the same layout
// in all programs that read them; bytes of padding are written, too.
//
//   template <> inline constexpr bool leat::kSerdeAsBytes<Tick> = true;
template <typename T>
inline constexpr bool kSerdeAsBytes = false;

// Types for which the application has, beside the type, two functions:
//
//   std::string ToJson(const User& user);
//   absl::Status FromJson(std::string_view json, User* user);
template <typename T>
concept JsonConvertible = std::default_initializable<T> && requires(const T& value, std::string_view json, T* into) {
  { ToJson(value) } -> std::convertible_to<std::string>;
  { FromJson(json, into) } -> std::convertible_to<absl::Status>;
};

// Types that write and read themselves, as Protocol Buffers do.
template <typename T>
concept StringSerializable = std::default_initializable<T> &&
    requires(const T& value, T& into, std::string& text, const std::string& from) {
  { value.SerializeToString(&text) } -> std::convertible_to<bool>;
  { into.ParseFromString(from) } -> std::convertible_to<bool>;
};

// A way made of two functions, for JSON or whatever else:
//
//   auto json = leat::FunctionSerde<User>([](const User& u) { return Dump(u); },
//                                         [](std::string_view text) -> absl::StatusOr<User> { return Parse(text); });
template <typename T, typename To, typename From>
class FunctionSerdeOf {
 public:
  // Of the function to JSON, say, and the one back.
  FunctionSerdeOf(To to, From from) : to_(std::move(to)), from_(std::move(from)) {}

  // As SerdeFor asks for it: whatever one of the functions says is what comes of it.
  absl::StatusOr<BytesView> Serialize(const T& value, std::string& scratch) const;
  absl::StatusOr<T> Deserialize(BytesView bytes) const;

 private:
  To to_;
  From from_;
};

// Makes one, so that only T has to be named.
template <typename T, typename To, typename From>
FunctionSerdeOf<T, To, From> FunctionSerde(To to, From from) {
  return {std::move(to), std::move(from)};
}

// Implementation only from here on.

namespace serde_errors {

inline absl::Status Null(std::string_view wanted) {
  return absl::InvalidArgumentError(fmt::format("null where {} was expected; std::optional takes null", wanted));
}

inline absl::Status WrongSize(std::string_view wanted, std::size_t wanted_size, std::size_t size) {
  return absl::InvalidArgumentError(
      fmt::format("{} bytes where the {} of {} were expected", size, wanted_size, wanted));
}

}  // namespace serde_errors

template <typename T, typename To, typename From>
absl::StatusOr<BytesView> FunctionSerdeOf<T, To, From>::Serialize(const T& value, std::string& scratch) const {
  scratch = to_(value);
  return BytesView(scratch);
}

template <typename T, typename To, typename From>
absl::StatusOr<T> FunctionSerdeOf<T, To, From>::Deserialize(BytesView bytes) const {
  if (bytes.is_null()) return serde_errors::Null("text");
  return from_(bytes.as_string_view());
}

template <>
struct Serde<std::string> {
  absl::StatusOr<BytesView> Serialize(const std::string& value, std::string&) const { return BytesView(value); }
  absl::StatusOr<std::string> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return serde_errors::Null("a string");
    return std::string(bytes);
  }
};

// Lifetime of what it deserializes: that of the bytes.
template <>
struct Serde<std::string_view> {
  absl::StatusOr<BytesView> Serialize(std::string_view value, std::string&) const { return BytesView(value); }
  absl::StatusOr<std::string_view> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return serde_errors::Null("a string");
    return bytes.as_string_view();
  }
};

// Lifetime of what it deserializes: that of the bytes.
template <>
struct Serde<BytesView> {
  absl::StatusOr<BytesView> Serialize(BytesView value, std::string&) const { return value; }
  absl::StatusOr<BytesView> Deserialize(BytesView bytes) const { return bytes; }
};

// Lifetime of what it deserializes: that of the bytes.
template <>
struct Serde<std::span<const std::byte>> {
  absl::StatusOr<BytesView> Serialize(std::span<const std::byte> value, std::string&) const {
    return BytesView(value);
  }
  absl::StatusOr<std::span<const std::byte>> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return serde_errors::Null("bytes");
    return bytes.bytes();
  }
};

template <typename Byte>
requires std::same_as<Byte, std::byte> || std::same_as<Byte, std::uint8_t>
struct Serde<std::vector<Byte>> {
  absl::StatusOr<BytesView> Serialize(const std::vector<Byte>& value, std::string&) const { return BytesView(value); }
  absl::StatusOr<std::vector<Byte>> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return serde_errors::Null("bytes");
    const auto* const begin = reinterpret_cast<const Byte*>(bytes.data());
    return std::vector<Byte>(begin, begin + bytes.size());
  }
};

template <>
struct Serde<std::nullptr_t> {
  absl::StatusOr<BytesView> Serialize(std::nullptr_t, std::string&) const { return BytesView(nullptr); }
  absl::StatusOr<std::nullptr_t> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return nullptr;
    return absl::InvalidArgumentError(fmt::format("{} bytes where null was expected", bytes.size()));
  }
};

template <typename T>
requires SerdeFor<Serde<T>, T>
struct Serde<std::optional<T>> {
  absl::StatusOr<BytesView> Serialize(const std::optional<T>& value, std::string& scratch) const {
    if (!value.has_value()) return BytesView(nullptr);
    return Serde<T>().Serialize(*value, scratch);
  }
  absl::StatusOr<std::optional<T>> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return std::optional<T>();
    absl::StatusOr<T> value = Serde<T>().Deserialize(bytes);
    if (!value.ok()) return value.status();
    return std::optional<T>(*std::move(value));
  }
};

// One byte, 1 or 0.
template <>
struct Serde<bool> {
  absl::StatusOr<BytesView> Serialize(bool value, std::string& scratch) const {
    scratch.assign(1, value ? '\1' : '\0');
    return BytesView(scratch);
  }
  absl::StatusOr<bool> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return serde_errors::Null("a bool");
    if (bytes.size() != 1) return serde_errors::WrongSize("a bool", 1, bytes.size());
    const auto byte = std::to_integer<int>(*bytes.data());
    if (byte > 1)
      return absl::InvalidArgumentError(fmt::format("the byte {} where 0 or 1 was expected for a bool", byte));
    return byte == 1;
  }
};

// The numbers that Kafka has serializers for, or that have the size of one. `char` and its wide siblings are text,
// not numbers.
template <typename T>
concept SerdeNumber = (std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                       !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> && !std::same_as<T, char16_t> &&
                       !std::same_as<T, char32_t> && sizeof(T) <= 8) ||
                      (std::floating_point<T> && std::numeric_limits<T>::is_iec559 &&
                       (sizeof(T) == 4 || sizeof(T) == 8));

template <SerdeNumber T>
struct Serde<T> {
  absl::StatusOr<BytesView> Serialize(T value, std::string& scratch) const {
    scratch.resize(sizeof(T));
    auto* const to = reinterpret_cast<std::byte*>(scratch.data());
    if constexpr (sizeof(T) == 1) *to = std::bit_cast<std::byte>(value);
    if constexpr (sizeof(T) == 2) StoreBig16(to, std::bit_cast<std::uint16_t>(value));
    if constexpr (sizeof(T) == 4) StoreBig32(to, std::bit_cast<std::uint32_t>(value));
    if constexpr (sizeof(T) == 8) StoreBig64(to, std::bit_cast<std::uint64_t>(value));
    return BytesView(scratch);
  }
  absl::StatusOr<T> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return serde_errors::Null("a number");
    if (bytes.size() != sizeof(T)) return serde_errors::WrongSize("a number", sizeof(T), bytes.size());
    if constexpr (sizeof(T) == 1) return std::bit_cast<T>(*bytes.data());
    if constexpr (sizeof(T) == 2) return std::bit_cast<T>(LoadBig16(bytes.data()));
    if constexpr (sizeof(T) == 4) return std::bit_cast<T>(LoadBig32(bytes.data()));
    if constexpr (sizeof(T) == 8) return std::bit_cast<T>(LoadBig64(bytes.data()));
  }
};

template <typename T>
requires kSerdeAsBytes<T>
struct Serde<T> {
  static_assert(std::is_trivially_copyable_v<T>, "kSerdeAsBytes is for trivially copyable types");

  absl::StatusOr<BytesView> Serialize(const T& value, std::string&) const {
    return BytesView(reinterpret_cast<const std::byte*>(&value), sizeof(T));
  }
  absl::StatusOr<T> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return serde_errors::Null("a struct");
    if (bytes.size() != sizeof(T)) return serde_errors::WrongSize("a struct", sizeof(T), bytes.size());
    std::array<std::byte, sizeof(T)> copy;
    std::memcpy(copy.data(), bytes.data(), sizeof(T));
    return std::bit_cast<T>(copy);
  }
};

template <typename T>
requires(StringSerializable<T> && !JsonConvertible<T> && !kSerdeAsBytes<T>) struct Serde<T> {
  absl::StatusOr<BytesView> Serialize(const T& value, std::string& scratch) const {
    scratch.clear();
    if (!value.SerializeToString(&scratch)) {
      return absl::InvalidArgumentError("SerializeToString refused the value");
    }
    return BytesView(scratch);
  }
  absl::StatusOr<T> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return serde_errors::Null("a message");
    T value{};
    if (!value.ParseFromString(std::string(bytes))) {
      return absl::InvalidArgumentError(fmt::format("ParseFromString refused the {} bytes", bytes.size()));
    }
    return value;
  }
};

template <typename T>
requires(JsonConvertible<T> && !kSerdeAsBytes<T>) struct Serde<T> {
  absl::StatusOr<BytesView> Serialize(const T& value, std::string& scratch) const {
    scratch = ToJson(value);
    return BytesView(scratch);
  }
  absl::StatusOr<T> Deserialize(BytesView bytes) const {
    if (bytes.is_null()) return serde_errors::Null("JSON");
    T value{};
    if (absl::Status parsed = FromJson(bytes.as_string_view(), &value); !parsed.ok()) return parsed;
    return value;
  }
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_SERDE_H_
