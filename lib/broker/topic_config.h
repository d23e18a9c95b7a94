// Which settings a topic may have.
#ifndef LEAT_BROKER_TOPIC_CONFIG_H_
#define LEAT_BROKER_TOPIC_CONFIG_H_

#include <cstdint>

#include <leat/topic_options.h>
#include <leat/types.h>
#include "absl/status/status.h"

namespace leat::broker {

inline constexpr std::int64_t kSegmentBytesMin = 64 << 10;
inline constexpr std::int64_t kSegmentBytesMax = (std::int64_t{2} << 30) - 1;
inline constexpr std::int32_t kPartitionsMax = 65536;

// kInvalidArgument, naming the setting, its value and its range.
absl::Status CheckTopicOptions(const TopicOptions& options, bool in_memory);

// Whether an append, or a topic, may ask for `durability` here.
absl::Status CheckDurability(Durability durability, bool in_memory);

// As they are kept, which no defaults change any more: kTopicDefault is kProcess, and in memory segments are at most a
// quarter of `size_limit` (but never less than 64 KiB), because only whole segments can be dropped. The largest batch
// shrinks with them.
TopicOptions NormalizeTopicOptions(TopicOptions options, std::int64_t size_limit);

}  // namespace leat::broker

#endif  // LEAT_BROKER_TOPIC_CONFIG_H_
