// Random operations on a broker, beside a model of it. A failure prints its seed, and the shortest list of operations
// found that still fails. To see one again:
//
//   LEAT_MODEL_SEED=... [LEAT_MODEL_STEPS=...] build/bin/model_tests 'name of the test'
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "model/log_model.h"
#include "model/seeds.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat::testing {
namespace {

// What a run says of itself, in memory that it shares with whoever started it.
struct Report {
  int step;
  bool done;
  char failure[4000];
};

void RunHere(const std::vector<Operation>& operations, Place place, const std::string& folder, Report& report) {
  // For a run that hangs: no call of these waits for anybody.
  constexpr unsigned kTooLong = 300;
  try {
    LogModel model(place, folder);
    for (const Operation& operation : operations) {
      ::alarm(kTooLong);
      model.Do(operation);
      ++report.step;
    }
    model.CompareAll();
  } catch (const std::exception& error) {
    fmt::format_to_n(report.failure, sizeof(report.failure) - 1, "{}", error.what());
  }
  report.done = true;
}

// Why the run failed; nullopt if it did not. In a process of its own, and in children of it, that may die.
std::optional<std::string> Run(const std::vector<Operation>& operations, Place place) {
  const TempFolder folder;
  void* const memory = ::mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  auto& report = *new (memory) Report{};
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (::fork() == 0) {
    RunHere(operations, place, folder / "data", report);
    ::_exit(0);
  }
  std::string died;
  for (int status = 0; ::waitpid(-1, &status, 0) > 0;) {
    if (WIFSIGNALED(status)) died = fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  }
  std::string failure = report.failure[0] != '\0' ? report.failure : died;
  if (failure.empty() && !report.done) failure = "the process ended early";
  if (!failure.empty()) failure = fmt::format("step {}: {}", report.step, failure);
  ::munmap(memory, sizeof(Report));
  return failure.empty() ? std::nullopt : std::optional(failure);
}

// What two failures of one cause have in common: the words, not the numbers.
std::string KindOf(const std::string& failure) {
  std::string kind;
  std::copy_if(failure.begin(), failure.end(), std::back_inserter(kind), [](char c) { return c < '0' || c > '9'; });
  return kind.substr(0, 30);
}

// Takes operations away, in smaller and smaller pieces, while what is left still fails likewise.
std::vector<Operation> Shrink(std::vector<Operation> operations, Place place, const std::string& kind) {
  int runs_left = 250;
  for (std::size_t piece = operations.size() / 2; piece > 0; piece /= 2) {
    for (std::size_t at = 0; at < operations.size() && runs_left > 0; --runs_left) {
      std::vector<Operation> fewer(operations.begin(), operations.begin() + static_cast<std::ptrdiff_t>(at));
      if (at + piece < operations.size()) {
        fewer.insert(fewer.end(), operations.begin() + static_cast<std::ptrdiff_t>(at + piece), operations.end());
      }
      if (KindOf(Run(fewer, place).value_or("")) == kind) {
        operations = std::move(fewer);
      } else {
        at += piece;
      }
    }
  }
  return operations;
}

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

void RunMany(Place place, int runs, int steps, Seeds seeds) {
  const bool repeat = std::getenv("LEAT_MODEL_SEED") != nullptr;
  const std::uint64_t first = FirstSeed(seeds);
  steps = static_cast<int>(FromEnvironment("LEAT_MODEL_STEPS", static_cast<std::uint64_t>(steps)));
  if (repeat) runs = 1;
  fmt::print("{} runs of {} operations, seeds from {} on\n", runs, steps, first);
  for (int i = 0; i < runs; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
    std::vector<Operation> operations = MakeOperations(seed, steps, place);
    const std::optional<std::string> failure = Run(operations, place);
    if (!failure.has_value()) continue;
    std::string message = fmt::format("LEAT_MODEL_SEED={} LEAT_MODEL_STEPS={}: {}\n", seed, steps, *failure);
    // At once: looking for fewer operations takes its time.
    fmt::print("{}", message);
    std::fflush(stdout);
    operations = Shrink(std::move(operations), place, KindOf(*failure));
    message += fmt::format("{} operations are enough: {}\n", operations.size(), Run(operations, place).value_or("?"));
    for (std::size_t k = 0; k < std::min<std::size_t>(operations.size(), 60); ++k) {
      message += "  " + Show(operations[k]) + "\n";
    }
    FAIL(message);
  }
}

TEST_CASE("a folder does what a vector of records would do, whatever it is asked and however often it is opened") {
  RunMany(Place::kFolder, 20, 2'500, Seeds::kSame);
}

TEST_CASE("a broker in memory does what a vector of records would do") {
  RunMany(Place::kMemory, 15, 2'500, Seeds::kSame);
}

TEST_CASE("a broker in limited memory does so too, and tells of all that it dropped") {
  RunMany(Place::kLimitedMemory, 10, 4'000, Seeds::kSame);
}

TEST_CASE("a folder does what a vector of records would do, a million times over", "[slow]") {
  RunMany(Place::kFolder, 400, 2'500, Seeds::kNew);
}

}  // namespace
}  // namespace leat::testing
