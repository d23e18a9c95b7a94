// Takes pictures of what a machine would be after a power loss, at calls that a generator chooses, on whatever thread they
// are made.
#ifndef LEAT_TESTS_CRASH_CAMERA_H_
#define LEAT_TESTS_CRASH_CAMERA_H_

#include <leat/testing.h>

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leat::testing {

// A machine after a power loss, not yet started, and what was known before and after the picture was taken.
template <typename Known>
struct Picture {
  SimulatedMachine machine;
  Known before, after;
  std::string moment;
};

// `Ledger` has a Copy() that any thread may call.
template <typename Ledger>
class Camera {
 public:
  using Known = decltype(std::declval<const Ledger&>().Copy());

  // At about `share` of all calls, and at most so many.
  Camera(SimulatedMachine& machine, const Ledger& ledger, std::uint64_t seed, double share, std::size_t most)
      : machine_(machine), ledger_(ledger), random_(seed), share_(share), most_(most) {
    machine_.AtEachCall([this](FileCall kind, std::string_view path) { Call(kind, path); });
  }
  ~Camera() { machine_.AtEachCall(nullptr); }
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;

  std::vector<Picture<Known>> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(pictures_, {});
  }

 private:
  void Call(FileCall kind, std::string_view path) {
    const std::lock_guard lock(mutex_);
    ++calls_;
    if (static_cast<double>(random_() % 1'000'000) >= share_ * 1e6 || pictures_.size() >= most_) return;
    Known before = ledger_.Copy();
    auto after = machine_.LosePower(random_());
    if (!after.ok()) return;
    pictures_.push_back({*std::move(after), std::move(before), ledger_.Copy(),
                         fmt::format("before call {} (kind {}, {})", calls_, static_cast<int>(kind), path)});
  }

  SimulatedMachine& machine_;
  const Ledger& ledger_;
  std::mutex mutex_;
  std::mt19937_64 random_;
  const double share_;
  const std::size_t most_;
  std::int64_t calls_ = 0;
  std::vector<Picture<Known>> pictures_;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_CRASH_CAMERA_H_
