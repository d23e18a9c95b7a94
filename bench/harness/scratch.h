// Where benchmarks put their files.
#ifndef LEAT_BENCH_HARNESS_SCRATCH_H_
#define LEAT_BENCH_HARNESS_SCRATCH_H_

#include <string>

#include "absl/status/statusor.h"

namespace leat::bench {

// A folder of its own name, and in it one fresh folder after the other. It goes with all that is in it when the
// object does, and when the process is ended by Ctrl-C or SIGTERM.
class Scratch {
 public:
  // Inside of `parent`; without one, beside the program: a system's temporary folder may be memory and not a disk.
  // There is one at a time, made before any other thread is started.
  static absl::StatusOr<Scratch> Make(const std::string& parent);

  Scratch(Scratch&& other) noexcept : folder_(std::move(other.folder_)) { other.folder_.clear(); }
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  const std::string& folder() const { return folder_; }

  // An empty folder. What the one before held is removed.
  absl::StatusOr<std::string> Fresh();

 private:
  explicit Scratch(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
};

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_SCRATCH_H_
