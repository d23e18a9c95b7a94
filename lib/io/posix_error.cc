#include "io/posix_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace leat::io {
namespace {

absl::StatusCode Code(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOLCK:
      return absl::StatusCode::kResourceExhausted;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case ENOTEMPTY:
      return absl::StatusCode::kFailedPrecondition;
    case EIO:
      return absl::StatusCode::kDataLoss;
    case EAGAIN:
    case EBUSY:
    case ETXTBSY:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

std::string_view Remedy(int error) {
  switch (error) {
    case ENOSPC:
      return "free space there, or let retention keep less";
    case EDQUOT:
      return "the disk quota is used up: free space, or have the quota raised";
    case EFBIG:
      return "the file system, or RLIMIT_FSIZE (`ulimit -f`), allows no file that large";
    case EMFILE:
      return "this process has too many files open: raise `ulimit -n` (RLIMIT_NOFILE)";
    case ENFILE:
      return "the machine has too many files open: raise the sysctl fs.file-max";
    case ENOMEM:
      return "no memory, or too many mappings: see the sysctl vm.max_map_count and `ulimit -v`";
    case ENOLCK:
      return "the kernel has no room for another lock";
    case EACCES:
    case EPERM:
      return "look at the owner and the mode of the file and of its folder";
    case EROFS:
      return "the file system is mounted read-only";
    case EIO:
      return "the medium failed: see the kernel's log (dmesg), and do not trust what was not yet synced";
    case EXDEV:
      return "the two are on different file systems";
    case ENAMETOOLONG:
      return "choose a shorter name or folder";
    default:
      return "";
  }
}

}  // namespace

absl::Status PosixError(int error, std::string_view operation, std::string_view path) {
  // std::system_category rather than strerror, which is not safe from several threads.
  std::string message = fmt::format("cannot {} {}: {}", operation, path, std::system_category().message(error));
  if (const std::string_view remedy = Remedy(error); !remedy.empty()) message += fmt::format(" ({})", remedy);
  return absl::Status(Code(error), message);
}

}  // namespace leat::io
