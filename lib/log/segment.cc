#include "log/segment.h"

#include <algorithm>

#include "log/segment_files.h"

namespace leat::log {

Segment::Segment(const LogSettings& settings, Offset base) : settings_(settings), base_(base) {}

std::string Segment::Path(std::string_view suffix) const {
  return io::JoinPath(settings_.folder, SegmentFileName(base_, suffix));
}

absl::StatusOr<std::span<const std::byte>> Segment::View(std::size_t size) {
  base::MutexLock lock(mutex_);
  if (mappings_.empty() || mappings_.back()->size() < size) {
    auto file = settings_.files->Open(Path(kLogSuffix), io::OpenMode::kRead);
    if (!file.ok()) return file.status();
    // The file grows under the mapping, so it is made as large as the file may get.
    auto mapping =
        (*file)->Map(std::max(size, static_cast<std::size_t>(settings_.segment_bytes)), io::MapAccess::kRead);
    if (!mapping.ok()) return mapping.status();
    mappings_.push_back(std::move(*mapping));
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

absl::StatusOr<std::int64_t> Segment::FileSize() const {
  auto info = settings_.files->Info(Path(kLogSuffix));
  if (!info.ok()) return info.status();
  return info->size;
}

}  // namespace leat::log
