// Forgetting what groups that nobody is in have committed.
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "broker/topics.h"
#include "group/dead_members.h"
#include "group/group.h"
#include "group/group_file.h"
#include "group/locked_group.h"
#include "group/offset_table.h"
#include "group/open_group.h"

namespace leat::group {
namespace {

constexpr std::chrono::minutes kExpireEvery{10};

// Whether it is time, and this caller's turn.
bool TakeTurn(broker::Folder& folder) {
  const std::int64_t now = folder.clock().Monotonic().count();
  std::int64_t last = folder.offsets_expired_at().load(std::memory_order_relaxed);
  if (last != 0 && now - last < std::chrono::nanoseconds(kExpireEvery).count()) return false;
  return folder.offsets_expired_at().compare_exchange_strong(last, now, std::memory_order_relaxed);
}

class Expiry {
 public:
  explicit Expiry(broker::Folder& folder) : folder_(folder), now_(folder.clock().WallMillis()) {}

  // Whether the group remembers nothing any more.
  absl::StatusOr<bool> Expire(const std::string& id);

 private:
  bool IsOver(const OffsetTable::Entry& entry, const CommittedOffset& committed, std::int64_t empty_since);
  bool IsOfToday(const OffsetTable::Entry& entry);

  broker::Folder& folder_;
  const std::int64_t now_;
  absl::flat_hash_map<std::string, base::Uuid> topics_;  // that were looked up; all zeros: there is none
};

absl::StatusOr<bool> Expiry::Expire(const std::string& id) {
  absl::StatusOr<std::unique_ptr<GroupFile>> file = OpenGroupFile(folder_, id, GroupOpening::kExisting);
  if (!file.ok()) return file.status();
  if (auto s = (*file)->VerdictStatus(); !s.ok()) return s;
  if (auto s = RemoveTheDead(folder_, **file, LockName(id), LookAtOthers::kNow); !s.ok()) return s;
  LockedGroup group(folder_, **file, LockName(id), LockedGroup::Waiting::kNot);
  if (!group.status().ok()) return group.status();
  if (auto s = group.CheckNoMembers(id); !s.ok()) return s;
  OffsetTable table(**file);
  if (auto s = table.Damage(); !s.ok()) return s;
  const std::int64_t empty_since = (*file)->header().empty_since.load(std::memory_order_relaxed);
  bool any_left = false;
  for (const OffsetTable::Entry& entry : table.All()) {
    const auto committed = ReadEntry(**file, entry.place, entry.key);
    if (!committed.ok()) return committed.status();
    if (!committed->has_value()) continue;
    if (IsOver(entry, **committed, empty_since)) {
      auto s = WriteEntry(**file, entry.place, entry.key, {.offset = -1, .committed_at = now_});
      if (!s.ok()) return s;
    } else {
      any_left = true;
    }
  }
  // One that was made a moment ago is about to be joined.
  return !any_left && now_ - empty_since > folder_.offsets_retention().count();
}

bool Expiry::IsOver(const OffsetTable::Entry& entry, const CommittedOffset& committed, std::int64_t empty_since) {
  if (!IsOfToday(entry)) return true;
  const std::int64_t last = std::max(empty_since, committed.committed_at.time_since_epoch().count());
  return now_ - last > folder_.offsets_retention().count();
}

bool Expiry::IsOfToday(const OffsetTable::Entry& entry) {
  const auto [at, is_new] = topics_.try_emplace(entry.topic);
  if (is_new) {
    const absl::StatusOr<broker::TopicFile> topic = broker::ReadTopic(folder_, entry.topic);
    if (topic.ok()) at->second = topic->id;
    // It cannot be told: as if it were there.
    if (!topic.ok() && !absl::IsNotFound(topic.status())) at->second = entry.key.topic_id;
  }
  return at->second == entry.key.topic_id;
}

}  // namespace

absl::Status ExpireOffsets(const std::shared_ptr<broker::Folder>& folder) {
  if (folder == nullptr || folder->read_only() || folder->offsets_retention() == std::chrono::milliseconds::zero()) {
    return absl::OkStatus();
  }
  if (auto s = folder->Usable(); !s.ok()) return s;
  if (!TakeTurn(*folder)) return absl::OkStatus();
  const absl::StatusOr<std::vector<std::string>> ids = ListGroups(*folder);
  if (!ids.ok()) return ids.status();
  Expiry expiry(*folder);
  for (const std::string& id : *ids) {
    // What keeps a group from it is its own affair: members, a lock that is held, damage.
    const absl::StatusOr<bool> empty = expiry.Expire(id);
    if (empty.ok() && *empty) DeleteGroup(folder, id).IgnoreError();
  }
  return absl::OkStatus();
}

}  // namespace leat::group
