// RLIMIT_FSIZE, looked at before every call that makes a file longer: going beyond it is not an error but a signal
// (SIGXFSZ) that ends the process.
#ifndef LEAT_IO_FILE_SIZE_LIMIT_H_
#define LEAT_IO_FILE_SIZE_LIMIT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace leat::io {

// kResourceExhausted when this process may not have a file of `size` bytes. Asks the kernel each time (70 ns): the
// limit can be lowered while we run.
absl::Status CheckFileSizeLimit(std::int64_t size, const std::string& path);

}  // namespace leat::io

#endif  // LEAT_IO_FILE_SIZE_LIMIT_H_
