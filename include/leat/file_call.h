// The kinds of calls that a broker makes on its disk, as a test counts them and lets them fail (leat/testing.h).
#ifndef LEAT_FILE_CALL_H_
#define LEAT_FILE_CALL_H_

#include <cstdint>

namespace leat {
inline namespace v1 {

// What a call does. Calls on files, folders and paths count alike.
enum class FileCall : std::uint8_t {
  kAny,  // every one of those below
  kOpen,
  kInfo,  // of a file or of a path
  kRead,
  kWrite,
  kAllocate,
  kTruncate,
  kSync,
  kMap,
  kLock,  // taken, given back, asked for
  kPermissions,
  kList,
  kMakeDirectory,
  kRename,
  kRemove,
  kSyncDirectory,
  kTraits,  // which file system it is
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_FILE_CALL_H_
