#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string_view>

namespace leat::base {
namespace {

class KernelRandom final : public Random {
 public:
  std::uint64_t Next() override {
    std::uint64_t value = 0;
    while (::getrandom(&value, sizeof(value), 0) != static_cast<ssize_t>(sizeof(value))) {
      if (errno != EINTR) return FromStandardLibrary();  // a sandbox that allows no getrandom
    }
    return value;
  }

 private:
  static std::uint64_t FromStandardLibrary() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
  }
};

// Steele, Lea and Flood's SplitMix64: one word of state, any seed is a good one.
class SplitMix final : public Random {
 public:
  explicit SplitMix(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next() override {
    std::uint64_t mixed = state_ += 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
  }

 private:
  std::uint64_t state_;
};

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kUuidDigits = 22;  // 132 bits, of which the last 4 are zeros
constexpr unsigned kDigitMinus = 62;

}  // namespace

std::shared_ptr<Random> SystemRandom() { return std::make_shared<KernelRandom>(); }

std::shared_ptr<Random> SeededRandom(std::uint64_t seed) { return std::make_shared<SplitMix>(seed); }

Uuid MakeUuid(Random& random) {
  Uuid id;
  do {
    const std::array<std::uint64_t, 2> words = {random.Next(), random.Next()};
    std::memcpy(id.data(), words.data(), id.size());
    id[6] = (id[6] & std::byte{0x0F}) | std::byte{0x40};  // version 4
    id[8] = (id[8] & std::byte{0x3F}) | std::byte{0x80};  // the variant of RFC 4122
    // A name that begins with '-' looks like an option to command line tools.
  } while (std::to_integer<unsigned>(id[0]) >> 2 == kDigitMinus);
  return id;
}

std::string UuidToString(const Uuid& id) {
  std::string text;
  text.reserve(kUuidDigits);
  unsigned bits = 0;
  int held = 0;
  for (const std::byte byte : id) {
    bits = (bits << 8) | std::to_integer<unsigned>(byte);
    for (held += 8; held >= 6; held -= 6) text.push_back(kDigits[(bits >> (held - 6)) & 0x3F]);
  }
  text.push_back(kDigits[(bits << (6 - held)) & 0x3F]);
  return text;
}

bool UuidFromString(const std::string& text, Uuid& id) {
  if (text.size() != kUuidDigits) return false;
  Uuid parsed{};
  std::size_t filled = 0;
  unsigned bits = 0;
  int held = 0;
  for (const char digit : text) {
    const std::size_t value = kDigits.find(digit);
    if (value == std::string_view::npos) return false;
    bits = (bits << 6) | static_cast<unsigned>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      parsed[filled++] = static_cast<std::byte>((bits >> held) & 0xFF);
    }
  }
  if ((bits & ((1U << held) - 1)) != 0) return false;  // one id, one text
  id = parsed;
  return true;
}

}  // namespace leat::base
