// What recovery cuts off a log is kept, not thrown away: in the folder salvage/<topic>-<partition>/, under names that
// say what it was and where it stood.
#ifndef LEAT_LOG_SALVAGE_H_
#define LEAT_LOG_SALVAGE_H_

#include <leat/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

class Salvage {
 public:
  // `folder` is the one named salvage; it and the partition's below it are made when there is something to keep.
  Salvage(io::FileSystem& files, std::string folder, const TopicPartition& partition, const io::FileInfo& like);

  // Copies [position, end) of a segment's file to
  // "<base>.log.position-<position>.offset-<offset>.crc-<checksum>", synced; returns its path. The same bytes get the
  // same name: who is killed and does it again leaves one copy. (Callers leave out zeros at the end: they may be room
  // that was made.)
  absl::StatusOr<std::string> KeepTail(const io::File& log, Offset base, std::int64_t position, std::int64_t end,
                                       Offset offset);

  // Moves the whole file of a segment to "<base>.log", or "<base>.log.2" and so on where there is one already;
  // returns its path. Not synced: SyncFolders().
  absl::StatusOr<std::string> KeepSegment(const std::string& partition_folder, Offset base);

  // The same for any other file: moves `path` to `name`, or `name` with a number behind it.
  absl::StatusOr<std::string> KeepFile(const std::string& path, std::string_view name);

  // What was moved here is on the disk.
  absl::Status SyncFolders();

 private:
  absl::Status MakeFolders();
  absl::Status MakeFolder(const std::string& folder);

  io::FileSystem& files_;
  std::string parent_;
  std::string folder_;
  io::FileInfo like_;
  bool made_ = false;
};

}  // namespace leat::log

#endif  // LEAT_LOG_SALVAGE_H_
