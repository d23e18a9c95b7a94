// A process that follows the topic that is checked from its beginning, and checks what can be checked while others
// write: no gap, no duplicate, each writer's order, every byte.
#include <fmt/format.h>
#include <leat/leat.h>

#include <array>
#include <map>
#include <utility>

#include "process/killer/content.h"
#include "process/killer/parts.h"

namespace leat::process_test {
namespace {

using namespace std::chrono_literals;

class Reader {
 public:
  Reader(const PartOptions& options, OpenMode mode)
      : options_(options),
        mode_(mode),
        board_(MapBoard(options.board, false)),
        self_kill_(options.deed, options.nth, options.delay) {}

  int Play() {
    const absl::Status status = Run();
    if (status.ok()) return 0;
    board_.Fail(fmt::format("reader {}: {}", options_.number, status.ToString()));
    return 3;
  }

 private:
  absl::Status Run() {
    self_kill_.Begins(Deed::kOpen);
    auto broker = Broker::Open(options_.folder, {.mode = mode_});
    if (!broker.ok()) return broker.status();
    auto consumer = Consumer::Open(*broker, {.auto_offset_reset = OffsetReset::kEarliest});
    if (!consumer.ok()) return consumer.status();
    if (auto s = consumer->Subscribe({kTopicName}); !s.ok()) return s;
    while (board_.stop.load(std::memory_order_relaxed) == 0) {
      self_kill_.Begins(Deed::kRead);
      const ConsumerRecords records = consumer->Poll(20ms);
      for (const ConsumerRecord& record : records) {
        if (auto s = Check(record); !s.ok()) return s;
      }
      if (!records.status().ok()) return records.status();
      board_.progress[options_.seat].fetch_add(1, std::memory_order_relaxed);
    }
    self_kill_.Begins(Deed::kClose);
    return broker->Close();
  }

  absl::Status Check(const ConsumerRecord& record) {
    const auto wrong = [&](std::string_view what) {
      return absl::InternalError(
          fmt::format("partition {} offset {}: {}", record.partition(), record.offset(), what));
    };
    Offset& next = next_[static_cast<std::size_t>(record.partition())];
    if (record.offset() != next) return wrong(fmt::format("expected offset {}", next));
    ++next;
    const auto content = Decode(record.value());
    if (!content.has_value()) return wrong("not what was written");
    const auto [last, is_first] = last_.try_emplace({content->writer, record.partition()}, content->sequence());
    if (!is_first && content->sequence() <= std::exchange(last->second, content->sequence())) {
      return wrong(fmt::format("record {} of writer {} comes late or again", content->sequence(), content->writer));
    }
    return absl::OkStatus();
  }

  const PartOptions options_;
  const OpenMode mode_;
  Board& board_;
  SelfKill self_kill_;
  std::array<Offset, kPartitions> next_{};
  std::map<std::pair<std::uint64_t, PartitionId>, std::uint64_t> last_;
};

}  // namespace

int PlayReader(const PartOptions& options) { return Reader(options, OpenMode::kExisting).Play(); }
int PlayOnlooker(const PartOptions& options) { return Reader(options, OpenMode::kReadOnly).Play(); }

}  // namespace leat::process_test
