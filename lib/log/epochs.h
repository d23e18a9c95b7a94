// Which leader epoch began at which offset: the file leader-epoch-checkpoint, in Kafka's form. Lines of text: version
// 0, the number of entries, then an epoch and the offset it began with, each.
#ifndef LEAT_LOG_EPOCHS_H_
#define LEAT_LOG_EPOCHS_H_

#include <leat/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

inline constexpr std::string_view kEpochsFileName = "leader-epoch-checkpoint";

struct EpochStart {
  LeaderEpoch epoch = -1;
  Offset start = 0;

  friend bool operator==(const EpochStart&, const EpochStart&) = default;
};

// The epochs of a log, oldest first; epochs and offsets grow strictly from entry to entry.
class Epochs {
 public:
  // `path` is for messages. kDataLoss, naming path and line, when the text is not of that form.
  static absl::StatusOr<Epochs> Parse(std::string_view text, std::string_view path);
  std::string Format() const;

  const std::vector<EpochStart>& entries() const { return entries_; }
  // -1 while there is none.
  LeaderEpoch latest() const { return entries_.empty() ? -1 : entries_.back().epoch; }
  // The epoch of the record at `offset`; -1 when it is older than all that is known.
  LeaderEpoch At(Offset offset) const;

  // `epoch` begins at `start`. Entries that contradict it go: those of this epoch or later ones, and those that begin
  // there or behind it (they had no records).
  void Append(LeaderEpoch epoch, Offset start);
  // The log ends at `end` now: what begins there or behind it goes.
  void TruncateFromEnd(Offset end);
  // The log begins at `start` now: older epochs go, the one that `start` lies in begins there.
  void TruncateFromStart(Offset start);

  friend bool operator==(const Epochs&, const Epochs&) = default;

 private:
  std::vector<EpochStart> entries_;
};

// kNotFound when there is no such file, kDataLoss when it can't be read as one.
absl::StatusOr<Epochs> ReadEpochs(io::FileSystem& files, const std::string& partition_folder);
// Replaces the file, synced.
absl::Status WriteEpochs(io::FileSystem& files, const std::string& partition_folder, const Epochs& epochs,
                         const io::FileInfo& like);

}  // namespace leat::log

#endif  // LEAT_LOG_EPOCHS_H_
