// Appends that are acknowledged when they are on the disk, and syncing for its own sake.
#include <string_view>

#include <leat/batch.h>
#include "absl/status/status.h"
#include "fmt/format.h"
#include "log/appender.h"
#include "log/syncer.h"
#include "shared/commit_slots.h"

namespace leat::log {
namespace {

// One past the last offset of a batch that is in the log now.
Offset EndOf(std::span<const std::byte> batch, Offset base_offset) {
  return base_offset + BatchView(batch).last_offset_delta() + 1;
}

absl::Status Closed() { return absl::FailedPreconditionError("the log has been closed"); }

}  // namespace

absl::StatusOr<Log::Appended> Log::AppendUnsynced(std::span<const std::byte> batch) {
  if (appender_ == nullptr) {
    return absl::PermissionDeniedError(fmt::format(
        "{}: opened read-only; open the broker without OpenMode::kReadOnly to publish", settings_.folder));
  }
  return appender_->Append(batch, Appender::Syncing::kCallers);
}

absl::StatusOr<Log::Appended> Log::AppendToDisk(std::span<const std::byte> batch) {
  if (syncer_ == nullptr) return AppendUnsynced(batch);
  // Before the append: what is in the log will be waited for.
  const Syncer::Call call(*syncer_);
  if (!call.admitted()) return Closed();
  const auto appended = AppendUnsynced(batch);
  if (!appended.ok()) return appended;
  const Offset end = EndOf(batch, appended->base_offset);
  if (const auto synced = syncer_->SyncTo(end); !synced.ok()) return Unconfirmed(end, synced);
  return appended;
}

absl::Status Log::AwaitSync(Offset end) {
  if (flushed() >= end) return absl::OkStatus();
  const Syncer::Call call(*syncer_);
  const absl::Status synced = call.admitted() ? syncer_->SyncTo(end) : Closed();
  return synced.ok() ? synced : Unconfirmed(end, synced);
}

// The batch is in the log, so the error may be none that says that nothing was done.
absl::Status Log::Unconfirmed(Offset end, const absl::Status& synced) const {
  if (absl::IsDataLoss(synced) || absl::IsNotFound(synced)) return synced;
  return absl::DeadlineExceededError(
      fmt::format("offset {} of {} is in the log, but not on the disk for all that is known: {}", end - 1, Name(),
                  std::string_view(synced.message().data(), synced.message().size())));
}

absl::Status Log::Sync() {
  if (syncer_ == nullptr) return absl::PermissionDeniedError(fmt::format("{}: opened read-only", settings_.folder));
  const Syncer::Call call(*syncer_);
  if (!call.admitted()) return Closed();
  const Offset end = this->end();
  if (flushed() >= end) return absl::OkStatus();
  if (auto s = appender_->OpenToVouch(); !s.ok()) return s;
  return syncer_->SyncTo(end);
}

absl::Status Log::SyncSealed() {
  const Syncer::Call call(*syncer_);
  if (!call.admitted()) return Closed();
  return syncer_->SyncSealed();
}

bool Log::HasUnsyncedSegments() const {
  if (syncer_ == nullptr || !settings_.needs_sync) return false;
  return syncer_->checkpointed() < shared::ReadCommit(page()).segment_base;
}

std::size_t Log::UnsyncedDescriptors() const { return syncer_ == nullptr ? 0 : syncer_->voucher().size(); }

// Raising: what is there is synced twice, the second time from when on readers see only that. So the time in which they
// may have seen more is a short one, and over when this returns.
absl::Status Log::SetToDisk(bool to_disk) {
  if (to_disk == IsToDisk() && (!to_disk || high_watermark() <= flushed())) return absl::OkStatus();
  if (to_disk) {
    if (auto s = Sync(); !s.ok()) return s;
  }
  const auto end = appender_->SetToDisk(to_disk);
  if (!end.ok()) return end.status();
  return to_disk ? Sync() : absl::OkStatus();
}

}  // namespace leat::log
