// RLIMIT_FSIZE, looked at before every call that makes a file longer: going beyond it is not an error but a signal
// (SIGXFSZ) that ends the process.
#ifndef LEAT_IO_FILE_SIZE_LIMIT_H_
#define LEAT_IO_FILE_SIZE_LIMIT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace leat::io {

// How large this process may make a file now; the largest int64 when there is no limit.
std::int64_t FileSizeLimit();

// kResourceExhausted when `size` is beyond `limit`.
absl::Status CheckFileSizeLimit(std::int64_t limit, std::int64_t size, const std::string& path);

}  // namespace leat::io

#endif  // LEAT_IO_FILE_SIZE_LIMIT_H_
