// Which file systems leat trusts, and with what.
#ifndef LEAT_IO_POSIX_TRAITS_H_
#define LEAT_IO_POSIX_TRAITS_H_

#include <string>

#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::io {

// Of the file system that the directory `path` lies on. On overlayfs this makes an empty file there and removes it
// again.
absl::StatusOr<FileSystemTraits> PosixTraits(const std::string& path);

absl::StatusOr<std::int64_t> PosixFreeBytes(const std::string& path);

}  // namespace leat::io

#endif  // LEAT_IO_POSIX_TRAITS_H_
