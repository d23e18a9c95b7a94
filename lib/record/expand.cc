#include "record/expand.h"

#include <leat/compression.h>

#include "record/codec.h"

namespace leat::record {
namespace {

BatchVerdict ExpandRecords(BatchView batch, ByteBuffer& to) {
  const std::span<const std::byte> records = batch.record_bytes();
  if (batch.codec() == Codec::kNone) {
    to.Append(records);
    return BatchVerdict::kOk;
  }
  // Compaction may leave a header by itself.
  if (records.empty() && batch.count() == 0) return BatchVerdict::kOk;
  return Decompress(batch.codec(), records, ExpandedSizeLimit(records.size()), to);
}

constinit IdleStore<ByteBuffer> idle_buffers;

}  // namespace

IdleStore<ByteBuffer>& IdleBuffers() { return idle_buffers; }

BatchVerdict ExpandBatch(BatchView batch, OffsetDeltas deltas, ByteBuffer& to) {
  const std::size_t begin = to.size();
  to.Append(batch.bytes().first(batch_layout::kHeaderSize));
  BatchVerdict verdict = ExpandRecords(batch, to);
  if (verdict == BatchVerdict::kOk) {
    const std::span<std::byte> expanded = to.bytes().subspan(begin);
    const auto attributes = static_cast<std::uint16_t>(batch.attributes() & ~batch_layout::kCodecMask);
    StoreBig16(expanded.data() + batch_layout::kAttributes, attributes);
    StoreBig32(expanded.data() + batch_layout::kLength,
               static_cast<std::uint32_t>(expanded.size() - batch_layout::kLengthOverhead));
    verdict = ValidateRecords(BatchView(expanded), deltas);
  }
  if (verdict != BatchVerdict::kOk) to.Truncate(begin);
  return verdict;
}

BatchVerdict ValidateInside(std::span<const std::byte> bytes, OffsetDeltas deltas) {
  const BatchVerdict verdict = ValidateBatch(bytes, deltas);
  if (verdict != BatchVerdict::kCompressed) return verdict;
  const IdleStore<ByteBuffer>::Lease buffer(IdleBuffers());
  buffer->Clear();
  return ExpandBatch(BatchView(bytes), deltas, *buffer);
}

}  // namespace leat::record
