#include "log/segment.h"

#include <algorithm>

#include "fmt/format.h"

namespace leat::log {

Segment::Segment(const LogSettings& settings, const SegmentFiles& files) : settings_(settings), files_(files) {}

std::string Segment::Path(std::string_view suffix) const {
  return io::JoinPath(settings_.folder,
                      suffix == kLogSuffix ? files_.LogName() : SegmentFileName(files_.base, suffix));
}

absl::Status Segment::Replaced() const {
  return absl::AbortedError(
      fmt::format("{} is another file than it was, or shorter; if no topic of that name was compacted, or made anew, "
                  "somebody has "
                  "changed it: run `leat verify`",
                  Path(kLogSuffix)));
}

bool Segment::IsStill(const SegmentFiles& listed) const {
  if (listed.base != files_.base || listed.compacted_end != files_.compacted_end) return false;
  base::MutexLock lock(mutex_);
  if (mappings_.empty()) return true;
  const auto info = settings_.files->Info(Path(kLogSuffix));
  return info.ok() && info->id == id_;
}

absl::StatusOr<std::span<const std::byte>> Segment::View(std::size_t size) {
  base::MutexLock lock(mutex_);
  if (mappings_.empty() || mappings_.back()->size() < size) {
    auto file = settings_.files->Open(Path(kLogSuffix), io::OpenMode::kRead);
    if (!file.ok()) return file.status();
    const auto info = (*file)->Info();
    if (!info.ok()) return info.status();
    if (info->size < static_cast<std::int64_t>(size) || (!mappings_.empty() && info->id != id_)) return Replaced();
    known_size_ = static_cast<std::size_t>(info->size);
    // The file grows under the mapping, so it is made as large as the file may get.
    auto mapping =
        (*file)->Map(std::max(size, static_cast<std::size_t>(settings_.segment_bytes)), io::MapAccess::kRead);
    if (!mapping.ok()) return mapping.status();
    mappings_.push_back(std::move(*mapping));
    id_ = info->id;
  } else if (size > known_size_) {
    // The file has grown, or the shared memory says so and it is not true: a look behind its end is a signal.
    const auto info = settings_.files->Info(Path(kLogSuffix));
    if (!info.ok()) return info.status();
    if (info->size < static_cast<std::int64_t>(size) || info->id != id_) return Replaced();
    known_size_ = static_cast<std::size_t>(info->size);
  }
  return std::span<const std::byte>(mappings_.back()->data(), mappings_.back()->size());
}

std::shared_ptr<const void> Segment::Pin() const {
  base::MutexLock lock(mutex_);
  return mappings_.empty() ? nullptr : std::shared_ptr<const void>(mappings_.back());
}

bool Segment::Pinned() const {
  base::MutexLock lock(mutex_);
  return std::any_of(mappings_.begin(), mappings_.end(), [](const auto& mapping) { return mapping.use_count() > 1; });
}

absl::StatusOr<std::int64_t> Segment::ViewedSize() const {
  base::MutexLock lock(mutex_);
  const auto info = settings_.files->Info(Path(kLogSuffix));
  if (!info.ok()) return info.status();
  if (!mappings_.empty() && info->id != id_) return Replaced();
  return info->size;
}

absl::StatusOr<std::int64_t> Segment::FileSize() const {
  auto info = settings_.files->Info(Path(kLogSuffix));
  if (!info.ok()) return info.status();
  return info->size;
}

}  // namespace leat::log
