#include "rows/observe.h"

#include <fmt/format.h>
#include <leat/leat.h>

#include <chrono>
#include <cstdlib>
#include <cstring>

#include "harness/clock.h"
#include "rows/visibility.h"

namespace leat::bench {
namespace {

using std::chrono_literals::operator""s;

constexpr std::chrono::seconds kNothingForSoLong = 20s;

}  // namespace

absl::StatusOr<Topic> VisibilityTopic(Broker& broker) { return broker.EnsureTopic("visibility"); }

absl::StatusOr<std::vector<std::int64_t>> Observe(Broker& broker, std::int64_t records, Watching watching,
                                                  const std::function<void()>& ready) {
  absl::StatusOr<Topic> topic = VisibilityTopic(broker);
  if (!topic.ok()) return topic.status();
  absl::StatusOr<Consumer> consumer = Consumer::Open(broker, {.auto_offset_reset = OffsetReset::kEarliest});
  if (!consumer.ok()) return consumer.status();
  if (absl::Status s = consumer->Assign({TopicPartition{topic->name(), 0}}); !s.ok()) return s;
  const std::chrono::nanoseconds timeout = watching == Watching::kSpinning ? 0s : 1s;

  ready();
  std::vector<std::int64_t> ticks;
  ticks.reserve(static_cast<std::size_t>(records));
  std::int64_t last_ns = NowNs();
  while (static_cast<std::int64_t>(ticks.size()) < records) {
    const ConsumerRecords polled = consumer->Poll(timeout);
    bool some = false;
    for (const ConsumerRecord& record : polled) {
      const std::int64_t now = Ticks();
      std::int64_t due = 0;
      if (record.value().size() < sizeof(due)) return absl::DataLossError("a record is too short");
      std::memcpy(&due, record.value().data(), sizeof(due));
      ticks.push_back(now - due);
      some = true;
    }
    if (!polled.status().ok()) return polled.status();
    if (some) {
      last_ns = NowNs();
    } else if (NowNs() - last_ns > std::chrono::nanoseconds(kNothingForSoLong).count()) {
      return absl::DeadlineExceededError(fmt::format("{} of {} records came", ticks.size(), records));
    }
  }
  return ticks;
}

absl::StatusOr<std::string> ObserveRole(const std::vector<std::string>& arguments, const ReadyThenGo& ready) {
  if (arguments.size() != 4) return absl::InvalidArgumentError("observe FOLDER RECORDS SPIN FRACTION");
  absl::StatusOr<Broker> broker = Broker::Open(arguments[0]);
  if (!broker.ok()) return broker.status();
  absl::Status go;
  const auto watching = arguments[2] == "1" ? Watching::kSpinning : Watching::kSleeping;
  auto ticks = Observe(*broker, std::atoll(arguments[1].c_str()), watching, [&] { go = ready(); });
  if (!go.ok()) return go;
  if (!ticks.ok()) return ticks.status();
  return fmt::format("{}", TicksToNs(*ticks, std::atof(arguments[3].c_str())));
}

}  // namespace leat::bench
