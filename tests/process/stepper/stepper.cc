// Kills a process behind chosen instructions of one operation, spread over the whole of it, and looks each time
// whether those who are left, or who come next, find everything and can go on.
//
//   process_stepper --points 100 --seed 1 [--operation roll]
#include <fmt/format.h>
#include <leat/leat.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "process/segment_file_check.h"
#include "process/stepper/ledger.h"
#include "process/stepper/onlooker.h"
#include "process/stepper/traced_child.h"
#include "support/temp_folder.h"

namespace leat::process_test {
namespace {

constexpr std::uint64_t kWhole = ~std::uint64_t{0};
// An operation is not equally long each time: a roll may find its next segment made ready, or not.
constexpr int kMeasured = 5;

// Of a long operation a point is an entry into or a return from the kernel, and up to so many instructions more.
constexpr std::uint64_t kInstructionsBetween = 1500;

class Stepping {
 public:
  Stepping(const OperationName& what, std::uint64_t seed) : what_(what), random_(seed) {}

  absl::Status Run(std::size_t points) {
    if (auto s = MakeTopic(); !s.ok()) return s;
    for (int i = 0; i < kMeasured; ++i) {
      if (auto s = Point(kWhole); !s.ok()) return s;
    }
    for (std::size_t i = 0; i < points; ++i) {
      // One in each part of the operation, which is not equally long each time.
      const double share = (static_cast<double>(i) + std::uniform_real_distribution<double>(0, 1)(random_)) /
                           static_cast<double>(points);
      const auto point = static_cast<std::uint64_t>(share * static_cast<double>(length_));
      if (auto s = Point(point); !s.ok()) {
        return absl::Status(s.code(), fmt::format("killed at {} {} of about {} of {}: {}", what_.unit(), point,
                                                  length_, what_.name, s.ToString()));
      }
    }
    broker_.reset();
    if (auto s = Seal(); !s.ok()) return s;
    if (auto s = CheckFolderFiles(folder_); !s.ok()) return s;
    fmt::print("{}: killed at {} places in about {} {}s; {} records, none lost, none twice\n", what_.name, kills_,
               length_, what_.unit(), ledger_.next());
    return absl::OkStatus();
  }

  bool skipped() const { return skipped_; }
  std::uint64_t kills() const { return kills_; }

 private:
  absl::Status MakeTopic() {
    auto broker = Broker::Open(folder_);
    if (!broker.ok()) return broker.status();
    auto topic = broker->CreateTopic(kTopic, {.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10});
    if (!topic.ok()) return topic.status();
    // Comes before the other in every list, but after it in the control file.
    if (auto first = broker->CreateTopic("a"); !first.ok()) return first.status();
    if (auto s = onlooker_.Open(folder_); !s.ok()) return s;
    if (what_.alone) return broker->Close();
    broker_ = *std::move(broker);
    return absl::OkStatus();
  }

  absl::Status Point(std::uint64_t point) {
    const std::uint64_t number = ++number_;
    bool finished = false;
    {
      TracedChild child(
          {"perform", folder_, std::to_string(static_cast<int>(what_.operation)), std::to_string(number)});
      if (!child.ended()) {
        const std::uint64_t steps = what_.is_long ? child.StepSystemCalls(point) : child.Step(point);
        if (point == kWhole) length_ = std::max(length_, steps);
        if (what_.is_long) child.Step(random_() % kInstructionsBetween);
        finished = child.finished();
      }
      if (child.ended()) {
        skipped_ = WIFEXITED(child.status()) && WEXITSTATUS(child.status()) == 77;
        return absl::InternalError(fmt::format("child {} {}", number, DescribeEnd(child.status())));
      }
      child.Kill();
    }
    ++kills_;
    if (broker_.has_value()) {
      if (auto s = ledger_.Check(*broker_, what_.operation, number, finished); !s.ok()) return s;
    } else {
      auto broker = Broker::Open(folder_);
      if (!broker.ok()) return broker.status();
      if (auto s = ledger_.Check(*broker, what_.operation, number, finished); !s.ok()) return s;
      if (auto s = broker->Close(); !s.ok()) return s;
    }
    return onlooker_.ReadTo(ledger_.next());
  }

  // As the last to close.
  absl::Status Seal() {
    auto broker = Broker::Open(folder_);
    return broker.ok() ? broker->Close() : broker.status();
  }

  const OperationName what_;
  std::mt19937_64 random_;
  const testing::TempFolder scratch_;
  const std::string folder_ = scratch_ / "folder";
  std::optional<Broker> broker_;
  Ledger ledger_;
  Onlooker onlooker_;
  std::uint64_t length_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t kills_ = 0;
  bool skipped_ = false;
};

int StepThroughAll(std::size_t points, std::uint64_t seed, std::string_view only) {
  fmt::print("seed {}\n", seed);
  std::uint64_t kills = 0;
  for (const OperationName& what : kOperations) {
    if (!only.empty() && only != what.name) continue;
    Stepping stepping(what, seed);
    const absl::Status status = stepping.Run(only.empty() ? 1 + points * what.share / 100 : points);
    if (stepping.skipped()) {
      fmt::print("skipped: processes may not be traced here\n");
      return 77;
    }
    if (!status.ok()) {
      fmt::print("seed {}: {}\n", seed, status.ToString());
      return 1;
    }
    std::fflush(stdout);
    kills += stepping.kills();
  }
  fmt::print("{} kills\n", kills);
  return 0;
}

int Main(int argc, char** argv) {
  if (argc == 6 && std::string_view(argv[1]) == "perform") {
    DieWithParent(static_cast<pid_t>(std::stol(argv[2])));
    return Perform(static_cast<Operation>(std::stoi(argv[4])), argv[3], std::stoull(argv[5]));
  }
  std::size_t points = 100;
  std::uint64_t seed = std::random_device()();
  std::string operation;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc || (name != "--points" && name != "--seed" && name != "--operation")) {
      fmt::print(stderr, "usage: {} [--points N] [--seed S] [--operation NAME]\n", argv[0]);
      return 2;
    }
    if (name == "--operation") {
      operation = argv[i + 1];
    } else {
      (name == "--points" ? points : seed) = std::stoull(argv[i + 1]);
    }
  }
  return StepThroughAll(points, seed, operation);
}

}  // namespace
}  // namespace leat::process_test

int main(int argc, char** argv) { return leat::process_test::Main(argc, argv); }
