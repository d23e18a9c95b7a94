// What one entry of a group's file remembers: reading it without a lock, and remembering something else.
//
// Two slots: a commit fills the one that is not current, and its last store, of the checksum, makes it so. A slot
// whose checksum is still to come belongs to somebody who is writing, or died writing, and does not count. One whose
// checksum is wrong is damaged.
#ifndef LEAT_GROUP_OFFSET_ENTRY_H_
#define LEAT_GROUP_OFFSET_ENTRY_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random.h"
#include "group/group_file.h"
#include "group/offset.h"

namespace leat::group {

// Whose an entry is; its checksums are over that, too.
struct EntryKey {
  base::Uuid topic_id{};
  PartitionId partition = 0;
};

enum class DamagedSlots : std::uint8_t {
  kRefused,  // of a group in use: kDataLoss
  kIgnored,  // after a reboot, when they are what had not been written out: the last commit that is whole counts
};

// nullopt: nothing was committed, or it was forgotten. `place` is of an entry that the file has.
absl::StatusOr<std::optional<CommittedOffset>> ReadEntry(const GroupFile& file, EntryPlace place, const EntryKey& key,
                                                         DamagedSlots damaged = DamagedSlots::kRefused);

struct NewOffset {
  Offset offset = 0;  // -1: forget it
  LeaderEpoch leader_epoch = -1;
  std::string_view metadata = {};
  std::int64_t committed_at = 0;  // wall clock in ms
  Offset set_back_from = -1;
};

// Sees to it that WriteEntry of this much metadata has room; kResourceExhausted. Under the group's lock, as
// that is.
absl::Status MakeRoomForMetadata(GroupFile& file, EntryPlace place, std::size_t size);

// Makes damaged slots unused, so that they stand in nobody's way: before an offset is set that does not depend on them.
// Under the group's lock.
void ClearDamagedSlots(GroupFile& file, EntryPlace place, const EntryKey& key);

// kDataLoss when somebody has written over what MakeRoomForMetadata has made: nothing was written then.
absl::Status WriteEntry(GroupFile& file, EntryPlace place, const EntryKey& key, const NewOffset& offset);

}  // namespace leat::group

#endif  // LEAT_GROUP_OFFSET_ENTRY_H_
