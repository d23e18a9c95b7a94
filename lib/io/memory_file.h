// An open file of the memory file system, and a mapping of one.
#ifndef LEAT_IO_MEMORY_FILE_H_
#define LEAT_IO_MEMORY_FILE_H_

#include <memory>
#include <string>

#include "io/file_system.h"
#include "io/memory_node.h"

namespace leat::io {

class MemoryFile final : public File {
 public:
  MemoryFile(std::string path, std::shared_ptr<MemoryNode> node, bool writable)
      : path_(std::move(path)), node_(std::move(node)), writable_(writable) {}
  ~MemoryFile() override { node_->UnlockAll(this); }

  const std::string& path() const override { return path_; }
  absl::StatusOr<FileInfo> Info() const override { return node_->Info(); }
  absl::StatusOr<std::size_t> ReadAt(std::int64_t position, std::span<std::byte> into) const override;
  absl::Status WriteAt(std::int64_t position, std::span<const std::byte> first,
                       std::span<const std::byte> second) override;
  absl::Status Allocate(std::int64_t size) override;
  absl::Status Truncate(std::int64_t size) override;
  absl::Status Sync() override { return absl::OkStatus(); }
  void AcceptStaleBytes() override { node_->AcceptStaleBytes(); }
  absl::StatusOr<std::unique_ptr<MappedFile>> Map(std::size_t size, MapAccess access) const override;
  absl::StatusOr<bool> TryLock(std::int64_t byte, LockKind kind) override;
  absl::Status Unlock(std::int64_t byte) override;
  absl::StatusOr<bool> IsLockedByOther(std::int64_t byte) const override;
  absl::Status TakePermissionsOf(const FileInfo& like) override;

 private:
  absl::Status CheckWritable(std::string_view operation) const;

  const std::string path_;
  const std::shared_ptr<MemoryNode> node_;
  const bool writable_;
};

}  // namespace leat::io

#endif  // LEAT_IO_MEMORY_FILE_H_
