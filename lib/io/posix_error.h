// What the kernel refused, as a Status that names the file, the operation and the way out.
#ifndef LEAT_IO_POSIX_ERROR_H_
#define LEAT_IO_POSIX_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

namespace leat::io {

// `error` is an errno; `operation` as in "cannot <operation> <path>". The codes are those that io/file_system.h
// promises.
absl::Status PosixError(int error, std::string_view operation, std::string_view path);

}  // namespace leat::io

#endif  // LEAT_IO_POSIX_ERROR_H_
