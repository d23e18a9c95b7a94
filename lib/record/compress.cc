#include "record/compress.h"

#include "record/codec.h"

namespace leat::record {

std::span<std::byte> CompressBatch(std::span<const std::byte> sealed, Codec codec, std::int32_t level,
                                   ByteBuffer& to) {
  to.Clear();
  to.Append(sealed.first(batch_layout::kHeaderSize));
  Compress(codec, level, sealed.subspan(batch_layout::kHeaderSize), to);
  const std::span<std::byte> batch = to.bytes();
  const std::uint16_t attributes = BatchView(sealed).attributes() & ~batch_layout::kCodecMask;
  StoreBig16(batch.data() + batch_layout::kAttributes, attributes | static_cast<std::uint16_t>(codec));
  StoreBig32(batch.data() + batch_layout::kLength,
             static_cast<std::uint32_t>(batch.size() - batch_layout::kLengthOverhead));
  StoreBig32(batch.data() + batch_layout::kCrc, Crc32c(batch.subspan(batch_layout::kCrcBegin)));
  return batch;
}

}  // namespace leat::record
