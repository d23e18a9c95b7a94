// Whether the tests of another processor run under qemu-user, which does not do all that a kernel does.
#ifndef LEAT_TESTS_SUPPORT_EMULATION_H_
#define LEAT_TESTS_SUPPORT_EMULATION_H_

#include <sys/mman.h>

namespace leat::testing {

// It takes every advice on memory, and follows few; a kernel refuses what it does not know. Of its own /proc/self/stat it
// makes up what it does not leave out.
inline bool UnderQemuUser() {
  constexpr int kNobodysAdvice = 0x7fff;
  void* page = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool taken = ::madvise(page, 4096, kNobodysAdvice) == 0;
  ::munmap(page, 4096);
  return taken;
}

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_EMULATION_H_
