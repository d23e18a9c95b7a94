#include "log/salvage.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "log/segment_files.h"

namespace leat::log {
namespace {

constexpr std::int64_t kChunk = 1 << 20;

// Hands [position, end) of a file to `take`, piece by piece.
template <typename Take>
absl::Status ForEachChunk(const io::File& file, std::int64_t position, std::int64_t end, Take take) {
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min(kChunk, end - position)));
  while (position < end) {
    const std::span<std::byte> chunk =
        std::span(buffer).first(static_cast<std::size_t>(std::min(kChunk, end - position)));
    absl::StatusOr<std::size_t> size = file.ReadAt(position, chunk);
    if (!size.ok()) return size.status();
    if (*size < chunk.size()) {
      return absl::UnavailableError(
          fmt::format("{} became shorter while it was read: does another program write to it?", file.path()));
    }
    if (absl::Status status = take(position, chunk); !status.ok()) return status;
    position += static_cast<std::int64_t>(chunk.size());
  }
  return absl::OkStatus();
}

}  // namespace

Salvage::Salvage(io::FileSystem& files, std::string folder, const TopicPartition& partition, const io::FileInfo& like)
    : files_(files),
      parent_(std::move(folder)),
      folder_(io::JoinPath(parent_, fmt::format("{}", partition))),
      like_(like) {}

absl::StatusOr<std::string> Salvage::KeepTail(const io::File& log, Offset base, std::int64_t position,
                                              std::int64_t end, Offset offset) {
  if (absl::Status status = MakeFolders(); !status.ok()) return status;
  std::uint32_t crc = 0;
  absl::Status status = ForEachChunk(log, position, end, [&](std::int64_t, std::span<const std::byte> chunk) {
    crc = Crc32c(chunk, crc);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  const std::string path = io::JoinPath(
      folder_,
      fmt::format("{}.position-{}.offset-{}.crc-{:08x}", SegmentFileName(base, kLogSuffix), position, offset, crc));
  const std::string temporary = path + ".tmp";
  absl::StatusOr<std::unique_ptr<io::File>> copy = files_.Open(temporary, io::OpenMode::kCreate);
  if (!copy.ok()) return copy.status();
  status = (*copy)->Truncate(0);  // one of this name is the rest of an attempt that was killed
  if (status.ok()) status = (*copy)->TakePermissionsOf(like_);
  if (status.ok()) {
    status = ForEachChunk(log, position, end, [&](std::int64_t at, std::span<const std::byte> chunk) {
      return (*copy)->WriteAt(at - position, chunk);
    });
  }
  if (status.ok()) status = (*copy)->Sync();
  if (status.ok()) status = files_.Rename(temporary, path);
  if (!status.ok()) {
    files_.Remove(temporary).IgnoreError();  // the first error is the one to report
    return status;
  }
  return path;
}

absl::StatusOr<std::string> Salvage::KeepSegment(const std::string& partition_folder, Offset base) {
  const std::string name = SegmentFileName(base, kLogSuffix);
  return KeepFile(io::JoinPath(partition_folder, name), name);
}

absl::StatusOr<std::string> Salvage::KeepFile(const std::string& path, std::string_view name) {
  if (absl::Status status = MakeFolders(); !status.ok()) return status;
  std::string kept = io::JoinPath(folder_, name);
  for (int number = 2;; ++number) {
    absl::StatusOr<io::FileInfo> there = files_.Info(kept);
    if (absl::IsNotFound(there.status())) break;
    if (!there.ok()) return there.status();
    kept = io::JoinPath(folder_, fmt::format("{}.{}", name, number));
  }
  if (absl::Status status = files_.Rename(path, kept); !status.ok()) return status;
  return kept;
}

absl::Status Salvage::SyncFolders() {
  if (!made_) return absl::OkStatus();
  if (absl::Status status = files_.SyncDirectory(folder_); !status.ok()) return status;
  return files_.SyncDirectory(parent_);
}

absl::Status Salvage::MakeFolders() {
  if (made_) return absl::OkStatus();
  if (absl::Status status = MakeFolder(parent_); !status.ok()) return status;
  if (absl::Status status = MakeFolder(folder_); !status.ok()) return status;
  made_ = true;
  return absl::OkStatus();
}

absl::Status Salvage::MakeFolder(const std::string& folder) {
  absl::Status status = files_.MakeDirectory(folder);
  if (absl::IsAlreadyExists(status)) return absl::OkStatus();
  if (!status.ok()) return status;
  io::FileInfo like = like_;
  if (!like.is_directory) {
    // Who may read a file may look into its folder.
    like.mode |= (like.mode & 0444U) >> 2U;
    like.is_directory = true;
  }
  return files_.TakePermissionsOf(folder, like);
}

}  // namespace leat::log
