// One kind of operation, done by child after child, each killed at another point of it.
#ifndef LEAT_TESTS_PROCESS_STEPPER_STEPPING_H_
#define LEAT_TESTS_PROCESS_STEPPER_STEPPING_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "support/temp_folder.h"

namespace leat::process_test {

struct SteppedOperation {
  int number;  // as the child is told
  std::string_view name;
  std::size_t share;  // of a hundred points
  bool is_long;       // calls of the kernel between its instructions take most of its time
  std::uint64_t instructions =
      0;  // of a long one a point is a crossing into or out of the kernel, and up to so many more

  std::string_view unit() const { return is_long ? "kernel crossing" : "instruction"; }
};

// The part that differs.
class SteppedScene {
 public:
  virtual ~SteppedScene() = default;
  virtual absl::Status Begin(const std::string& folder) = 0;
  virtual absl::Status BeforeChild(std::uint64_t number) = 0;
  // Child `number` is dead; it had done the whole of it, if it `finished`.
  virtual absl::Status AfterKill(std::uint64_t number, bool finished) = 0;
  // What was seen in all, in words.
  virtual absl::StatusOr<std::string> End() = 0;
};

using MakeScene = std::function<std::unique_ptr<SteppedScene>(const SteppedOperation& operation)>;
// The child's part. The exit code says at what it failed; 77: it may not be traced.
using PerformOperation = std::function<int(int operation, const std::string& folder, std::uint64_t number)>;

int StepThrough(int argc, char** argv, std::span<const SteppedOperation> operations, const MakeScene& make,
                const PerformOperation& perform);

// The whole program: NAME [--points N] [--seed S] [--operation NAME]. `Scene` is made of one of `names`, and `perform` is
// told its `operation`.
template <typename Scene, typename Name, typename Operation>
int StepperMain(int argc, char** argv, std::span<const Name> names, std::uint64_t instructions,
                int (*perform)(Operation operation, const std::string& folder, std::uint64_t number)) {
  std::vector<SteppedOperation> operations;
  for (const Name& what : names) {
    operations.push_back({.number = static_cast<int>(operations.size()),
                          .name = what.name,
                          .share = what.share,
                          .is_long = what.is_long,
                          .instructions = instructions});
  }
  const auto named = [names](int number) -> const Name& { return names[static_cast<std::size_t>(number)]; };
  return StepThrough(
      argc, argv, operations,
      [named](const SteppedOperation& what) { return std::make_unique<Scene>(named(what.number)); },
      [named, perform](int number, const std::string& folder, std::uint64_t child) {
        return perform(named(number).operation, folder, child);
      });
}

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_STEPPER_STEPPING_H_
