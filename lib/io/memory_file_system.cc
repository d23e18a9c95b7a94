#include "io/memory_file_system.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <utility>

#include "base/mutex.h"
#include "io/memory_file.h"
#include "io/memory_node.h"
#include "io/posix_error.h"

namespace leat::io {
namespace {

// A name: what it stands for and, for a directory, the names below it.
struct Entry {
  std::shared_ptr<MemoryNode> node;
  std::map<std::string, std::unique_ptr<Entry>, std::less<>> below;
};

// "/a//b/./c/" is {"a", "b", "c"}; relative paths begin at the root.
std::vector<std::string> Parts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  return parts;
}

std::uint64_t NextDevice() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem() { root_.node = MakeNode(true); }

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    const base::MutexLock lock(mutex_);
    const bool writable = mode != OpenMode::kRead;
    const bool creates = mode == OpenMode::kCreate || mode == OpenMode::kCreateNew;
    if (Entry* const found = Find(Parts(path)); found != nullptr) {
      if (mode == OpenMode::kCreateNew) return PosixError(EEXIST, "create", path);
      if (writable && found->node->is_directory()) return PosixError(EISDIR, "open", path);
      return std::make_unique<MemoryFile>(path, found->node, writable);
    }
    if (!creates) return PosixError(ENOENT, "open", path);
    absl::StatusOr<Entry*> made = Make(path, false, "create");
    if (!made.ok()) return made.status();
    return std::make_unique<MemoryFile>(path, (*made)->node, writable);
  }

  absl::StatusOr<FileInfo> Info(const std::string& path) override {
    const base::MutexLock lock(mutex_);
    const Entry* const found = Find(Parts(path));
    if (found == nullptr) return PosixError(ENOENT, "look at", path);
    return found->node->Info();
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    const base::MutexLock lock(mutex_);
    const absl::StatusOr<Entry*> found = FindDirectory(directory, "list");
    if (!found.ok()) return found.status();
    std::vector<std::string> names;
    for (const auto& [name, entry] : (*found)->below) names.push_back(name);
    return names;
  }

  absl::Status MakeDirectory(const std::string& path) override {
    const base::MutexLock lock(mutex_);
    if (Find(Parts(path)) != nullptr) return PosixError(EEXIST, "make the directory", path);
    return Make(path, true, "make the directory").status();
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    const base::MutexLock lock(mutex_);
    const std::string operation = "rename " + from + " to";
    const std::vector<std::string> from_parts = Parts(from);
    const std::vector<std::string> to_parts = Parts(to);
    Entry* const source = Find(from_parts);
    Entry* const target_directory = Find(Directory(to_parts));
    if (source == nullptr || target_directory == nullptr) return PosixError(ENOENT, operation, to);
    if (from_parts.empty() || to_parts.empty()) return PosixError(EBUSY, operation, to);
    if (!target_directory->node->is_directory()) return PosixError(ENOTDIR, operation, to);
    Entry* const target = Find(to_parts);
    if (target == source) return absl::OkStatus();
    if (std::mismatch(from_parts.begin(), from_parts.end(), to_parts.begin(), to_parts.end()).first ==
        from_parts.end()) {
      return PosixError(EINVAL, operation, to);  // into itself
    }
    if (target != nullptr) {
      if (const int error = CannotReplace(*source, *target); error != 0) return PosixError(error, operation, to);
    }
    Entry* const source_directory = Find(Directory(from_parts));
    auto moved = source_directory->below.extract(from_parts.back());
    target_directory->below.insert_or_assign(to_parts.back(), std::move(moved.mapped()));
    return absl::OkStatus();
  }

  absl::Status Remove(const std::string& path) override {
    const base::MutexLock lock(mutex_);
    const std::vector<std::string> parts = Parts(path);
    const Entry* const found = Find(parts);
    if (found == nullptr) return PosixError(ENOENT, "remove", path);
    if (parts.empty()) return PosixError(EBUSY, "remove", path);
    if (!found->below.empty()) return PosixError(ENOTEMPTY, "remove", path);
    Find(Directory(parts))->below.erase(parts.back());
    return absl::OkStatus();
  }

  absl::Status SyncDirectory(const std::string& path) override {
    const base::MutexLock lock(mutex_);
    return FindDirectory(path, "sync the directory").status();
  }

  absl::StatusOr<FileSystemTraits> Traits(const std::string& path) override {
    const base::MutexLock lock(mutex_);
    if (Find(Parts(path)) == nullptr) return PosixError(ENOENT, "ask for the file system of", path);
    return FileSystemTraits{.name = "memory", .supported = true, .mapped_writes = true, .needs_sync = false};
  }

  absl::Status TakePermissionsOf(const std::string& directory, const FileInfo& like) override {
    const base::MutexLock lock(mutex_);
    const absl::StatusOr<Entry*> found = FindDirectory(directory, "open");
    if (!found.ok()) return found.status();
    (*found)->node->TakePermissionsOf(like);
    return absl::OkStatus();
  }

 private:
  static std::vector<std::string> Directory(std::vector<std::string> parts) {
    if (!parts.empty()) parts.pop_back();
    return parts;
  }

  // The errno for which the kernel would not let one take the other's place, or 0.
  static int CannotReplace(const Entry& source, const Entry& target) {
    if (target.node->is_directory() && !source.node->is_directory()) return EISDIR;
    if (!target.node->is_directory() && source.node->is_directory()) return ENOTDIR;
    return target.below.empty() ? 0 : ENOTEMPTY;
  }

  std::shared_ptr<MemoryNode> MakeNode(bool is_directory) {
    return std::make_shared<MemoryNode>(FileId{device_, ++last_inode_}, is_directory, pool_);
  }

  // nullptr when there is none.
  Entry* Find(const std::vector<std::string>& parts) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Entry* entry = &root_;
    for (const std::string& part : parts) {
      const auto found = entry->below.find(part);
      if (found == entry->below.end()) return nullptr;
      entry = found->second.get();
    }
    return entry;
  }

  absl::StatusOr<Entry*> FindDirectory(const std::string& path, std::string_view operation)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Entry* const found = Find(Parts(path));
    if (found == nullptr) return PosixError(ENOENT, operation, path);
    if (!found->node->is_directory()) return PosixError(ENOTDIR, operation, path);
    return found;
  }

  // A new entry, where there is none yet.
  absl::StatusOr<Entry*> Make(const std::string& path, bool is_directory, std::string_view operation)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::vector<std::string> parts = Parts(path);
    Entry* const directory = Find(Directory(parts));
    if (directory == nullptr) return PosixError(ENOENT, operation, path);
    if (!directory->node->is_directory()) return PosixError(ENOTDIR, operation, path);
    auto entry = std::make_unique<Entry>();
    entry->node = MakeNode(is_directory);
    return (directory->below[parts.back()] = std::move(entry)).get();
  }

  const std::shared_ptr<MemoryRegionPool> pool_ = std::make_shared<MemoryRegionPool>();
  const std::uint64_t device_ = NextDevice();
  std::atomic<std::uint64_t> last_inode_{0};
  base::Mutex mutex_;
  Entry root_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<FileSystem> MakeMemoryFileSystem() { return std::make_shared<MemoryFileSystem>(); }

}  // namespace leat::io
