// From a time to an offset in a log of many segments, beside the same in a log of one: what one index search alone takes.
#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "harness/clock.h"
#include "harness/flow.h"
#include "harness/values.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

constexpr std::size_t kValueSize = 1000;
constexpr std::size_t kBatch = 4;
constexpr std::int64_t kSegment = 64 << 10;
constexpr const char* kTopic = "offset_for_time";

// One millisecond a record, from 1 on.
absl::StatusOr<Offset> Fill(Partition& partition, std::int64_t segments) {
  Values values(kValueSize);
  BatchBuilder builder;
  Offset next = 0;
  for (std::int64_t bytes = 0; bytes < segments * kSegment;) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      ++next;
      if (!builder.Append(nullptr, values.Stamp(static_cast<std::uint64_t>(next)), {}, next)) {
        return absl::InternalError("a batch became too large");
      }
    }
    bytes += static_cast<std::int64_t>(builder.size());
    if (const auto appended = partition.Append(builder); !appended.ok()) return appended.status();
  }
  return next;
}

absl::Status Look(const Partition& partition, Offset wanted) {
  const auto found = partition.OffsetForTime(Timestamp(std::chrono::milliseconds(wanted + 1)));
  if (!found.ok()) return found.status();
  return *found == wanted ? absl::OkStatus() : absl::InternalError(fmt::format("offset {} was not found", wanted));
}

// Microseconds a search, for times in finished segments at random, when each of these has been searched once.
absl::StatusOr<double> Search(const std::string& folder, std::int64_t segments, std::int64_t searches) {
  absl::StatusOr<Broker> broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  absl::StatusOr<Topic> topic =
      broker->EnsureTopic(kTopic, {.segment_bytes = kSegment, .max_message_bytes = kSegment});
  if (!topic.ok()) return topic.status();
  const DeletedAtEnd deleted(*broker, kTopic);
  absl::StatusOr<Partition> partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  const absl::StatusOr<Offset> end = Fill(*partition, segments + 1);
  if (!end.ok()) return end.status();
  const auto finished = static_cast<std::uint64_t>(*end * segments / (segments + 1));
  constexpr Offset kLessThanASegment = 16;
  for (Offset offset = 0; offset < static_cast<Offset>(finished); offset += kLessThanASegment) {
    if (absl::Status found = Look(*partition, offset); !found.ok()) return found;
  }
  std::uint64_t state = 88172645463325252;
  const std::int64_t begin = NowNs();
  for (std::int64_t i = 0; i < searches; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    if (absl::Status found = Look(*partition, static_cast<Offset>(state % finished)); !found.ok()) return found;
  }
  return SecondsSince(begin) * 1e6 / static_cast<double>(searches);
}

}  // namespace

void AddOffsetForTime(const Scale& scale, Benchmarks& benchmarks) {
  const std::int64_t segments = scale.quick ? 100 : 1000;
  const std::int64_t searches = scale.slow_records / 10;
  benchmarks.push_back({.name = "offset_for_time/segments_1000",
                        .what = fmt::format("from a time to an offset, in a log of {} finished segments", segments),
                        .unit = "us",
                        .better = Better::kLower,
                        .leat = [=](const std::string& folder) { return Search(folder, segments, searches); },
                        .reference_name = "one index search alone",
                        .reference = [=](const std::string& folder) { return Search(folder, 1, searches); },
                        .target_ratio = 2.0});
}

}  // namespace leat::bench
