// A shared mapping of a file of the machine's file system.
#ifndef LEAT_IO_POSIX_MAPPED_FILE_H_
#define LEAT_IO_POSIX_MAPPED_FILE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "io/mapped_file.h"

namespace leat::io {

// Maps the first `size` bytes; the descriptor may be closed afterwards. `path` is for errors.
absl::StatusOr<std::unique_ptr<MappedFile>> MapDescriptor(int descriptor, std::size_t size, MapAccess access,
                                                          const std::string& path);

}  // namespace leat::io

#endif  // LEAT_IO_POSIX_MAPPED_FILE_H_
