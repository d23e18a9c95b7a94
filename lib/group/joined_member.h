// What a Member has while it is in its group.
#ifndef LEAT_GROUP_JOINED_MEMBER_H_
#define LEAT_GROUP_JOINED_MEMBER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "broker/folder.h"
#include "group/group_file.h"
#include "group/locked_group.h"
#include "group/member.h"
#include "group/offset_table.h"
#include "group/topic_facts.h"

namespace leat::group {

class Member::Joined {
 public:
  Joined(std::shared_ptr<GroupFile> group_file, std::string the_lock)
      : file(std::move(group_file)), table(*file), lock_name(std::move(the_lock)) {}

  MemberLine& line() const { return file->line(index); }
  bool IsFenced() const { return line().epoch.load(std::memory_order_acquire) != epoch; }

  // Calls `apply(LockedGroup&, facts)` with what is known of the topics now, under the lock, once there is an entry for
  // each of their partitions.
  template <typename Apply>
  absl::Status ApplyWithFacts(broker::Folder& folder, const std::vector<std::string>& topics, Apply apply) {
    // Looked up without the lock, since it reads files; and again when the topics have changed until we had it.
    for (int attempt = 1;; ++attempt) {
      const std::uint64_t generation = folder.TopicListGeneration();
      const absl::StatusOr<std::vector<TopicFact>> facts = LookUpTopics(folder, topics);
      if (!facts.ok()) return facts.status();
      LockedGroup group(folder, *file, lock_name);
      if (!group.status().ok()) return group.status();
      if (folder.TopicListGeneration() != generation && attempt < kAttempts) continue;
      for (const TopicFact& fact : *facts) {
        if (auto s = table.Ensure(*file, fact.id, fact.name, fact.partitions); !s.ok()) return s;
      }
      return apply(group, *facts);
    }
  }

  const std::shared_ptr<GroupFile> file;
  OffsetTable table;
  const std::string lock_name;
  MemberIndex index = kNobody;
  std::uint32_t epoch = 0;
  std::uint64_t version_seen = 0;
  bool assignor_due = false;                         // in the state that was seen last
  std::vector<GroupPartition> revoked;               // and not acknowledged yet
  absl::flat_hash_map<EntryPlace, EntryKey> places;  // of what it owns

 private:
  // Topics that change all the time are looked up anew by the member's next Resubscribe.
  static constexpr int kAttempts = 10;
};

}  // namespace leat::group

#endif  // LEAT_GROUP_JOINED_MEMBER_H_
