// Compressed batches, as they come from a file or a wire.
#include <leat/batch.h>
#include <leat/compression.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/check.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "record/codec.h"
#include "record/compress.h"
#include "record/expand.h"

namespace leat::testing {
namespace {

constexpr Codec kCodecs[] = {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};
constexpr std::size_t kLimit = 1 << 20;

// Twice as much as comes out is the most that may be asked for, and something to begin with.
void Decompress(Codec codec, std::span<const std::byte> bytes) {
  record::ByteBuffer out;
  const BatchVerdict verdict = record::Decompress(codec, bytes, kLimit, out);
  LEAT_CHECK(out.size() <= kLimit);
  LEAT_CHECK(out.capacity() <= 2 * kLimit + 64 * std::max<std::size_t>(4 * bytes.size(), 4096));
  LEAT_CHECK(verdict == BatchVerdict::kOk || out.size() == 0);
  LEAT_CHECK(verdict == BatchVerdict::kOk || verdict == BatchVerdict::kBadCompression ||
             verdict == BatchVerdict::kExpandsTooMuch);
}

// What comes out of any bytes when they were compressed before.
void RoundTrip(Codec codec, std::span<const std::byte> bytes) {
  const std::int32_t level = codec == Codec::kLz4 ? 9 : 3;
  record::ByteBuffer compressed;
  record::Compress(codec, level, bytes, compressed);
  record::ByteBuffer out;
  LEAT_CHECK(record::Decompress(codec, compressed.bytes(), bytes.size(), out) == BatchVerdict::kOk);
  LEAT_CHECK(out.size() == bytes.size());
  LEAT_CHECK(bytes.empty() || std::memcmp(out.data(), bytes.data(), bytes.size()) == 0);
}

// A batch that has these bytes for its compressed records, and then these records compressed.
void AsBatch(Codec codec, std::span<const std::byte> bytes) {
  BatchBuilder builder;
  if (!builder.Append("k", "v", {}, 1)) return;
  const std::span<const std::byte> header = builder.Seal({}).first(batch_layout::kHeaderSize);
  std::vector<std::byte> batch(header.begin(), header.end());
  for (const std::byte byte : bytes) batch.push_back(byte);
  StoreBig32(batch.data() + batch_layout::kLength,
             static_cast<std::uint32_t>(batch.size() - batch_layout::kLengthOverhead));
  record::ByteBuffer compressed;
  for (const std::span<std::byte> one :
       {std::span(batch), record::CompressBatch(batch, codec, codec == Codec::kLz4 ? 9 : 3, compressed)}) {
    StoreBig16(one.data() + batch_layout::kAttributes, static_cast<std::uint16_t>(codec));
    StoreBig32(one.data() + batch_layout::kCrc, Crc32c(one.subspan(batch_layout::kCrcBegin)));
    BatchDecompressor decompressor;
    if (decompressor.Decompress(BatchView(one)) != BatchVerdict::kOk) continue;
    std::int32_t count = 0;
    for (RecordReader reader(decompressor.batch()); reader.Next();) ++count;
    LEAT_CHECK(count == BatchView(one).count());
    LEAT_CHECK(record::ValidateInside(one, record::OffsetDeltas::kGrowing) == BatchVerdict::kOk);
  }
}

}  // namespace

// The first byte says which codec.
void FuzzCompression(FuzzBytes bytes) {
  FuzzInput input(bytes);
  const Codec codec = kCodecs[input.Number<std::uint8_t>() % std::size(kCodecs)];
  const std::span<const std::byte> rest = input.Rest();
  Decompress(codec, rest);
  RoundTrip(codec, rest);
  AsBatch(codec, rest);
}

FuzzSeeds CompressionSeeds() {
  FuzzSeeds seeds;
  std::string text;
  for (int i = 0; i < 60; ++i) text += "a line of some length, number " + std::to_string(i) + "\n";
  BatchBuilder builder;
  const bool fits = builder.Append("k", text, {}, 1);
  LEAT_CHECK(fits);
  const std::span<const std::byte> records = builder.Seal({}).subspan(batch_layout::kHeaderSize);
  for (std::size_t i = 0; i < std::size(kCodecs); ++i) {
    for (const std::span<const std::byte> plain : {records, records.first(20)}) {
      record::ByteBuffer compressed;
      record::Compress(kCodecs[i], kCodecs[i] == Codec::kLz4 ? 9 : 3, plain, compressed);
      std::vector<std::byte>& seed = seeds.emplace_back(1, static_cast<std::byte>(i));
      for (const std::byte byte : compressed.bytes()) seed.push_back(byte);
    }
  }
  return seeds;
}

}  // namespace leat::testing
