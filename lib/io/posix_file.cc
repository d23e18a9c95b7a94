#include "io/posix_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "io/fork.h"
#include "io/posix_error.h"
#include "io/posix_mapped_file.h"

namespace leat::io {
namespace {

// l_pid stays 0, as locks that belong to an open file want it; length 1, one byte each.
struct flock OneByte(std::int64_t byte, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

// Takes `written` bytes off the front of what is left to write.
void Consume(std::span<iovec> parts, std::size_t written) {
  for (iovec& part : parts) {
    const std::size_t step = std::min(written, part.iov_len);
    part.iov_base = static_cast<std::byte*>(part.iov_base) + step;
    part.iov_len -= step;
    written -= step;
  }
}

}  // namespace

PosixFile::~PosixFile() {
  if (!descriptor_is_ours()) return;
  if (forked_ != nullptr) {
    // A child forked between the next two lines keeps the descriptor, so the locks must be gone before.
    struct flock all = OneByte(0, F_UNLCK);
    all.l_len = 0;
    ::fcntl(descriptor_, F_OFD_SETLK, &all);
    forked_->store(kNoDescriptor, std::memory_order_release);
  }
  ::close(descriptor_);
}

absl::StatusOr<FileInfo> PosixFile::Info() const {
  if (absl::Status status = CheckDescriptor(); !status.ok()) return status;
  struct stat stat {};
  if (::fstat(descriptor_, &stat) != 0) return Fail("look at");
  return ToFileInfo(stat);
}

absl::StatusOr<std::size_t> PosixFile::ReadAt(std::int64_t position, std::span<std::byte> into) const {
  if (absl::Status status = CheckDescriptor(); !status.ok()) return status;
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t step =
        ::pread(descriptor_, into.data() + done, into.size() - done, position + static_cast<std::int64_t>(done));
    if (step == 0) break;
    if (step < 0) {
      if (errno == EINTR) continue;
      return Fail(fmt::format("read {} bytes at {} of", into.size(), position));
    }
    done += static_cast<std::size_t>(step);
  }
  return done;
}

absl::Status PosixFile::WriteAt(std::int64_t position, std::span<const std::byte> first,
                                std::span<const std::byte> second) {
  if (absl::Status status = CheckDescriptor(); !status.ok()) return status;
  std::size_t left = first.size() + second.size();
  const std::int64_t end = position + static_cast<std::int64_t>(left);
  if (absl::Status status = CheckFileSizeLimit(size_limit_.load(std::memory_order_relaxed), end, path_); !status.ok())
    return status;

  std::array<iovec, 2> parts = {iovec{const_cast<std::byte*>(first.data()), first.size()},
                                iovec{const_cast<std::byte*>(second.data()), second.size()}};
  while (left > 0) {
    const ssize_t step =
        ::pwritev(descriptor_, parts.data(), static_cast<int>(parts.size()), end - static_cast<std::int64_t>(left));
    if (step < 0) {
      if (errno == EINTR) continue;
      return Fail(fmt::format("write up to byte {} of", end));
    }
    Consume(parts, static_cast<std::size_t>(step));
    left -= static_cast<std::size_t>(step);
  }
  return absl::OkStatus();
}

absl::Status PosixFile::Allocate(std::int64_t size) {
  absl::StatusOr<FileInfo> info = Info();
  if (!info.ok()) return info.status();
  if (absl::Status status = CheckSize(size); !status.ok()) return status;
  const std::int64_t begin = std::min(allocated_.load(std::memory_order_relaxed), info->size);
  if (size <= begin) return absl::OkStatus();
  // fallocate itself: glibc's posix_fallocate writes a byte to every block where the file system can't do better,
  // beside whoever is storing there.
  while (::fallocate(descriptor_, 0, begin, size - begin) != 0) {
    if (errno == EINTR) continue;
    if (errno == EOPNOTSUPP) return FillWithZeros(size);
    return Fail(fmt::format("allocate {} bytes for", size));
  }
  allocated_.store(size, std::memory_order_relaxed);
  return absl::OkStatus();
}

// For files that the kernel can't allocate (those of ext3, for one). What the file has already is left alone, holes
// too: files of ours grow only here and by writes, which leave none.
absl::Status PosixFile::FillWithZeros(std::int64_t size) {
  absl::StatusOr<FileInfo> info = Info();
  if (!info.ok()) return info.status();
  const std::vector<std::byte> zeros(
      static_cast<std::size_t>(std::clamp<std::int64_t>(size - info->size, 0, std::int64_t{2} << 20)));
  for (std::int64_t position = info->size; position < size;) {
    const auto step = std::min(static_cast<std::int64_t>(zeros.size()), size - position);
    if (absl::Status status = WriteAt(position, std::span(zeros).first(static_cast<std::size_t>(step)), {});
        !status.ok()) {
      return status;
    }
    position += step;
  }
  return absl::OkStatus();
}

absl::Status PosixFile::Truncate(std::int64_t size) {
  if (absl::Status status = CheckDescriptor(); !status.ok()) return status;
  if (absl::Status status = CheckSize(size); !status.ok()) return status;
  // Before the call: what it makes longer again is a hole.
  allocated_.store(std::min(allocated_.load(std::memory_order_relaxed), size), std::memory_order_relaxed);
  while (::ftruncate(descriptor_, size) != 0) {
    if (errno != EINTR) return Fail(fmt::format("set the size to {} of", size));
  }
  return absl::OkStatus();
}

void PosixFile::OverwriteInPlace() {
  int flags = 0;
  if (!CheckDescriptor().ok() || ::ioctl(descriptor_, FS_IOC_GETFLAGS, &flags) != 0) return;
  flags |= FS_NOCOW_FL;
  ::ioctl(descriptor_, FS_IOC_SETFLAGS, &flags);  // who does not know the flag does not copy on write
}

absl::Status PosixFile::Sync() {
  if (absl::Status status = CheckDescriptor(); !status.ok()) return status;
  // One try: after a failure the kernel may have dropped the pages, and a second call would report success. A signal that
  // came in between is no failure: what could not be written is told by the call that comes to its end.
  while (::fdatasync(descriptor_) != 0) {
    if (errno != EINTR) return Fail("sync");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<MappedFile>> PosixFile::Map(std::size_t size, MapAccess access) const {
  if (absl::Status status = CheckDescriptor(); !status.ok()) return status;
  return MapDescriptor(descriptor_, size, access, path_);
}

absl::StatusOr<bool> PosixFile::TryLock(std::int64_t byte, LockKind kind) {
  if (absl::Status status = CheckDescriptor(); !status.ok()) return status;
  struct flock lock = OneByte(byte, kind == LockKind::kShared ? F_RDLCK : F_WRLCK);
  if (::fcntl(descriptor_, F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return Fail(fmt::format("lock byte {} of", byte));
}

absl::Status PosixFile::Unlock(std::int64_t byte) {
  if (absl::Status status = CheckDescriptor(); !status.ok()) return status;
  struct flock lock = OneByte(byte, F_UNLCK);
  if (::fcntl(descriptor_, F_OFD_SETLK, &lock) != 0) return Fail(fmt::format("unlock byte {} of", byte));
  return absl::OkStatus();
}

absl::StatusOr<bool> PosixFile::IsLockedByOther(std::int64_t byte) const {
  if (absl::Status status = CheckDescriptor(); !status.ok()) return status;
  struct flock lock = OneByte(byte, F_WRLCK);
  if (::fcntl(descriptor_, F_OFD_GETLK, &lock) != 0) return Fail(fmt::format("ask for the lock on byte {} of", byte));
  return lock.l_type != F_UNLCK;
}

void PosixFile::CloseInForkedChild() {
  if (forked_ != nullptr) return;
  fork_generation_ = ForkGeneration();
  forked_ = &CloseInForkedChildren(descriptor_);
}

absl::Status PosixFile::TakePermissionsOf(const FileInfo& like) {
  if (absl::Status status = CheckDescriptor(); !status.ok()) return status;
  return TakePermissions(descriptor_, like, path_);
}

bool PosixFile::descriptor_is_ours() const { return forked_ == nullptr || fork_generation_ == ForkGeneration(); }

absl::Status PosixFile::CheckDescriptor() const {
  if (descriptor_is_ours()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("{} was opened before fork() and is closed in the child: open it again there", path_));
}

absl::Status PosixFile::CheckSize(std::int64_t size) {
  const std::int64_t limit = FileSizeLimit();
  size_limit_.store(limit, std::memory_order_relaxed);
  return CheckFileSizeLimit(limit, size, path_);
}

absl::Status PosixFile::Fail(std::string_view operation) const { return PosixError(errno, operation, path_); }

FileInfo ToFileInfo(const struct stat& from) {
  FileInfo info;
  info.id = {static_cast<std::uint64_t>(from.st_dev), static_cast<std::uint64_t>(from.st_ino)};
  info.size = from.st_size;
  info.is_directory = S_ISDIR(from.st_mode);
  info.mode = from.st_mode & 07777U;
  info.owner = from.st_uid;
  info.group = from.st_gid;
  return info;
}

absl::Status TakePermissions(int descriptor, const FileInfo& like, const std::string& path) {
  struct stat now {};
  if (::fstat(descriptor, &now) != 0) return PosixError(errno, "look at", path);
  // The owner first, for changing it clears bits of the mode. Who is not root can still give the file to a group of
  // his own; to another he can't, and needs not: in a setgid folder the kernel has done it.
  const bool root = ::geteuid() == 0;
  if (now.st_gid != like.group || (root && now.st_uid != like.owner)) {
    const uid_t owner = root ? like.owner : static_cast<uid_t>(-1);
    if (::fchown(descriptor, owner, like.group) != 0 && (root || errno != EPERM)) {
      return PosixError(errno, "change the owner of", path);
    }
  }
  // A file made like its folder must not become a program.
  const bool directory = S_ISDIR(now.st_mode);
  const mode_t mode = like.mode & (like.is_directory && !directory ? 0666U : 07777U);
  if ((now.st_mode & 07777U) != mode && ::fchmod(descriptor, mode) != 0) {
    return PosixError(errno, "change the mode of", path);
  }
  return absl::OkStatus();
}

}  // namespace leat::io
