// Reading compressed batches: each is decompressed once, when it is checked, into memory that lives as long as what is
// handed out.
#include <algorithm>
#include <memory>
#include <utility>

#include <leat/batch.h>
#include "absl/status/status.h"
#include "log/cursor.h"
#include "record/expand.h"

namespace leat::log {

// From a compressed batch on those that are compressed; one that is not is left to the next call, which hands it out
// where it stands. `max_bytes` are of decompressed batches, the last of which may go beyond: how large it is, is known
// when the work is done.
absl::StatusOr<Fetched> Cursor::WalkCompressed(Offset wanted, Offset end, std::size_t max_bytes) {
  using Buffer = record::IdleStore<record::ByteBuffer>::Lease;
  auto buffer = std::make_shared<const Buffer>(record::IdleBuffers());
  record::ByteBuffer& expanded = **buffer;
  expanded.Clear();
  const record::OffsetDeltas deltas = Deltas();
  const std::size_t begin = position_;
  absl::Status stopped_by = absl::OkStatus();
  while (batch_base_ < end && (expanded.size() == 0 || expanded.size() < max_bytes)) {
    auto here = BytesHere();
    if (!here.ok()) {
      stopped_by = here.status();
      break;
    }
    if (here->empty()) {
      const auto gap = OnlyAGapIsLeft();
      stopped_by = gap.status();
      if (!gap.ok() || *gap) break;
    }
    BatchVerdict verdict = Judge(*here, end, deltas);
    if (verdict == BatchVerdict::kOk) break;
    if (verdict == BatchVerdict::kCompressed) verdict = record::ExpandBatch(BatchView(*here), deltas, expanded);
    if (verdict != BatchVerdict::kOk) {
      stopped_by = Damage(verdict);
      break;
    }
    StepOver(BatchView(*here));
  }
  if (position_ == begin && !stopped_by.ok()) return stopped_by;
  offset_ = batch_base_;
  const std::span<const std::byte> bytes = expanded.bytes();
  return Fetched{
      .bytes = bytes, .pin = std::move(buffer), .begin = wanted, .end = offset_, .stored_bytes = position_ - begin};
}

}  // namespace leat::log
