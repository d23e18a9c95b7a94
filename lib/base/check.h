// Assertions about leat's own code, always on. Never for what a disk, a peer or a caller can do: that is an absl::Status.
#ifndef LEAT_BASE_CHECK_H_
#define LEAT_BASE_CHECK_H_

namespace leat::base {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace leat::base

#define LEAT_CHECK(condition)                                               \
  (__builtin_expect(static_cast<bool>(condition), 1) ? static_cast<void>(0) \
                                                     : ::leat::base::CheckFailed(#condition, __FILE__, __LINE__))

#endif  // LEAT_BASE_CHECK_H_
