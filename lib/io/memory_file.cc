#include "io/memory_file.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>

#include "io/mapped_pages.h"
#include "io/posix_error.h"

namespace leat::io {
namespace {

class MemoryMappedFile final : public MappedFile {
 public:
  MemoryMappedFile(std::byte* data, std::size_t size, std::shared_ptr<MemoryNode> node, std::string path)
      : MappedFile(data, size), node_(std::move(node)), path_(std::move(path)) {}
  ~MemoryMappedFile() override { node_->Unmap(); }

  void AdviseHugePages() override { ::madvise(data(), size(), MADV_HUGEPAGE); }

  absl::Status Populate(std::size_t position, std::size_t size_asked) override {
    const auto end = static_cast<std::size_t>(node_->Info().size);
    if (position > end || size_asked > end - position) {
      return absl::UnavailableError(
          fmt::format("bytes {}..{} lie beyond the end of {} ({})", position, position + size_asked, path_, end));
    }
    // For writing always: reading would bring the kernel's one page of zeros, and the first store a fault again.
    return PopulatePages(*this, position, size_asked, MapAccess::kReadWrite, path_);
  }

  absl::Status Sync(std::size_t position, std::size_t size_asked) override {
    return CheckWithinMapping(*this, position, size_asked, path_);
  }

 private:
  const std::shared_ptr<MemoryNode> node_;
  const std::string path_;
};

}  // namespace

absl::StatusOr<std::size_t> MemoryFile::ReadAt(std::int64_t position, std::span<std::byte> into) const {
  if (node_->is_directory()) return PosixError(EISDIR, "read", path_);
  if (position < 0) return PosixError(EINVAL, fmt::format("read at {} of", position), path_);
  return node_->ReadAt(position, into);
}

absl::Status MemoryFile::WriteAt(std::int64_t position, std::span<const std::byte> first,
                                 std::span<const std::byte> second) {
  if (absl::Status status = CheckWritable("write"); !status.ok()) return status;
  if (position < 0) return PosixError(EINVAL, fmt::format("write at {} of", position), path_);
  return node_->WriteAt(position, first, second, path_);
}

absl::Status MemoryFile::Allocate(std::int64_t size) {
  if (absl::Status status = CheckWritable("allocate"); !status.ok()) return status;
  return node_->Grow(size, path_);
}

absl::Status MemoryFile::Truncate(std::int64_t size) {
  if (absl::Status status = CheckWritable("set the size of"); !status.ok()) return status;
  if (size < 0) return PosixError(EINVAL, fmt::format("set the size to {} of", size), path_);
  return node_->Truncate(size, path_);
}

absl::StatusOr<std::unique_ptr<MappedFile>> MemoryFile::Map(std::size_t size, MapAccess access) const {
  if (access == MapAccess::kReadWrite && !writable_) return PosixError(EACCES, "map for writing", path_);
  absl::StatusOr<std::byte*> data = node_->Map(size, path_);
  if (!data.ok()) return data.status();
  return std::make_unique<MemoryMappedFile>(*data, size, node_, path_);
}

absl::StatusOr<bool> MemoryFile::TryLock(std::int64_t byte, LockKind kind) {
  if (kind == LockKind::kExclusive) {
    if (absl::Status status = CheckWritable("lock"); !status.ok()) return status;
  }
  return node_->TryLock(byte, kind, this);
}

absl::Status MemoryFile::Unlock(std::int64_t byte) {
  node_->Unlock(byte, this);
  return absl::OkStatus();
}

absl::StatusOr<bool> MemoryFile::IsLockedByOther(std::int64_t byte) const {
  return node_->IsLockedByOther(byte, this);
}

absl::Status MemoryFile::TakePermissionsOf(const FileInfo& like) {
  node_->TakePermissionsOf(like);
  return absl::OkStatus();
}

absl::Status MemoryFile::CheckWritable(std::string_view operation) const {
  return writable_ ? absl::OkStatus() : PosixError(EBADF, operation, path_);  // as the kernel calls it
}

}  // namespace leat::io
