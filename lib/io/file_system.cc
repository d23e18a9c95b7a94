#include "io/file_system.h"

#include <fmt/format.h>

#include <limits>

namespace leat::io {
namespace {

absl::Status WriteAndSync(FileSystem& files, const std::string& path, std::string_view content,
                          const FileInfo& like) {
  absl::StatusOr<std::unique_ptr<File>> file = files.Open(path, OpenMode::kCreate);
  if (!file.ok()) return file.status();
  // One of this name is the rest of an attempt that was killed.
  if (absl::Status status = (*file)->Truncate(0); !status.ok()) return status;
  if (absl::Status status = (*file)->TakePermissionsOf(like); !status.ok()) return status;
  if (absl::Status status = (*file)->WriteAt(0, std::as_bytes(std::span(content))); !status.ok()) return status;
  return (*file)->Sync();
}

}  // namespace

std::string_view DirectoryOf(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::StatusOr<std::int64_t> FileSystem::FreeBytes(const std::string&) {
  return std::numeric_limits<std::int64_t>::max();
}

absl::StatusOr<std::string> ReadWholeFile(FileSystem& files, const std::string& path, std::size_t limit) {
  absl::StatusOr<std::unique_ptr<File>> file = files.Open(path, OpenMode::kRead);
  if (!file.ok()) return file.status();
  absl::StatusOr<FileInfo> info = (*file)->Info();
  if (!info.ok()) return info.status();
  if (info->size > static_cast<std::int64_t>(limit)) {
    return absl::ResourceExhaustedError(fmt::format(
        "{} has {} bytes where at most {} were expected: is it the right file?", path, info->size, limit));
  }
  std::string content(static_cast<std::size_t>(info->size), '\0');
  absl::StatusOr<std::size_t> size = (*file)->ReadAt(0, std::as_writable_bytes(std::span(content)));
  if (!size.ok()) return size.status();
  content.resize(*size);
  return content;
}

absl::Status ReplaceFile(FileSystem& files, const std::string& path, std::string_view content,
                         std::string_view unique, const FileInfo& like) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, unique);
  absl::Status status = WriteAndSync(files, temporary, content, like);
  if (status.ok()) status = files.Rename(temporary, path);
  if (!status.ok()) {
    // The first error is the one to report.
    files.Remove(temporary).IgnoreError();
    return status;
  }
  return files.SyncDirectory(std::string(DirectoryOf(path)));
}

absl::Status RemoveIfThere(FileSystem& files, const std::string& path) {
  const absl::Status removed = files.Remove(path);
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

absl::Status RemoveTree(FileSystem& files, const std::string& directory) {
  // Who opened a file in here a moment ago, by a name that the folder has lost since, may still be making it: then there
  // is one more after all have gone. Who goes on making them is told.
  constexpr int kMostRounds = 100;
  absl::Status status;
  for (int round = 0; round < kMostRounds; ++round) {
    // Remove() before List(): a symbolic link goes, and never what it points at.
    status = files.Remove(directory);
    if (status.ok() || absl::IsNotFound(status)) return absl::OkStatus();
    if (!absl::IsFailedPrecondition(status)) return status;  // it is not that it has entries
    absl::StatusOr<std::vector<std::string>> names = files.List(directory);
    if (absl::IsNotFound(names.status())) return absl::OkStatus();
    if (!names.ok()) return names.status();
    for (const std::string& name : *names) {
      if (absl::Status below = RemoveTree(files, JoinPath(directory, name)); !below.ok()) return below;
    }
  }
  return status;
}

std::string JoinPath(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  if (directory.back() == '/') return fmt::format("{}{}", directory, name);
  return fmt::format("{}/{}", directory, name);
}

}  // namespace leat::io
