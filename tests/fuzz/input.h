// Taking numbers and bytes from the bytes that a search hands out.
#ifndef LEAT_TESTS_FUZZ_INPUT_H_
#define LEAT_TESTS_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace leat::testing {

class FuzzInput {
 public:
  explicit FuzzInput(std::span<const std::byte> bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }

  // 0 when there are no more bytes.
  template <typename T>
  T Number() {
    T number{};
    const std::span<const std::byte> bytes = Bytes(sizeof(T));
    std::memcpy(&number, bytes.data(), bytes.size());
    return number;
  }
  std::span<const std::byte> Bytes(std::size_t count) {
    const std::span<const std::byte> taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::span<const std::byte> Rest() { return Bytes(rest_.size()); }

 private:
  std::span<const std::byte> rest_;
};

// On the heap and no longer than it is, so that a sanitizer sees a byte too many.
inline std::vector<std::byte> Exactly(std::span<const std::byte> bytes) {
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  copy.shrink_to_fit();
  return copy;
}

inline std::vector<std::byte> AsBytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace leat::testing

#endif  // LEAT_TESTS_FUZZ_INPUT_H_
