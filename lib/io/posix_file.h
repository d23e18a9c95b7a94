// An open file of the machine's file system.
#ifndef LEAT_IO_POSIX_FILE_H_
#define LEAT_IO_POSIX_FILE_H_

#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "io/file_size_limit.h"
#include "io/file_system.h"
#include "io/forked_descriptors.h"

namespace leat::io {

class PosixFile final : public File {
 public:
  // Takes over `descriptor`.
  PosixFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~PosixFile() override;

  const std::string& path() const override { return path_; }
  absl::StatusOr<FileInfo> Info() const override;
  absl::StatusOr<std::size_t> ReadAt(std::int64_t position, std::span<std::byte> into) const override;
  absl::Status WriteAt(std::int64_t position, std::span<const std::byte> first,
                       std::span<const std::byte> second) override;
  absl::Status Allocate(std::int64_t size) override;
  absl::Status Truncate(std::int64_t size) override;
  void OverwriteInPlace() override;
  absl::Status Sync() override;
  absl::StatusOr<std::unique_ptr<MappedFile>> Map(std::size_t size, MapAccess access) const override;
  absl::StatusOr<bool> TryLock(std::int64_t byte, LockKind kind) override;
  absl::Status Unlock(std::int64_t byte) override;
  absl::StatusOr<bool> IsLockedByOther(std::int64_t byte) const override;
  void CloseInForkedChild() override;
  absl::Status TakePermissionsOf(const FileInfo& like) override;

 private:
  // False in a forked child whose fork handler has closed the descriptor: its number may be another file's by now.
  bool descriptor_is_ours() const;
  absl::Status CheckDescriptor() const;
  absl::Status Fail(std::string_view operation) const;
  // Of a size that the file is to have; asks for the limit anew.
  absl::Status CheckSize(std::int64_t size);
  absl::Status FillWithZeros(std::int64_t size);

  const std::string path_;
  const int descriptor_;
  // RLIMIT_FSIZE as it was when the file was opened, or last allocated or truncated: asking costs a third of a small
  // write.
  std::atomic<std::int64_t> size_limit_ = FileSizeLimit();
  // Up to here this File has allocated already; on tmpfs doing it again costs as much as the first time.
  std::atomic<std::int64_t> allocated_ = 0;
  ForkedDescriptor* forked_ = nullptr;
  std::uint32_t fork_generation_ = 0;
};

FileInfo ToFileInfo(const struct stat& from);

// Gives `descriptor`, of a file or a directory, the permissions of `like` (see File::TakePermissionsOf).
absl::Status TakePermissions(int descriptor, const FileInfo& like, const std::string& path);

}  // namespace leat::io

#endif  // LEAT_IO_POSIX_FILE_H_
