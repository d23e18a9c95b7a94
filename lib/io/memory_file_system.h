// A file system in anonymous memory, for Broker::InMemory and for tests: nothing of it survives the process, and no other
// process sees it.
#ifndef LEAT_IO_MEMORY_FILE_SYSTEM_H_
#define LEAT_IO_MEMORY_FILE_SYSTEM_H_

#include <memory>

#include "io/file_system.h"

namespace leat::io {

// Files are regions of address space that get memory as they are written. A file of at least 1 MiB that is removed, and that
// nobody has open or mapped any more, leaves its memory (up to 512 MiB of all such files) to the next one that says
// File::AcceptStaleBytes() (warm: no page faults). Without that, new bytes are zeros.
//
// Unlike on a disk: all mappings of a file are one, so that a mapping for reading is not write-protected; while a file is
// mapped it can't grow beyond the largest size it was mapped with (kResourceExhausted). A forked child has a copy of its own.
std::shared_ptr<FileSystem> MakeMemoryFileSystem();

}  // namespace leat::io

#endif  // LEAT_IO_MEMORY_FILE_SYSTEM_H_
