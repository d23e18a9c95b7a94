// The consumer in another process.
#include <fmt/format.h>

#include "harness/flow.h"
#include "rows/rows.h"

namespace leat::bench {

void AddProcesses(const Scale& scale, Benchmarks& benchmarks) {
  for (const std::int32_t batch : {256, 1}) {
    const Flow in_threads = FlowOf(scale.bytes, 100, batch);
    Flow flow = in_threads;
    flow.consumer = Where::kProcess;
    benchmarks.push_back(
        {.name = fmt::format("consumer_process/100Bx{}", batch),
         .what = fmt::format("100B values, {}, to a consumer in another process",
                             batch == 1 ? "one by one" : fmt::format("batches of {}", batch)),
         .unit = "M msg/s",
         .leat = [flow](const std::string& folder) { return RunFlow(flow, folder); },
         .reference_name = "consumer thread",
         .reference = [in_threads](const std::string& folder) { return RunFlow(in_threads, folder); },
         .target_ratio = 0.95});
  }
}

}  // namespace leat::bench
