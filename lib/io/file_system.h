// The disk seam: everything that leat asks of a file system, as an interface with siblings: the POSIX one, one in memory
// (Broker::InMemory), and those that fail on purpose (tests). Nothing outside base and io calls open, mmap or their kin.
#ifndef LEAT_IO_FILE_SYSTEM_H_
#define LEAT_IO_FILE_SYSTEM_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/mapped_file.h"

namespace leat::io {

// What names a file for as long as it exists, whatever its path.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend auto operator<=>(const FileId&, const FileId&) = default;
};

struct FileInfo {
  FileId id;
  std::int64_t size = 0;
  bool is_directory = false;
  std::uint32_t mode = 0;  // permission bits
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
};

enum class OpenMode : std::uint8_t {
  kRead,       // must exist
  kReadWrite,  // must exist
  kCreate,     // read and write; made if it is not there
  kCreateNew,  // read and write; kAlreadyExists if it is there
};

// Whether bytes may be stored through a writable mapping of files below a path, and whether the folder may be used at all.
struct FileSystemTraits {
  std::string name;            // "ext4", "tmpfs", ... as errors should call it
  bool supported = false;      // false: network file systems, overlayfs with files in a lower layer, unknown ones
  bool mapped_writes = false;  // a store to an allocated byte of a mapping never fails (ext4, tmpfs, memory)
  bool needs_sync = true;      // false where nothing survives a reboot anyway (tmpfs, memory)
};

enum class LockKind : std::uint8_t { kShared, kExclusive };

// An open file. Errors carry the path and what the kernel said: ENOSPC and EDQUOT are kResourceExhausted, EMFILE and
// ENFILE too (the message tells them apart), EACCES, EPERM and EROFS kPermissionDenied, ENOENT kNotFound, EEXIST
// kAlreadyExists, ENOTEMPTY kFailedPrecondition, EIO kDataLoss, everything else kInternal or kUnavailable. EINTR is never
// seen by callers.
//
// Threads: all calls are safe from all threads. Lifetime: closed on destruction.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  virtual const std::string& path() const = 0;
  virtual absl::StatusOr<FileInfo> Info() const = 0;

  // Reads until `into` is full or the file ends; returns how many bytes that were.
  virtual absl::StatusOr<std::size_t> ReadAt(std::int64_t position, std::span<std::byte> into) const = 0;

  // Writes all of `first`, then all of `second` behind it. After an error any part may have been written.
  virtual absl::Status WriteAt(std::int64_t position, std::span<const std::byte> first,
                               std::span<const std::byte> second = {}) = 0;

  // Gives the file real blocks up to `size` (zeros where there was nothing) and makes it that long if it was shorter;
  // never shortens. After kResourceExhausted the file may be longer than before, but what had been allocated still is.
  // Concurrent with nobody's Truncate of the file. What this File has allocated before is not looked at again, so whoever
  // shortens the file through another one lengthens it by Allocate too, never by a hole.
  virtual absl::Status Allocate(std::int64_t size) = 0;

  // Promises that only what has been written is ever read: Allocate may then give bytes that are not zeros but a removed
  // file's. Said of a segment just made, before it is mapped, it lets the file system in memory use the pages of old ones.
  virtual void AcceptStaleBytes() {}

  // Asks for the file's blocks to be overwritten where they are, so that a store through a mapping needs no new ones (btrfs
  // otherwise copies on write: a full disk would be a signal). Said of a file just made, before there is a byte in it.
  virtual void OverwriteInPlace() {}

  // Makes the file exactly `size` long.
  virtual absl::Status Truncate(std::int64_t size) = 0;

  // Waits until the file's bytes and its size are on the medium (fdatasync). Never retried by anyone after an error.
  virtual absl::Status Sync() = 0;

  // Maps the first `size` bytes, which may be more than the file has.
  virtual absl::StatusOr<std::unique_ptr<MappedFile>> Map(std::size_t size, MapAccess access) const = 0;

  // Locks that belong to this open file (Linux's OFD locks): the kernel gives them back when the last descriptor of it is
  // gone, however its process ends, and they hold across containers on one kernel. One byte each, any byte, also beyond the
  // end. Another File of the same file conflicts, also in the same process; the same File never conflicts with itself:
  // asking again converts the lock.
  // TryLock: true = held now, false = somebody else is in the way.
  virtual absl::StatusOr<bool> TryLock(std::int64_t byte, LockKind kind) = 0;
  virtual absl::Status Unlock(std::int64_t byte) = 0;
  // Whether another open file holds an exclusive or shared lock on that byte.
  virtual absl::StatusOr<bool> IsLockedByOther(std::int64_t byte) const = 0;

  // Closes the descriptor in a forked child, so that the child does not keep its parent's locks alive. Called on the LOCK
  // file only, before the first lock is taken; in the child every call of this File is kFailedPrecondition (io/fork.h).
  virtual void CloseInForkedChild() {}

  // Gives the file the permission bits and the group of `like`, and its owner when we are root, whatever the umask. A group
  // that we may not give it is no error. Where `like` is a directory and this is none, nobody gets to execute it.
  virtual absl::Status TakePermissionsOf(const FileInfo& like) = 0;
};

class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  virtual absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  virtual absl::StatusOr<FileInfo> Info(const std::string& path) = 0;  // kNotFound when it is not there
  // Names, unsorted, without . and ..
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& directory) = 0;
  virtual absl::Status MakeDirectory(const std::string& path) = 0;  // kAlreadyExists when there is something
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;  // replaces a file that is there
  virtual absl::Status Remove(const std::string& path) = 0;  // a file, or an empty directory; kNotFound
  // Afterwards entries that were made, renamed or removed are on the medium.
  virtual absl::Status SyncDirectory(const std::string& path) = 0;
  virtual absl::StatusOr<FileSystemTraits> Traits(const std::string& path) = 0;
  virtual absl::Status TakePermissionsOf(const std::string& directory, const FileInfo& like) = 0;
  // Bytes that may still be written below `path`, as far as anybody can say (what only root may have left out). A file
  // system that does not know has as many as one likes.
  virtual absl::StatusOr<std::int64_t> FreeBytes(const std::string& path);
};

// Reads a whole small file; kResourceExhausted (naming it) when it is larger than `limit` bytes.
absl::StatusOr<std::string> ReadWholeFile(FileSystem& files, const std::string& path, std::size_t limit = 1 << 20);

// Replaces `path` so that at every instant it holds the old or the new content, whole: temporary file beside it, sync,
// rename, sync of the directory. The temporary file's name ends in ".tmp" and holds `unique`, so that two processes doing it
// at once do not share one. It takes the permissions of `like`.
absl::Status ReplaceFile(FileSystem& files, const std::string& path, std::string_view content,
                         std::string_view unique, const FileInfo& like);

// Remove(), for those to whom it is all the same whether it had been there.
absl::Status RemoveIfThere(FileSystem& files, const std::string& path);

// Removes a directory and everything below it; nothing there is no error.
absl::Status RemoveTree(FileSystem& files, const std::string& directory);

// "a/b" from "a" and "b".
std::string JoinPath(std::string_view directory, std::string_view name);
// "a" from "a/b" and "a/b/", "." from "b", "/" from "/b".
std::string_view DirectoryOf(std::string_view path);

}  // namespace leat::io

#endif  // LEAT_IO_FILE_SYSTEM_H_
