#include "process/stepper/stepping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "process/stepper/traced_child.h"

namespace leat::process_test {
namespace {

constexpr std::uint64_t kWhole = ~std::uint64_t{0};
// An operation is not equally long each time: a roll may find its next segment made ready, or not.
constexpr int kMeasured = 5;

class Stepping {
 public:
  Stepping(const SteppedOperation& what, std::unique_ptr<SteppedScene> scene, std::uint64_t seed)
      : what_(what), scene_(std::move(scene)), random_(seed) {}

  absl::Status Run(std::size_t points) {
    if (auto s = scene_->Begin(folder_); !s.ok()) return s;
    for (int i = 0; i < kMeasured; ++i) {
      if (auto s = Point(kWhole); !s.ok()) return s;
    }
    for (std::size_t i = 0; i < points; ++i) {
      // One in each part of the operation.
      const double share = (static_cast<double>(i) + std::uniform_real_distribution<double>(0, 1)(random_)) /
                           static_cast<double>(points);
      const auto point = static_cast<std::uint64_t>(share * static_cast<double>(length_));
      if (auto s = Point(point); !s.ok()) {
        return absl::Status(s.code(), fmt::format("killed at {} {} of about {} of {}: {}", what_.unit(), point,
                                                  length_, what_.name, s.ToString()));
      }
    }
    const absl::StatusOr<std::string> seen = scene_->End();
    if (!seen.ok()) return seen.status();
    fmt::print("{}: killed at {} places in about {} {}s; {}\n", what_.name, kills_, length_, what_.unit(), *seen);
    return absl::OkStatus();
  }

  bool skipped() const { return skipped_; }
  std::uint64_t kills() const { return kills_; }

 private:
  absl::Status Point(std::uint64_t point) {
    const std::uint64_t number = ++number_;
    if (auto s = scene_->BeforeChild(number); !s.ok()) return s;
    bool finished = false;
    {
      TracedChild child({"perform", folder_, std::to_string(what_.number), std::to_string(number)});
      if (!child.ended()) {
        const std::uint64_t steps = what_.is_long ? child.StepSystemCalls(point) : child.Step(point);
        if (point == kWhole) length_ = std::max(length_, steps);
        if (what_.is_long) child.Step(random_() % what_.instructions);
        finished = child.finished();
      }
      if (child.ended()) {
        skipped_ = WIFEXITED(child.status()) && WEXITSTATUS(child.status()) == 77;
        return absl::InternalError(fmt::format("child {} {}", number, DescribeEnd(child.status())));
      }
      child.Kill();
    }
    ++kills_;
    return scene_->AfterKill(number, finished);
  }

  const SteppedOperation what_;
  const std::unique_ptr<SteppedScene> scene_;
  std::mt19937_64 random_;
  const testing::TempFolder scratch_;
  const std::string folder_ = scratch_ / "folder";
  std::uint64_t length_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t kills_ = 0;
  bool skipped_ = false;
};

struct Options {
  std::size_t points = 100;
  std::uint64_t seed = std::random_device()();
  std::string only;
};

int StepThroughAll(std::span<const SteppedOperation> operations, const MakeScene& make, const Options& options) {
  fmt::print("seed {}\n", options.seed);
  std::uint64_t kills = 0;
  for (const SteppedOperation& what : operations) {
    if (!options.only.empty() && options.only != what.name) continue;
    Stepping stepping(what, make(what), options.seed);
    const absl::Status status =
        stepping.Run(options.only.empty() ? 1 + options.points * what.share / 100 : options.points);
    if (stepping.skipped()) {
      fmt::print("skipped: processes may not be traced here\n");
      return 77;
    }
    if (!status.ok()) {
      fmt::print("seed {}: {}\n", options.seed, status.ToString());
      return 1;
    }
    std::fflush(stdout);
    kills += stepping.kills();
  }
  fmt::print("{} kills\n", kills);
  if (kills > 0) return 0;
  fmt::print(stderr, "there is no operation '{}'\n", options.only);
  return 2;
}

}  // namespace

int StepThrough(int argc, char** argv, std::span<const SteppedOperation> operations, const MakeScene& make,
                const PerformOperation& perform) {
  if (argc == 6 && std::string_view(argv[1]) == "perform") {
    DieWithParent(static_cast<pid_t>(std::stol(argv[2])));
    return perform(std::stoi(argv[4]), argv[3], std::stoull(argv[5]));
  }
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc || (name != "--points" && name != "--seed" && name != "--operation")) {
      fmt::print(stderr, "usage: {} [--points N] [--seed S] [--operation NAME]\n", argv[0]);
      return 2;
    }
    if (name == "--operation") {
      options.only = argv[i + 1];
    } else {
      (name == "--points" ? options.points : options.seed) = std::stoull(argv[i + 1]);
    }
  }
  return StepThroughAll(operations, make, options);
}

}  // namespace leat::process_test
