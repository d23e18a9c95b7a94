#include "cli/transaction_file.h"

#include <fmt/format.h>
#include <leat/batch.h>
#include <leat/encoding.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>

namespace leat::cli {
namespace {

// Big-endian numbers, one behind the other.
class Numbers {
 public:
  explicit Numbers(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::int16_t Next16() { return static_cast<std::int16_t>(LoadBig16(Take(2))); }
  std::int32_t Next32() { return static_cast<std::int32_t>(LoadBig32(Take(4))); }
  std::int64_t Next64() { return static_cast<std::int64_t>(LoadBig64(Take(8))); }

 private:
  const std::byte* Take(std::size_t size) {
    const std::byte* const here = bytes_.data();
    bytes_ = bytes_.subspan(size);
    return here;
  }

  std::span<const std::byte> bytes_;
};

absl::StatusOr<std::vector<char>> ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: {}", path, std::strerror(errno)));
  std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) return absl::UnknownError(fmt::format("{}: cannot be read", path));
  return bytes;
}

absl::Status UnknownVersion(const std::string& path, std::size_t position, int version) {
  return absl::UnimplementedError(
      fmt::format("{}: position {}: version {}, which this program does not know", path, position, version));
}

}  // namespace

absl::StatusOr<std::vector<AbortedTransaction>> ReadTransactionIndex(const std::string& path) {
  constexpr std::size_t kSize = 34;
  const auto bytes = ReadBytes(path);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() % kSize != 0) {
    return absl::DataLossError(fmt::format("{}: position {}: half of an entry: {} bytes are no whole number of {}",
                                           path, bytes->size() / kSize * kSize, bytes->size(), kSize));
  }
  std::vector<AbortedTransaction> entries;
  for (std::size_t at = 0; at < bytes->size(); at += kSize) {
    Numbers numbers(std::as_bytes(std::span(*bytes)).subspan(at, kSize));
    if (const int version = numbers.Next16(); version != 0) return UnknownVersion(path, at, version);
    AbortedTransaction entry;
    entry.producer_id = numbers.Next64();
    entry.first_offset = numbers.Next64();
    entry.last_offset = numbers.Next64();
    entry.last_stable_offset = numbers.Next64();
    entries.push_back(entry);
  }
  return entries;
}

absl::StatusOr<std::vector<ProducerSnapshot>> ReadProducerSnapshot(const std::string& path) {
  constexpr std::size_t kHead = 10, kChecked = 6, kSize = 46;
  const auto bytes = ReadBytes(path);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() < kHead) {
    return absl::DataLossError(fmt::format("{}: position 0: {} bytes are no snapshot", path, bytes->size()));
  }
  const std::span<const std::byte> all = std::as_bytes(std::span(*bytes));
  Numbers numbers(all);
  if (const int version = numbers.Next16(); version != 1) return UnknownVersion(path, 0, version);
  const auto crc = static_cast<std::uint32_t>(numbers.Next32());
  if (const std::uint32_t computed = Crc32c(all.subspan(kChecked)); crc != computed) {
    return absl::DataLossError(
        fmt::format("{}: position 2: the checksum is {:08x}, and the bytes have {:08x}", path, crc, computed));
  }
  const std::int32_t count = numbers.Next32();
  if (count < 0 || static_cast<std::size_t>(count) * kSize != bytes->size() - kHead) {
    return absl::DataLossError(
        fmt::format("{}: position 6: says {} producers, in {} bytes", path, count, bytes->size() - kHead));
  }
  std::vector<ProducerSnapshot> producers(static_cast<std::size_t>(count));
  for (ProducerSnapshot& producer : producers) {
    producer.producer_id = numbers.Next64();
    producer.producer_epoch = numbers.Next16();
    producer.last_sequence = numbers.Next32();
    producer.last_offset = numbers.Next64();
    producer.offset_delta = numbers.Next32();
    producer.timestamp = numbers.Next64();
    producer.coordinator_epoch = numbers.Next32();
    producer.transaction_first_offset = numbers.Next64();
  }
  return producers;
}

}  // namespace leat::cli
