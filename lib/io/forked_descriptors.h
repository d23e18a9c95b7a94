// The descriptors that a forked child closes before it does anything else. A lock that belongs to an open file lives
// until the last descriptor of that file is closed, so a child that kept one would hold its dead parent's locks.
#ifndef LEAT_IO_FORKED_DESCRIPTORS_H_
#define LEAT_IO_FORKED_DESCRIPTORS_H_

#include <atomic>

namespace leat::io {

// A place in the process-wide table; holds a descriptor, or kNoDescriptor.
using ForkedDescriptor = std::atomic<int>;
inline constexpr int kNoDescriptor = -1;

// Enters `descriptor` into the table; never fails, never waits. Give the place back, by storing kNoDescriptor, before
// the descriptor is closed: closed first, its number may by then be another file's, which a child would lose.
ForkedDescriptor& CloseInForkedChildren(int descriptor);

// In the child, called by the fork handler: touches nothing but the table and close(2), for another thread of the
// parent may have been inside malloc or have held any lock.
void CloseForkedDescriptors();

}  // namespace leat::io

#endif  // LEAT_IO_FORKED_DESCRIPTORS_H_
