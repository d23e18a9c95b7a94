// From a producer's thread to a consumer's through the files of a topic.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "harness/bounds.h"
#include "harness/flow.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

struct Size {
  std::size_t bytes;
  const char* name;
};

std::optional<double> Target(std::size_t size, std::int32_t batch) {
  if (size == 100 && batch != 16) return 0.45;
  if ((size == 1024 && batch >= 16) || size == 10240) return 0.75;
  return std::nullopt;
}

constexpr std::int64_t kQuotedBytes = std::int64_t{512} << 20;

Benchmark Make(const Scale& scale, const Size& size, std::int32_t batch) {
  const bool is_million_messages = size.bytes == 100 && batch == 256;
  // The row that people quote: also in a quick run so long that its beginning, into cold pages, is not most of it.
  const std::int64_t bytes = is_million_messages ? std::max(scale.bytes, kQuotedBytes) : scale.bytes;
  const Flow flow = FlowOf(bytes, size.bytes, batch);
  return {.name = is_million_messages ? "million_messages" : fmt::format("end_to_end/{}x{}", size.name, batch),
          .what = fmt::format("{} values, {}, thread to thread through files", size.name,
                              batch == 1 ? "one by one" : fmt::format("batches of {}", batch)),
          .unit = "M msg/s",
          .leat = [flow](const std::string& folder) { return RunFlow(flow, folder); },
          .reference_name = "raw log",
          .reference = [flow](const std::string& folder) { return RawLog(flow, folder); },
          .target_ratio = Target(size.bytes, batch)};
}

}  // namespace

void AddEndToEnd(const Scale& scale, Benchmarks& benchmarks) {
  constexpr std::array<Size, 4> kSizes = {{{100, "100B"}, {10, "10B"}, {1024, "1KiB"}, {10240, "10KiB"}}};
  for (const Size& size : kSizes) {
    for (const std::int32_t batch : {256, 16, 1}) benchmarks.push_back(Make(scale, size, batch));
  }
}

void AddSmoke(Benchmarks& benchmarks) {
  for (const std::int32_t batch : {1, 16}) {
    const Flow flow = FlowOf(1 << 20, 100, batch);
    benchmarks.push_back({.name = fmt::format("smoke/100Bx{}", batch),
                          .what = "as end_to_end, with next to nothing",
                          .unit = "M msg/s",
                          .leat = [flow](const std::string& folder) { return RunFlow(flow, folder); },
                          .reference_name = "raw log",
                          .reference = [flow](const std::string& folder) { return RawLog(flow, folder); },
                          .only_by_name = true});
  }
}

}  // namespace leat::bench
