// What one would write without a library.
#include "harness/bounds.h"
#include "harness/flow.h"
#include "rows/rows.h"

namespace leat::bench {

void AddHandWritten(const Scale& scale, Benchmarks& benchmarks) {
  const Flow flow = FlowOf(scale.bytes / 4, 100, 1);
  benchmarks.push_back({.name = "hand_written/deque",
                        .what = "100B one by one, thread to thread; the bound stores nothing",
                        .unit = "M msg/s",
                        .leat = [flow](const std::string& folder) { return RunFlow(flow, folder); },
                        .reference_name = "deque+mutex+condvar",
                        .reference = [flow](const std::string&) { return DequeFlow(flow); }});
  benchmarks.push_back({.name = "hand_written/write",
                        .what = "100B one by one into files, nobody reads",
                        .unit = "M msg/s",
                        .leat = [flow](const std::string& folder) { return RunProducers(flow, folder); },
                        .reference_name = "write(2) a record",
                        .reference = [flow](const std::string& folder) { return WriteEach(flow, folder); }});
}

}  // namespace leat::bench
