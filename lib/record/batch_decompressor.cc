#include <leat/compression.h>

#include "record/byte_buffer.h"
#include "record/expand.h"

namespace leat {
inline namespace v1 {

BatchDecompressor::BatchDecompressor() : buffer_(std::make_unique<record::ByteBuffer>()) {}
BatchDecompressor::BatchDecompressor(BatchDecompressor&& other) noexcept = default;
BatchDecompressor& BatchDecompressor::operator=(BatchDecompressor&& other) noexcept = default;
BatchDecompressor::~BatchDecompressor() = default;

BatchVerdict BatchDecompressor::Decompress(BatchView batch) {
  buffer_->Clear();
  return record::ExpandBatch(batch, record::OffsetDeltas::kGrowing, *buffer_);
}

BatchView BatchDecompressor::batch() const { return BatchView(buffer_->bytes()); }

}  // namespace v1
}  // namespace leat
