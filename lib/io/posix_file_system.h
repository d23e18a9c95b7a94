// The file system of the machine.
#ifndef LEAT_IO_POSIX_FILE_SYSTEM_H_
#define LEAT_IO_POSIX_FILE_SYSTEM_H_

#include <memory>

#include "io/file_system.h"

namespace leat::io {

std::shared_ptr<FileSystem> MakePosixFileSystem();

}  // namespace leat::io

#endif  // LEAT_IO_POSIX_FILE_SYSTEM_H_
