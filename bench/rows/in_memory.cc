// From thread to thread through Broker::InMemory.
#include <fmt/format.h>

#include "harness/bounds.h"
#include "harness/flow.h"
#include "rows/rows.h"

namespace leat::bench {

void AddInMemory(const Scale& scale, Benchmarks& benchmarks) {
  // Several times the processor's caches, and reused several times.
  constexpr std::int64_t kMemory = std::int64_t{128} << 20;
  for (const std::int32_t batch : {256, 16, 1}) {
    Flow flow = FlowOf(scale.bytes + kMemory, 100, batch);
    flow.memory = kMemory;
    flow.warmup = kMemory / BatchBytes(flow) * batch;
    Benchmark benchmark{.name = fmt::format("in_memory/100Bx{}", batch),
                        .what = fmt::format("100B values, {}, thread to thread, memory reused",
                                            batch == 1 ? "one by one" : fmt::format("batches of {}", batch)),
                        .unit = "M msg/s",
                        .leat = [flow](const std::string& folder) { return RunFlow(flow, folder); },
                        .reference_name = "memcpy+CRC",
                        .reference = [flow](const std::string&) { return CopyAndChecksum(flow); }};
    if (batch == 256) benchmark.target_ratio = 0.65;
    if (batch == 1) benchmark.target_ratio = 0.35;
    benchmarks.push_back(std::move(benchmark));
  }
}

}  // namespace leat::bench
