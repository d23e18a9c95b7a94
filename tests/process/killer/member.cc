// A process that is, again and again, a member of the group that reads the topic that is checked: it joins, notes what it is
// given, commits at both levels, leaves.
#include <fmt/format.h>
#include <leat/leat.h>

#include <random>
#include <utility>

#include "process/killer/content.h"
#include "process/killer/parts.h"

namespace leat::process_test {
namespace {

using namespace std::chrono_literals;

class Member {
 public:
  explicit Member(const PartOptions& options)
      : options_(options),
        board_(MapBoard(options.board, false)),
        self_kill_(options.deed, options.nth, options.delay),
        random_(options.seed) {}

  int Play() {
    const absl::Status status = Run();
    if (status.ok()) return 0;
    board_.Fail(fmt::format("member {}: {}", options_.number, status.ToString()));
    return 3;
  }

 private:
  bool Stopped() const { return board_.stop.load(std::memory_order_relaxed) != 0; }

  absl::Status Run() {
    self_kill_.Begins(Deed::kOpen);
    auto broker = Broker::Open(options_.folder);
    if (!broker.ok()) return broker.status();
    while (!Stopped()) {
      if (auto s = OneMembership(*broker); !s.ok()) return s;
    }
    self_kill_.Begins(Deed::kClose);
    return broker->Close();
  }

  absl::Status OneMembership(const Broker& broker) {
    self_kill_.Begins(Deed::kJoin);
    auto consumer = Consumer::Open(
        broker, {.group_id = kGroupId, .enable_auto_commit = false, .auto_offset_reset = OffsetReset::kEarliest});
    if (!consumer.ok()) return consumer.status();
    if (auto s = consumer->Subscribe({kTopicName}); !s.ok()) return s;
    for (std::uint64_t polls = 1 + random_() % 30; polls > 0 && !Stopped(); --polls) {
      if (auto s = PollOnce(*consumer); !s.ok()) return s;
    }
    self_kill_.Begins(Deed::kLeave);
    const absl::Status closed = consumer->Close();
    return absl::IsAborted(closed) ? absl::OkStatus() : closed;
  }

  absl::Status PollOnce(Consumer& consumer) {
    const ConsumerRecords records = consumer.Poll(5ms);
    if (!records.status().ok()) return records.status();
    for (const ConsumerRecord& record : records) {
      if (!Decode(record.value()).has_value()) {
        return absl::InternalError(
            fmt::format("partition {} offset {}: not what was written", record.partition(), record.offset()));
      }
      if (!board_.NoteDelivered(record.partition(), record.offset())) board_.stop.store(1);
    }
    board_.progress[options_.seat].fetch_add(1, std::memory_order_relaxed);
    if (random_() % 3 == 0) return absl::OkStatus();
    self_kill_.Begins(Deed::kCommit);
    const absl::Status committed = consumer.Commit(random_() % 4 == 0 ? Durability::kDisk : Durability::kProcess);
    // Somebody else has its partitions, who begins where it had committed before.
    return absl::IsAborted(committed) ? absl::OkStatus() : committed;
  }

  const PartOptions options_;
  Board& board_;
  SelfKill self_kill_;
  std::mt19937_64 random_;
};

}  // namespace

int PlayMember(const PartOptions& options) { return Member(options).Play(); }

}  // namespace leat::process_test
