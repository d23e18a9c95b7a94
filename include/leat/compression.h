// Compressed batches, for whoever handles batches as such. Who sends and consumes records needs none of this: a topic's
// or a producer's settings say how to compress, and what is read has been decompressed.
#ifndef LEAT_COMPRESSION_H_
#define LEAT_COMPRESSION_H_

#include <leat/batch_layout.h>
#include <leat/batch_view.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

namespace leat {
namespace record {
class ByteBuffer;
}  // namespace record
inline namespace v1 {

// How many bytes the records of a batch may be when they are decompressed: 64 MiB, or 32 times what they are compressed if
// that is more. A few kilobytes could else be made to ask for gigabytes of their reader's memory. Whatever leat writes
// stays below: a producer's batch that would not is refused.
constexpr std::size_t ExpandedSizeLimit(std::size_t compressed_size) {
  constexpr std::size_t kAlways = std::size_t{64} << 20;
  constexpr std::size_t kTimes = 32;
  constexpr std::size_t kFormat = std::numeric_limits<std::int32_t>::max() - batch_layout::kHeaderSize;
  return compressed_size > kFormat / kTimes ? kFormat : std::max(kAlways, kTimes * compressed_size);
}

// Makes of a compressed batch the same batch without compression.
//
//   leat::BatchDecompressor decompressor;
//   if (decompressor.Decompress(batch) != leat::BatchVerdict::kOk) ...
//   for (leat::RecordReader reader(decompressor.batch()); reader.Next();) use(reader.record());
//
// Threads: one at a time. Lifetime: owns its memory, and keeps it from batch to batch; batch() is good until the next
// Decompress().
class BatchDecompressor {
 public:
  BatchDecompressor();
  BatchDecompressor(BatchDecompressor&& other) noexcept;
  BatchDecompressor& operator=(BatchDecompressor&& other) noexcept;
  ~BatchDecompressor();

  // `batch` is whole, its header is right (CheckBatchHeader()), and so is its checksum. Checks every record. Never reads
  // beyond the batch, and never takes more memory than twice ExpandedSizeLimit() says.
  //   kOk              batch() has it; one that is not compressed is copied
  //   kBadCompression  the records are not what their codec makes, or break off
  //   kExpandsTooMuch  they are more than ExpandedSizeLimit()
  //   kUnknownCodec    no codec of Kafka's
  //   kBadCount, kBadRecord  as of batches that are not compressed
  BatchVerdict Decompress(BatchView batch);

  // After a Decompress() that returned kOk: header and records of that batch, with the codec and the length of one that is
  // not compressed. Its crc() is the one it had: of other bytes.
  BatchView batch() const;

 private:
  std::unique_ptr<record::ByteBuffer> buffer_;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_COMPRESSION_H_
