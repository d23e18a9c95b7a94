// A file system in anonymous memory, for Broker::InMemory and for tests: nothing of it survives the process, and no other
// process sees it.
#ifndef LEAT_IO_MEMORY_FILE_SYSTEM_H_
#define LEAT_IO_MEMORY_FILE_SYSTEM_H_

#include <memory>

#include "io/file_system.h"

namespace leat::io {

// Files are regions of address space that get memory as they grow. A file of at least 1 MiB that is removed, and that
// nobody has open or mapped any more, leaves its memory to the next such file (warm: no page faults), so bytes beyond what was
// written to a new file are not zeros but whatever was there, unless they were never used.
std::shared_ptr<FileSystem> MakeMemoryFileSystem();

}  // namespace leat::io

#endif  // LEAT_IO_MEMORY_FILE_SYSTEM_H_
