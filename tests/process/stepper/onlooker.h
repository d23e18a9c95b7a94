// Follows a topic read-only, without a lock and a slot, whatever happens to those who write.
#ifndef LEAT_TESTS_PROCESS_STEPPER_ONLOOKER_H_
#define LEAT_TESTS_PROCESS_STEPPER_ONLOOKER_H_

#include <fmt/format.h>
#include <leat/leat.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "process/stepper/operation.h"

namespace leat::process_test {

class Onlooker {
 public:
  absl::Status Open(const std::string& folder) {
    auto broker = Broker::Open(folder, {.mode = OpenMode::kReadOnly});
    if (!broker.ok()) return broker.status();
    auto consumer = Consumer::Open(*broker, {.auto_offset_reset = OffsetReset::kEarliest});
    if (!consumer.ok()) return consumer.status();
    consumer_ = *std::move(consumer);
    return consumer_->Subscribe({kTopic});
  }

  // Reads on until it has seen all below `end`: each once and in order. Compaction may have left gaps.
  absl::Status ReadTo(Offset end, bool gaps = false) {
    const auto hang = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (next_ < end) {
      const ConsumerRecords records = consumer_->Poll(std::chrono::milliseconds(100));
      if (!records.status().ok()) return records.status();
      for (const ConsumerRecord& record : records) {
        const Offset expected = std::exchange(next_, record.offset() + 1);
        if (gaps ? record.offset() < expected : record.offset() != expected) {
          return absl::DataLossError(fmt::format("an onlooker is shown offset {} out of turn", record.offset()));
        }
      }
      if (std::chrono::steady_clock::now() > hang) {
        return absl::DeadlineExceededError(fmt::format("an onlooker is shown nothing behind {} of {}", next_, end));
      }
    }
    return absl::OkStatus();
  }

 private:
  std::optional<Consumer> consumer_;
  Offset next_ = 0;
};

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_STEPPER_ONLOOKER_H_
