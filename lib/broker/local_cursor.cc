#include "broker/local_cursor.h"

#include "shared/counters.h"

namespace leat::broker {
namespace {

void CountFetch(const log::Fetched& fetched, shared::PartitionCounters& counters) {
  shared::Add(counters.fetches);
  shared::Add(counters.fetched_records, static_cast<std::uint64_t>(fetched.end - fetched.begin));
  shared::Add(counters.fetched_bytes, fetched.stored_bytes);
  if (fetched.bytes.size() != fetched.stored_bytes) [[unlikely]]
    shared::Add(counters.decompressed_bytes, fetched.bytes.size());
}

void CountError(const absl::Status& status, shared::PartitionCounters& counters) {
  if (absl::IsOutOfRange(status)) {
    shared::Add(counters.out_of_range);
  } else if (absl::IsDataLoss(status) || absl::IsUnimplemented(status)) {
    shared::Add(counters.read_errors);
  }
}

}  // namespace

absl::StatusOr<FetchedBatches> LocalCursor::Fetch(std::size_t max_bytes) {
  if (absl::Status status = partition_->folder().Usable(); !status.ok()) return status;
  absl::StatusOr<log::Fetched> fetched = cursor_.Fetch(max_bytes);
  if (!fetched.ok()) [[unlikely]] {
    if (counts_) CountError(fetched.status(), partition_->page().counters);
    return fetched.status();
  }
  if (counts_ && !fetched->bytes.empty()) CountFetch(*fetched, partition_->page().counters);
  return FetchedBatches{
      .bytes = fetched->bytes, .pin = std::move(fetched->pin), .begin = fetched->begin, .end = fetched->end};
}

absl::StatusOr<Offset> LocalCursor::SeekBefore(Offset offset, std::size_t max_bytes) {
  if (absl::Status status = partition_->folder().Usable(); !status.ok()) return status;
  return cursor_.SeekBefore(offset, max_bytes);
}

}  // namespace leat::broker
