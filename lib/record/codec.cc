#include "record/codec.h"

#include "base/check.h"

namespace leat::record {

void Compress(Codec codec, std::int32_t level, std::span<const std::byte> from, ByteBuffer& to) {
  switch (codec) {
    case Codec::kGzip:
      return GzipCompress(level, from, to);
    case Codec::kSnappy:
      return SnappyCompress(from, to);
    case Codec::kLz4:
      return Lz4Compress(level, from, to);
    case Codec::kZstd:
      return ZstdCompress(level, from, to);
    case Codec::kNone:
      break;
  }
  LEAT_CHECK(false);
}

BatchVerdict Decompress(Codec codec, std::span<const std::byte> from, std::size_t limit, ByteBuffer& to) {
  const std::size_t before = to.size();
  BatchVerdict verdict = BatchVerdict::kUnknownCodec;
  switch (codec) {
    case Codec::kGzip:
      verdict = GzipDecompress(from, limit, to);
      break;
    case Codec::kSnappy:
      verdict = SnappyDecompress(from, limit, to);
      break;
    case Codec::kLz4:
      verdict = Lz4Decompress(from, limit, to);
      break;
    case Codec::kZstd:
      verdict = ZstdDecompress(from, limit, to);
      break;
    case Codec::kNone:
      LEAT_CHECK(false);
  }
  if (verdict != BatchVerdict::kOk) to.Truncate(before);
  return verdict;
}

}  // namespace leat::record
