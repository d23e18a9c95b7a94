#include "harness/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "harness/values.h"

namespace leat::bench {

std::vector<std::string> Flow::ToArguments() const {
  std::vector<std::string> arguments;
  for (const std::int64_t number :
       {static_cast<std::int64_t>(value_size), std::int64_t{batch}, records, std::int64_t{partitions},
        std::int64_t{producers}, static_cast<std::int64_t>(road)}) {
    arguments.push_back(std::to_string(number));
  }
  return arguments;
}

Flow Flow::FromArguments(const std::vector<std::string>& arguments) {
  const auto number = [&arguments](std::size_t i) {
    return i < arguments.size() ? std::strtoll(arguments[i].c_str(), nullptr, 10) : 0;
  };
  return {.value_size = static_cast<std::size_t>(number(0)),
          .batch = static_cast<std::int32_t>(number(1)),
          .records = number(2),
          .partitions = static_cast<std::int32_t>(number(3)),
          .producers = static_cast<std::int32_t>(number(4)),
          .road = static_cast<Road>(number(5))};
}

std::int64_t BatchBytes(const Flow& flow) {
  Values values(flow.value_size);
  BatchBuilder batch;
  for (std::int32_t i = 0; i < flow.batch; ++i) {
    if (!batch.Append(nullptr, values.Stamp(0), {}, 0)) return 0;
  }
  return static_cast<std::int64_t>(batch.size());
}

std::int64_t LogBytes(const Flow& flow) { return flow.records / flow.batch * BatchBytes(flow); }

Flow FlowOf(std::int64_t bytes, std::size_t value_size, std::int32_t batch) {
  Flow flow{.value_size = value_size, .batch = batch, .road = batch == 1 ? Road::kSend : Road::kBuilder};
  flow.records = std::max(std::int64_t{1}, bytes / BatchBytes(flow)) * batch;
  return flow;
}

absl::StatusOr<Broker> OpenBroker(const Flow& flow, const std::string& folder) {
  return flow.memory > 0 ? Broker::InMemory({.size_limit = flow.memory}) : Broker::Open(folder);
}

absl::StatusOr<Topic> MakeTopic(const Flow& flow, Broker& broker) {
  TopicOptions options{.partitions = flow.partitions};
  // A batch of 256 times 10 KiB is larger than what a topic takes by default.
  options.max_message_bytes = 8 << 20;
  if (flow.memory > 0) options.segment_bytes = flow.memory / 8;
  return broker.EnsureTopic("flow", options);
}

}  // namespace leat::bench
