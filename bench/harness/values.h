// The values that benchmarks publish, and the proof that they arrived.
#ifndef LEAT_BENCH_HARNESS_VALUES_H_
#define LEAT_BENCH_HARNESS_VALUES_H_

#include <leat/types.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace leat::bench {

// Values of one size: eight bytes that say who wrote it and how many that one wrote to the partition before, then a
// pattern. There are several of them, for those who send many at once.
class Values {
 public:
  static constexpr std::size_t kSmallest = 8;
  static constexpr int kProducerShift = 48;

  explicit Values(std::size_t size, std::size_t count = 1) : size_(size), bytes_(size * count) {
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = Pattern(i % size);
  }

  // The `index`-th of the values, which says `stamp` now.
  BytesView Stamp(std::uint64_t stamp, std::size_t index = 0) {
    std::byte* const value = bytes_.data() + index * size_;
    std::memcpy(value, &stamp, sizeof(stamp));
    return BytesView(value, size_);
  }

  static std::uint64_t MakeStamp(int producer, std::int64_t sequence) {
    return static_cast<std::uint64_t>(producer) << kProducerShift | static_cast<std::uint64_t>(sequence);
  }
  static std::size_t ProducerOf(std::uint64_t stamp) { return stamp >> kProducerShift; }

  // What the value says; of another size, nonsense.
  static std::uint64_t StampOf(BytesView value) {
    std::uint64_t stamp = ~std::uint64_t{0};
    if (value.size() >= sizeof(stamp)) std::memcpy(&stamp, value.data(), sizeof(stamp));
    return stamp;
  }

  // Whether every byte behind the stamp is as it was sent.
  bool RestIsRight(BytesView value) const {
    return value.size() == size_ &&
           std::memcmp(value.data() + kSmallest, bytes_.data() + kSmallest, size_ - kSmallest) == 0;
  }

 private:
  static std::byte Pattern(std::size_t i) { return static_cast<std::byte>('a' + i % 23); }

  std::size_t size_;
  std::vector<std::byte> bytes_;
};

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_VALUES_H_
