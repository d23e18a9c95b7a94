// From a batch to the same batch compressed.
#ifndef LEAT_RECORD_COMPRESS_H_
#define LEAT_RECORD_COMPRESS_H_

#include <leat/batch.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "record/byte_buffer.h"

namespace leat::record {

// Puts `sealed`, a whole batch that is not compressed, into `to` (and nothing else), its records compressed, with a length,
// a codec and a checksum to match, and returns it. As in Kafka, that is done also where it makes the batch larger.
std::span<std::byte> CompressBatch(std::span<const std::byte> sealed, Codec codec, std::int32_t level,
                                   ByteBuffer& to);

}  // namespace leat::record

#endif  // LEAT_RECORD_COMPRESS_H_
