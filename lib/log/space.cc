// Room on the disk for the active segment. Only bytes that have blocks are ever stored to: through a mapping, a store
// to any other byte is a signal. `allocated` in the page says how far that is; it is changed under the size lock
// only, after a look at which segment is the active one, so that nobody grows a file that another has just sealed.
#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "log/appender.h"
#include "log/segment_files.h"

namespace leat::log {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

}  // namespace

// 1 MiB for a topic that says hello, steps of 4 MiB up to 16, then of 16.
std::int64_t Appender::NextSize(std::int64_t size) {
  if (size < kMiB) return kMiB;
  return size + (size < 16 * kMiB ? 4 * kMiB : 16 * kMiB);
}

absl::StatusOr<std::int64_t> Appender::Grow(SegmentWriter& writer, Offset base, std::int64_t needed,
                                            std::int64_t wanted) {
  auto taken = settings_.locker->Lock(page_.size_lock, size_lock_name_);
  if (!taken.ok()) return taken.status();
  struct Unlock {
    Appender& appender;
    ~Unlock() { appender.settings_.locker->Unlock(appender.page_.size_lock); }
  } unlock{*this};
  if (*taken == shared::Taken::kFromTheDead) {
    if (auto s = MendSizeLocked(); !s.ok()) return s;
  }
  if (page_.allocated_segment.load(std::memory_order_relaxed) != base) {
    return absl::AbortedError(
        "the segment is no longer the active one");  // the housekeeper's: an appender holds the lock
  }
  // The file is asked, and not the page: a store behind its end is a signal, and anybody may have written there.
  const auto info = writer.file().Info();
  if (!info.ok()) return info.status();
  const std::int64_t allocated = info->size;
  page_.allocated.store(allocated, std::memory_order_relaxed);
  if (allocated >= wanted) return allocated;
  wanted = std::clamp(wanted, needed, std::max(needed, settings_.segment_bytes));

  // All of it, else what is needed: a nearly full disk is used to its end.
  absl::Status last = absl::OkStatus();
  for (const std::int64_t size : {wanted, needed}) {
    if (size <= allocated) return allocated;
    if (settings_.owner != nullptr) {
      last = settings_.owner->Reserve(log_, size - allocated);
      if (!last.ok()) continue;
    }
    last = writer.file().Allocate(size);
    // What retention lets go is let go now, rather than that what comes is refused.
    if (absl::IsResourceExhausted(last) && size == needed && settings_.owner != nullptr &&
        settings_.owner->MakeRoom(log_, size - allocated)) {
      last = writer.file().Allocate(size);
    }
    if (last.ok()) {
      page_.allocated.store(size, std::memory_order_relaxed);
      return size;
    }
    if (settings_.owner != nullptr) settings_.owner->Reserve(log_, allocated - size).IgnoreError();
    // What a failed allocation left behind would keep others from having it.
    writer.file().Truncate(allocated).IgnoreError();
    if (size == needed) break;
  }
  return last;
}

absl::StatusOr<bool> Appender::IsActive(Offset base) {
  auto taken = settings_.locker->Lock(page_.size_lock, size_lock_name_);
  if (!taken.ok()) return taken.status();
  const absl::Status mended = *taken == shared::Taken::kFromTheDead ? MendSizeLocked() : absl::OkStatus();
  const bool active = page_.allocated_segment.load(std::memory_order_relaxed) == base;
  settings_.locker->Unlock(page_.size_lock);
  if (!mended.ok()) return mended;
  return active;
}

absl::Status Appender::MendSizeLocked() {
  const Offset base = page_.allocated_segment.load(std::memory_order_relaxed);
  auto info = settings_.files->Info(io::JoinPath(settings_.folder, SegmentFileName(base, kLogSuffix)));
  if (!info.ok()) return info.status();
  page_.allocated.store(info->size, std::memory_order_relaxed);
  return absl::OkStatus();
}

}  // namespace leat::log
