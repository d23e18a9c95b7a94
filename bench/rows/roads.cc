// The ways to send, beside the quickest of them.
#include <fmt/format.h>

#include "harness/flow.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

void Add(const Scale& scale, Road road, const char* name, const char* what, Benchmarks& benchmarks) {
  const Flow builder = FlowOf(scale.bytes, 100, 256);
  Flow flow = builder;
  flow.road = road;
  benchmarks.push_back({.name = fmt::format("roads/{}", name),
                        .what = what,
                        .unit = "M msg/s",
                        .leat = [flow](const std::string& folder) { return RunFlow(flow, folder); },
                        .reference_name = "BatchBuilder",
                        .reference = [builder](const std::string& folder) { return RunFlow(builder, folder); }});
}

}  // namespace

void AddRoads(const Scale& scale, Benchmarks& benchmarks) {
  Add(scale, Road::kSendMany, "send_many", "100B by Producer::Send of 256, thread to thread", benchmarks);
  Add(scale, Road::kEnqueue, "enqueue", "100B by Producer::Enqueue, thread to thread", benchmarks);
}

}  // namespace leat::bench
