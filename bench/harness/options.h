// The command line.
#ifndef LEAT_BENCH_HARNESS_OPTIONS_H_
#define LEAT_BENCH_HARNESS_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace leat::bench {

struct Options {
  bool help = false;
  bool list = false;
  bool quick = false;
  bool peers = false;
  std::string json = {};    // a file; none when empty
  std::string folder = {};  // where to make the folder of files
  std::vector<std::string> names = {};
};

absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments);

extern const char kUsage[];

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_OPTIONS_H_
