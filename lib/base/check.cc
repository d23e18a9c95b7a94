#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace leat::base {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "leat: %s:%d: check failed: %s (a bug in leat, or memory that somebody overwrote)\n", file,
               line, condition);
  std::abort();
}

}  // namespace leat::base
