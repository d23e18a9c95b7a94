// What is done per record and per byte, by itself: one thread, in the processor's caches unless said otherwise.
#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

constexpr std::int64_t kBytesOfWork = std::int64_t{64} << 20;

std::int64_t BatchesOf(const Flow& flow) { return std::max(std::int64_t{64}, kBytesOfWork / BatchBytes(flow)); }

double NsPerRecord(const Flow& flow, std::int64_t begin_ns) {
  const double seconds = SecondsSince(begin_ns);
  return seconds * 1e9 / static_cast<double>(BatchesOf(flow) * flow.batch);
}

bool Fill(const Flow& flow, Values& values, BatchBuilder& builder) {
  builder.Clear();
  bool fits = true;
  for (std::int32_t i = 0; i < flow.batch; ++i) {
    fits = builder.Append(nullptr, values.Stamp(static_cast<std::uint64_t>(i)), {}, 1) && fits;
  }
  return fits;
}

// Nanoseconds a record; with the checksum.
absl::StatusOr<double> Encode(const Flow& flow) {
  Values values(flow.value_size);
  BatchBuilder builder;
  std::size_t sealed = 0;
  const std::int64_t batches = BatchesOf(flow);
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t i = 0; i < batches; ++i) {
    if (!Fill(flow, values, builder)) return absl::InternalError("a batch became too large");
    sealed += builder.Seal({}).size();
  }
  if (sealed == 0) return absl::InternalError("nothing was encoded");
  return NsPerRecord(flow, begin_ns);
}

// In pieces: a memcpy of megabytes goes past the caches, and the checksum would wait for memory.
absl::StatusOr<double> CopyAndChecksumInCache(const Flow& flow) {
  constexpr std::size_t kPiece = 16 << 10;
  const auto size = static_cast<std::size_t>(BatchBytes(flow));
  std::vector<std::byte> from(size, std::byte{'x'});
  std::vector<std::byte> to(size);
  std::uint32_t checksums = 0;
  const std::int64_t batches = BatchesOf(flow);
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t i = 0; i < batches; ++i) {
    from[0] = static_cast<std::byte>(i);
    std::uint32_t checksum = 0;
    for (std::size_t done = 0; done < size; done += kPiece) {
      const std::size_t piece = std::min(kPiece, size - done);
      std::memcpy(to.data() + done, from.data() + done, piece);
      checksum = Crc32c({to.data() + done, piece}, checksum);
    }
    checksums += checksum;
  }
  if (checksums == 0) return absl::InternalError("nothing was computed");
  return NsPerRecord(flow, begin_ns);
}

// Nanoseconds a record; compares stamps and sizes.
absl::StatusOr<double> Decode(const Flow& flow) {
  Values values(flow.value_size);
  BatchBuilder builder;
  if (!Fill(flow, values, builder)) return absl::InternalError("a batch became too large");
  const BatchView batch(builder.Seal({}));
  bool right = true;
  const std::int64_t batches = BatchesOf(flow);
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t i = 0; i < batches; ++i) {
    RecordReader reader(batch);
    std::uint64_t expected = 0;
    while (reader.Next()) right = right && Values::StampOf(reader.record().value) == expected++;
    right = right && !reader.malformed() && expected == static_cast<std::uint64_t>(flow.batch);
  }
  const double ns = NsPerRecord(flow, begin_ns);
  if (!right) return absl::DataLossError("a record was decoded wrongly");
  return ns;
}

std::vector<std::byte> Bytes(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7);
  return bytes;
}

double GigabytesASecond(std::size_t size, std::int64_t rounds, std::int64_t begin_ns) {
  return static_cast<double>(size) * static_cast<double>(rounds) / 1e9 / SecondsSince(begin_ns);
}

std::int64_t RoundsOf(std::size_t size) {
  return std::max(std::int64_t{2}, 8 * kBytesOfWork / static_cast<std::int64_t>(size));
}

absl::StatusOr<double> Checksum(std::size_t size) {
  const std::vector<std::byte> bytes = Bytes(size);
  const std::uint32_t expected = Crc32c(bytes);
  bool right = true;
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t i = 0; i < RoundsOf(size); ++i) right = Crc32c(bytes) == expected && right;
  const double figure = GigabytesASecond(size, RoundsOf(size), begin_ns);
  if (!right) return absl::DataLossError("two checksums of the same bytes differ");
  return figure;
}

// What it takes to look at the bytes at all.
[[gnu::noinline]] std::uint64_t Sum(const std::byte* bytes, std::size_t size) {
  std::uint64_t sums[8] = {};
  for (std::size_t i = 0; i + sizeof(sums) <= size; i += sizeof(sums)) {
    std::uint64_t words[8];
    std::memcpy(words, bytes + i, sizeof(words));
    for (std::size_t k = 0; k < 8; ++k) sums[k] += words[k];
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t part : sums) sum += part;
  return sum;
}

absl::StatusOr<double> AddUp(std::size_t size) {
  std::vector<std::byte> bytes = Bytes(size);
  std::uint64_t sum = 0;
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t i = 0; i < RoundsOf(size); ++i) {
    bytes[0] = static_cast<std::byte>(i);
    sum += Sum(bytes.data(), size);
  }
  if (sum == 0) return absl::InternalError("nothing was added");
  return GigabytesASecond(size, RoundsOf(size), begin_ns);
}

void AddEncode(std::size_t size, const char* name, Benchmarks& benchmarks) {
  const Flow flow = FlowOf(1, size, 256);
  Benchmark benchmark{.name = fmt::format("encode/{}", name),
                      .what = fmt::format("{} values x256 encoded and sealed", name),
                      .unit = "ns/record",
                      .better = Better::kLower,
                      .leat = [flow](const std::string&) { return Encode(flow); },
                      .reference_name = "memcpy+CRC",
                      .reference = [flow](const std::string&) { return CopyAndChecksumInCache(flow); }};
  if (size == 10) benchmark.target_value = 7;
  benchmarks.push_back(std::move(benchmark));
}

void AddDecode(std::size_t size, const char* name, Benchmarks& benchmarks) {
  const Flow flow = FlowOf(1, size, 256);
  benchmarks.push_back({.name = fmt::format("decode/{}", name),
                        .what = fmt::format("{} values x256 decoded, checksum not compared", name),
                        .unit = "ns/record",
                        .better = Better::kLower,
                        .leat = [flow](const std::string&) { return Decode(flow); },
                        .target_value = 6});
}

void AddChecksum(std::size_t size, const char* name, Benchmarks& benchmarks) {
  benchmarks.push_back({.name = fmt::format("crc/{}", name),
                        .what = fmt::format("CRC-32C of {}", name),
                        .unit = "GB/s",
                        .leat = [size](const std::string&) { return Checksum(size); },
                        .reference_name = "adding up",
                        .reference = [size](const std::string&) { return AddUp(size); }});
}

void AddSmallRecords(const Scale& scale, Benchmarks& benchmarks) {
  const Flow flow = FlowOf(scale.bytes, 10, 256);
  benchmarks.push_back({.name = "small_records",
                        .what = "10B values x256, thread to thread through files",
                        .unit = "ns/record",
                        .better = Better::kLower,
                        .leat = [flow](const std::string& folder) -> absl::StatusOr<double> {
                          const absl::StatusOr<double> millions = RunFlow(flow, folder);
                          if (!millions.ok()) return millions.status();
                          return 1e3 / *millions;
                        },
                        .reference_name = "encoding alone",
                        .reference = [flow](const std::string&) { return Encode(flow); },
                        .target_ratio = 2.0});
}

}  // namespace

void AddCodec(const Scale& scale, Benchmarks& benchmarks) {
  AddSmallRecords(scale, benchmarks);
  AddEncode(10, "10B", benchmarks);
  AddEncode(100, "100B", benchmarks);
  AddEncode(1024, "1KiB", benchmarks);
  AddEncode(10240, "10KiB", benchmarks);
  AddDecode(10, "10B", benchmarks);
  AddDecode(100, "100B", benchmarks);
  AddChecksum(100, "100B", benchmarks);
  AddChecksum(16 << 10, "16KiB", benchmarks);
  AddChecksum(64 << 20, "64MiB", benchmarks);
}

}  // namespace leat::bench
