#include "broker/local_cursor.h"

namespace leat::broker {

absl::StatusOr<FetchedBatches> LocalCursor::Fetch(std::size_t max_bytes) {
  if (absl::Status status = partition_->folder().Usable(); !status.ok()) return status;
  absl::StatusOr<log::Fetched> fetched = cursor_.Fetch(max_bytes);
  if (!fetched.ok()) return fetched.status();
  return FetchedBatches{
      .bytes = fetched->bytes, .pin = std::move(fetched->pin), .begin = fetched->begin, .end = fetched->end};
}

absl::StatusOr<Offset> LocalCursor::SeekBefore(Offset offset, std::size_t max_bytes) {
  if (absl::Status status = partition_->folder().Usable(); !status.ok()) return status;
  return cursor_.SeekBefore(offset, max_bytes);
}

}  // namespace leat::broker
