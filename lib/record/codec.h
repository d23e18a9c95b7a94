// The codecs of Kafka's batches, by their libraries, each in the framing that Kafka's Java client writes. All work on
// whole blocks of bytes: what is in a batch behind its header.
//
// Everything that is expensive to set up is kept from call to call, by whatever threads call, up to 16 idle contexts of
// each kind (idle_store.h); those of more than 8 MiB (zstd at its highest levels) are not kept.
#ifndef LEAT_RECORD_CODEC_H_
#define LEAT_RECORD_CODEC_H_

#include <leat/batch.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "record/byte_buffer.h"

namespace leat::record {

// A context that takes more than this is not kept while it is idle.
inline constexpr std::size_t kMostIdleContext = std::size_t{8} << 20;

// Appends `from`, compressed, to `to`. `level` is the codec's own as TopicOptions has them (snappy has none); `codec` is
// not kNone.
void Compress(Codec codec, std::int32_t level, std::span<const std::byte> from, ByteBuffer& to);

// Appends to `to` what `from` was before it was compressed, if that is at most `limit` bytes: kOk. Otherwise `to` is as
// before:
//   kExpandsTooMuch    there would be more than `limit` bytes
//   kBadCompression    these bytes are not the codec's, or end too soon, or go on behind the end
//   kUnknownCodec      `codec` is none of Kafka's
// Memory is taken as bytes come out, never because the bytes promise that many. `codec` is not kNone.
BatchVerdict Decompress(Codec codec, std::span<const std::byte> from, std::size_t limit, ByteBuffer& to);

// The siblings behind these two; contracts as above.

// A gzip stream (RFC 1952). Reads several members, one behind the other.
void GzipCompress(std::int32_t level, std::span<const std::byte> from, ByteBuffer& to);
BatchVerdict GzipDecompress(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to);

// The stream of the Java library snappy-java ("xerial"): a header, then blocks of 32 KiB, each with its length before
// it. Reads several streams, one behind the other, and also a single block by itself without any header, as librdkafka
// writes it.
void SnappyCompress(std::span<const std::byte> from, ByteBuffer& to);
BatchVerdict SnappyDecompress(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to);

// LZ4's frame with independent blocks of 64 KiB and without any checksum but the header's: Kafka's reader knows no
// linked blocks. Reads all frames, several one behind the other, too. Level 9, Kafka's default, stands for the quick
// compressor; every other for the one of high compression.
void Lz4Compress(std::int32_t level, std::span<const std::byte> from, ByteBuffer& to);
BatchVerdict Lz4Decompress(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to);

// A zstd frame that says how large its content is. Reads those that do not, too, and several one behind the other.
void ZstdCompress(std::int32_t level, std::span<const std::byte> from, ByteBuffer& to);
BatchVerdict ZstdDecompress(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to);

}  // namespace leat::record

#endif  // LEAT_RECORD_CODEC_H_
