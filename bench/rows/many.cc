// Many partitions, many producers: what becomes of the throughput of one.
#include <fmt/format.h>

#include <algorithm>

#include "harness/flow.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

// The records of `flow` go round.
std::int64_t Divisible(std::int64_t records, const Flow& flow) {
  const std::int64_t round = std::int64_t{flow.batch} * flow.partitions * flow.producers;
  return std::max(std::int64_t{1}, records / round) * round;
}

Benchmark Beside(const Flow& one, Flow many, std::string name, std::string what, std::string reference_name) {
  many.records = Divisible(one.records, many);
  return {.name = std::move(name),
          .what = std::move(what),
          .unit = "M msg/s",
          .leat = [many](const std::string& folder) { return RunFlow(many, folder); },
          .reference_name = std::move(reference_name),
          .reference = [one](const std::string& folder) { return RunFlow(one, folder); }};
}

void AddPartitions(const Scale& scale, Benchmarks& benchmarks) {
  for (const std::int32_t partitions : {16, 100, 1000}) {
    const Flow one = FlowOf(scale.bytes, 100, 256);
    Flow many = one;
    many.partitions = partitions;
    Benchmark benchmark =
        Beside(one, many, fmt::format("partitions/{}", partitions),
               fmt::format("100B x256 round {} partitions, one consumer of all", partitions), "one partition");
    // To make that many takes much longer than to use them.
    if (partitions == 1000) benchmark.most_rounds = 1;
    if (partitions != 1000 || !scale.quick) benchmarks.push_back(std::move(benchmark));
  }
}

void AddProducers(const Scale& scale, Benchmarks& benchmarks) {
  for (const std::int32_t batch : {256, 1}) {
    for (const std::int32_t producers : {2, 4, 8}) {
      const Flow one = FlowOf(scale.bytes / (batch == 1 ? 4 : 1), 100, batch);
      Flow many = one;
      many.producers = producers;
      benchmarks.push_back(Beside(one, many, fmt::format("producers/{}threads_x{}", producers, batch),
                                  fmt::format("100B x{} from {} threads to one partition", batch, producers),
                                  "one producer"));
      if (producers != 4) continue;
      many.producer = Where::kProcess;
      benchmarks.push_back(Beside(one, many, fmt::format("producers/{}processes_x{}", producers, batch),
                                  fmt::format("100B x{} from {} processes to one partition", batch, producers),
                                  "one producer"));
    }
  }
}

}  // namespace

void AddManyOfThem(const Scale& scale, Benchmarks& benchmarks) {
  AddPartitions(scale, benchmarks);
  AddProducers(scale, benchmarks);
}

}  // namespace leat::bench
