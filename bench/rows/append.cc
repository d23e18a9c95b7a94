// Batches that are there already, into a partition: no encoding, no reader.
#include <fmt/format.h>

#include "harness/bounds.h"
#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

absl::StatusOr<double> AppendAgain(const Flow& flow, const std::string& folder) {
  absl::StatusOr<Broker> broker = OpenBroker(flow, folder);
  if (!broker.ok()) return broker.status();
  const absl::StatusOr<Topic> topic = MakeTopic(flow, *broker);
  if (!topic.ok()) return topic.status();
  const DeletedAtEnd deleted(*broker, topic->name());
  absl::StatusOr<Partition> partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  Values values(flow.value_size);
  BatchBuilder builder;
  for (std::int32_t i = 0; i < flow.batch; ++i) {
    if (!builder.Append(nullptr, values.Stamp(0), {}, 1)) return absl::InternalError("a batch became too large");
  }
  const std::span<const std::byte> batch = builder.Seal({});

  const std::int64_t begin_ns = NowNs();
  for (std::int64_t i = 0; i < flow.records; i += flow.batch) {
    if (const auto delivery = partition->Append(batch); !delivery.ok()) return delivery.status();
  }
  return static_cast<double>(flow.records) / 1e6 / SecondsSince(begin_ns);
}

}  // namespace

void AddAppend(const Scale& scale, Benchmarks& benchmarks) {
  for (const std::int32_t batch : {256, 16, 1}) {
    const Flow flow = FlowOf(scale.bytes, 100, batch);
    benchmarks.push_back(
        {.name = fmt::format("append/100Bx{}", batch),
         .what = fmt::format("the same batch of {} x 100B appended again and again, verified", batch),
         .unit = "M msg/s",
         .leat = [flow](const std::string& folder) { return AppendAgain(flow, folder); },
         .reference_name = "raw log",
         .reference = [flow](const std::string& folder) { return RawLog(flow, folder); }});
  }
}

}  // namespace leat::bench
