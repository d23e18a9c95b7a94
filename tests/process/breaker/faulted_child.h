// A child, with all its threads, of whose system calls one fails.
#ifndef LEAT_TESTS_PROCESS_BREAKER_FAULTED_CHILD_H_
#define LEAT_TESTS_PROCESS_BREAKER_FAULTED_CHILD_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "process/breaker/fault.h"

namespace leat::process_test {

class FaultedChild {
 public:
  // Its program begins with LetParentStep and StopForParent (stepper/traced_child.h); calls count from there on.
  explicit FaultedChild(std::vector<std::string> arguments);
  ~FaultedChild();
  FaultedChild(const FaultedChild&) = delete;
  FaultedChild& operator=(const FaultedChild&) = delete;

  // Runs it to its end and lets the `n`-th call of that kind fail (1 is the first), and if `stays` all that come after.
  // Returns how many there were.
  std::uint64_t Run(const FaultKind& kind, std::uint64_t n, bool stays);

  int status() const { return status_; }  // as waitpid tells it
  bool skipped() const { return skipped_; }

 private:
  bool StopAt(pid_t thread, const FaultKind& kind, std::uint64_t n, bool stays);

  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
  bool skipped_ = false;
  std::uint64_t calls_ = 0;
  std::map<pid_t, int> refused_;  // threads in a call that does nothing: its error
};

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_BREAKER_FAULTED_CHILD_H_
