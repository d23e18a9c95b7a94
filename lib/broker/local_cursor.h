// A cursor in a folder of this machine.
#ifndef LEAT_BROKER_LOCAL_CURSOR_H_
#define LEAT_BROKER_LOCAL_CURSOR_H_

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "broker/backend.h"
#include "broker/open_partition.h"
#include "log/cursor.h"

namespace leat::broker {

class LocalCursor final : public PartitionCursor {
 public:
  LocalCursor(std::shared_ptr<OpenPartition> partition, Offset offset)
      : partition_(std::move(partition)),
        counts_(partition_->folder().counts()),
        cursor_(partition_->log(), offset) {}

  Offset position() const override { return cursor_.position(); }
  void Seek(Offset offset) override { cursor_.Seek(offset); }
  absl::StatusOr<FetchedBatches> Fetch(std::size_t max_bytes) override;
  absl::StatusOr<Offset> SeekBefore(Offset offset, std::size_t max_bytes) override;
  bool Ready() const override { return cursor_.Ready() || !partition_->folder().Usable().ok(); }

 private:
  const std::shared_ptr<OpenPartition> partition_;
  const bool counts_;
  log::Cursor cursor_;
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_LOCAL_CURSOR_H_
