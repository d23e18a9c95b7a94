// Where in a group's file the entry of which partition is.
#ifndef LEAT_GROUP_OFFSET_TABLE_H_
#define LEAT_GROUP_OFFSET_TABLE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random.h"
#include "group/group_file.h"
#include "group/offset.h"
#include "group/offset_entry.h"

namespace leat::group {

// A map of one's own over the extents that are published; what is found stays where it is. Not safe from several
// threads at once.
class OffsetTable {
 public:
  explicit OffsetTable(const GroupFile& file) : file_(file) {}

  // 0 when there is none.
  EntryPlace Find(const EntryKey& key);

  // Sees to it that each of the first `partitions` partitions has an entry. Under the group's lock.
  // kResourceExhausted; kDataLoss when the file is damaged and may have them where they cannot be found.
  absl::Status Ensure(GroupFile& file, const base::Uuid& topic_id, std::string_view topic, PartitionId partitions);

  struct Entry {
    EntryPlace place;
    EntryKey key;
    std::string topic;
  };
  // All entries that can be found, in the order of the file.
  std::vector<Entry> All();

  // The same for one partition: its place.
  absl::StatusOr<EntryPlace> Make(GroupFile& file, const EntryKey& key, std::string_view topic,
                                  PartitionId partitions);

  // kDataLoss, naming the byte, where the file has something else than an extent, or ends too early; OK when all that is
  // published can be looked at.
  absl::Status Damage();

 private:
  struct Range {
    PartitionId first;
    PartitionId count;
    EntryPlace entries;
    std::string topic;
  };

  void LookAgain();
  void Enter(const Extent& extent);

  const GroupFile& file_;
  absl::flat_hash_map<base::Uuid, std::vector<Range>> ranges_;
  std::vector<base::Uuid> order_;
  EntryPlace seen_ = GroupFile::kBegin;
  std::optional<EntryPlace> first_gap_;
  std::optional<EntryPlace> missing_;  // the file ends there, though more is published: looked at again each time
};

}  // namespace leat::group

#endif  // LEAT_GROUP_OFFSET_TABLE_H_
