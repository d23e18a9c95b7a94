#include "broker/side_by_side.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/thread.h"

namespace leat::broker {
namespace {

// Fewer are done before threads would have started.
constexpr std::size_t kFew = 8;
constexpr std::size_t kMostThreads = 16;

}  // namespace

absl::Status SideBySide(std::size_t count, absl::FunctionRef<absl::Status(std::size_t)> work) {
  std::vector<absl::Status> results(count);
  std::atomic<std::size_t> next{0};
  const auto work_off = [&] {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) results[i] = work(i);
  };
  {
    std::vector<base::Thread> threads;
    for (std::size_t t = 1; count >= kFew && t < std::min(count, kMostThreads); ++t) {
      absl::StatusOr<base::Thread> thread = base::Thread::Start("leat-side", work_off);
      if (!thread.ok()) break;  // it goes slower
      threads.push_back(*std::move(thread));
    }
    work_off();
  }
  for (absl::Status& result : results) {
    if (!result.ok()) return std::move(result);
  }
  return absl::OkStatus();
}

}  // namespace leat::broker
