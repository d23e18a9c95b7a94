// What a scenario has asked of a folder and what it was promised: the bounds of what may be found after a crash.
#ifndef LEAT_TESTS_CRASH_LEDGER_H_
#define LEAT_TESTS_CRASH_LEDGER_H_

#include <leat/leat.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leat::testing {

// In the place of a null value.
inline constexpr const char* kTombstone = "tombstone";

// A record, from which its bytes follow.
struct Sent {
  std::uint32_t serial = 0;  // unlike any other of the scenario
  std::uint32_t size = 0;
  bool is_tombstone = false;  // its value is null; Value() says so

  std::string Value() const;
  std::string Key() const;
};

struct KnownPartition {
  // By offset. Those at `certain` and beyond were asked for, and may be there or not.
  std::vector<Sent> sent;
  Offset certain = 0;  // acknowledged, at whatever level: there as long as the machine runs
  Offset on_disk = 0;  // acknowledged as synced: there after a power loss

  // The log begins at the first at least, and at the second at most: trims that were acknowledged, and asked for.
  Offset trimmed = 0;
  Offset trimming = 0;

  // Of the group's commits, in their order.
  std::vector<Offset> commits;
  std::size_t commits_certain = 0;
  std::size_t commits_on_disk = 0;
};

enum class Phase : std::uint8_t { kCreating, kThere, kDeleting, kGone };

// One incarnation of a topic.
struct KnownTopic {
  std::string name;
  std::string id = {};  // empty until it was told
  Phase phase = Phase::kCreating;
  bool compacts = false;             // of each key, only the newest record need be there
  std::int64_t compacted_away = 0;   // records, by what compactions have told
  std::int64_t tombstones_gone = 0;  // among them
  PartitionId partitions_at_least = 1;
  PartitionId partitions_at_most = 1;
  std::vector<KnownPartition> partitions = {};
};

using Known = std::vector<KnownTopic>;

// What is known at a moment. Threads: those of the scenario write, those that take pictures read.
template <typename Facts>
class LedgerOf {
 public:
  LedgerOf() = default;
  explicit LedgerOf(Facts known) : known_(std::move(known)) {}

  Facts Copy() const {
    const std::lock_guard lock(mutex_);
    return known_;
  }

  template <typename Change>
  void Note(const Change& change) {
    const std::lock_guard lock(mutex_);
    change(known_);
  }

 private:
  mutable std::mutex mutex_;
  Facts known_;
};

using Ledger = LedgerOf<Known>;

}  // namespace leat::testing

#endif  // LEAT_TESTS_CRASH_LEDGER_H_
