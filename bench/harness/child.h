// Other processes: this program again, with a role to play.
#ifndef LEAT_BENCH_HARNESS_CHILD_H_
#define LEAT_BENCH_HARNESS_CHILD_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat::bench {

// The first argument of a process that plays a role; its name and its arguments follow.
inline constexpr char kChildFlag[] = "--child";

// A process that was started. It is killed when the object goes while it still runs, and when this process ends.
class Child {
 public:
  // Returns when it has said that it is ready.
  static absl::StatusOr<Child> Start(const std::string& role, const std::vector<std::string>& arguments);

  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        to_(std::exchange(other.to_, -1)),
        from_(std::exchange(other.from_, -1)) {}
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }

  // Lets it begin.
  absl::Status Go();

  // Waits for its end and returns what it had to say; an error when it failed.
  absl::StatusOr<std::string> Finish();

  // Ends it as a power switch would.
  void Kill();

 private:
  Child(pid_t pid, int to, int from) : pid_(pid), to_(to), from_(from) {}
  void CloseBoth();

  pid_t pid_;
  int to_;
  int from_;
};

// In the child: says that it is ready and waits for Go.
using ReadyThenGo = std::function<absl::Status()>;
using Role = std::function<absl::StatusOr<std::string>(const std::vector<std::string>& arguments, ReadyThenGo ready)>;

// Plays the role and returns the process's exit code.
int PlayRole(const Role& role, const std::vector<std::string>& arguments);

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_CHILD_H_
