// From a compressed batch to the same batch uncompressed, which all that reads records can read.
#ifndef LEAT_RECORD_EXPAND_H_
#define LEAT_RECORD_EXPAND_H_

#include <leat/batch.h>

#include <cstddef>
#include <span>

#include "record/byte_buffer.h"
#include "record/idle_store.h"
#include "record/validate.h"

namespace leat::record {

// Appends `batch` without compression to `to`: its header with another length and without a codec (and with its old
// checksum), then its records, checked as ValidateRecords() does. At any other verdict than kOk, which are those of
// BatchDecompressor::Decompress(), `to` is as before. `batch` is whole, and its header and checksum are right.
BatchVerdict ExpandBatch(BatchView batch, OffsetDeltas deltas, ByteBuffer& to);

// ValidateBatch() that sees through compression, too: kOk, or what is wrong, but never kCompressed.
BatchVerdict ValidateInside(std::span<const std::byte> bytes, OffsetDeltas deltas);

// Buffers for whoever needs one for a moment, or for as long as a poll's records live: of any content.
IdleStore<ByteBuffer>& IdleBuffers();

}  // namespace leat::record

#endif  // LEAT_RECORD_EXPAND_H_
