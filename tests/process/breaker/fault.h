// A system call that fails, or does half of what it was asked for.
#ifndef LEAT_TESTS_PROCESS_BREAKER_FAULT_H_
#define LEAT_TESTS_PROCESS_BREAKER_FAULT_H_

#include <cerrno>
#include <cstdint>
#include <span>
#include <string_view>

namespace leat::process_test {

struct FaultKind {
  std::string_view name;
  int error;  // what the call returns without having done anything; 0: it reads or writes half
  std::span<const long> calls;
  bool is_harmless;  // nobody but leat's own code may notice
};

// All there are. Each of its calls fails in its turn.
std::span<const FaultKind> FaultKinds();

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_BREAKER_FAULT_H_
