#include "log/checkpoint.h"

#include <fmt/format.h>
#include <leat/batch.h>
#include <leat/encoding.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

namespace leat::log {
namespace {

constexpr std::uint32_t kMagic = 0x6c636b70;  // "lckp"
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kAllowGaps = 1;
constexpr std::size_t kSlotStride = 512;
constexpr std::size_t kFileSize = 2 * kSlotStride;
constexpr std::size_t kCrcAt = 72;
constexpr std::size_t kSlotSize = kCrcAt + 4;

using Slot = std::array<std::byte, kSlotSize>;

void Store64(Slot& slot, std::size_t at, std::int64_t value) {
  StoreBig64(slot.data() + at, static_cast<std::uint64_t>(value));
}
std::int64_t Load64(std::span<const std::byte> slot, std::size_t at) {
  return static_cast<std::int64_t>(LoadBig64(slot.data() + at));
}

Slot Encode(const Checkpoint& checkpoint, std::uint64_t sequence) {
  Slot slot{};
  StoreBig32(slot.data(), kMagic);
  StoreBig32(slot.data() + 4, kVersion);
  StoreBig64(slot.data() + 8, sequence);
  Store64(slot, 16, checkpoint.log_start);
  Store64(slot, 24, checkpoint.end);
  Store64(slot, 32, checkpoint.segment_base);
  Store64(slot, 40, checkpoint.position);
  Store64(slot, 48, checkpoint.max_timestamp);
  Store64(slot, 56, checkpoint.segment_first_append);
  StoreBig32(slot.data() + 64, static_cast<std::uint32_t>(checkpoint.epoch));
  StoreBig32(slot.data() + 68, checkpoint.allow_gaps ? kAllowGaps : 0);
  StoreBig32(slot.data() + kCrcAt, Crc32c(std::span(slot).first(kCrcAt)));
  return slot;
}

Checkpoint Decode(std::span<const std::byte> slot) {
  Checkpoint checkpoint;
  checkpoint.log_start = Load64(slot, 16);
  checkpoint.end = Load64(slot, 24);
  checkpoint.segment_base = Load64(slot, 32);
  checkpoint.position = Load64(slot, 40);
  checkpoint.max_timestamp = Load64(slot, 48);
  checkpoint.segment_first_append = Load64(slot, 56);
  checkpoint.epoch = static_cast<LeaderEpoch>(LoadBig32(slot.data() + 64));
  checkpoint.allow_gaps = (LoadBig32(slot.data() + 68) & kAllowGaps) != 0;
  return checkpoint;
}

bool IsPossible(const Checkpoint& checkpoint) {
  return checkpoint.log_start >= 0 && checkpoint.segment_base >= 0 && checkpoint.end >= checkpoint.segment_base &&
         checkpoint.position >= 0;
}

// What is written comes from the page of the partition, which others may have stored to.
absl::Status CheckPossible(const Checkpoint& checkpoint, std::string_view path) {
  if (IsPossible(checkpoint)) return absl::OkStatus();
  return absl::DataLossError(fmt::format(
      "{}: not written: the shared state of the partition says that its log begins at {} and ends at {}, in "
      "the segment of {} at byte {}, which cannot be; somebody has overwritten the file control. Close the "
      "folder in all processes: the next to open it reads the log",
      path, checkpoint.log_start, checkpoint.end, checkpoint.segment_base, checkpoint.position));
}

bool IsWhole(std::span<const std::byte> slot, std::size_t index) {
  return LoadBig32(slot.data()) == kMagic && LoadBig32(slot.data() + kCrcAt) == Crc32c(slot.first(kCrcAt)) &&
         (LoadBig64(slot.data() + 8) & 1) == index;
}

bool IsZero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

absl::StatusOr<CheckpointState> ReadCheckpoint(const io::File& file) {
  std::array<std::byte, kFileSize> bytes{};
  absl::StatusOr<std::size_t> size = file.ReadAt(0, bytes);
  if (!size.ok()) return size.status();
  CheckpointState state;
  for (std::size_t index = 0; index < 2; ++index) {
    const std::span<const std::byte> slot = std::span(bytes).subspan(index * kSlotStride, kSlotSize);
    if (IsZero(slot)) continue;
    if (!IsWhole(slot, index)) {
      state.garbage = true;
      continue;
    }
    if (LoadBig32(slot.data() + 4) > kVersion) {
      return absl::FailedPreconditionError(
          fmt::format("{} was written by a later version of leat: open the folder with that version", file.path()));
    }
    const Checkpoint checkpoint = Decode(slot);
    const std::uint64_t sequence = LoadBig64(slot.data() + 8);
    if (!IsPossible(checkpoint)) {
      state.garbage = true;
    } else if (!state.newest.has_value() || sequence > state.sequence) {
      state.newest = checkpoint;
      state.sequence = sequence;
    }
  }
  return state;
}

absl::StatusOr<CheckpointState> ReadCheckpoint(io::FileSystem& files, const std::string& partition_folder) {
  absl::StatusOr<std::unique_ptr<io::File>> file =
      files.Open(io::JoinPath(partition_folder, kCheckpointFileName), io::OpenMode::kRead);
  if (absl::IsNotFound(file.status())) return CheckpointState{};
  if (!file.ok()) return file.status();
  return ReadCheckpoint(**file);
}

absl::StatusOr<std::unique_ptr<io::File>> OpenCheckpoint(io::FileSystem& files, const std::string& partition_folder,
                                                         const io::FileInfo& like) {
  const std::string path = io::JoinPath(partition_folder, kCheckpointFileName);
  absl::StatusOr<std::unique_ptr<io::File>> file = files.Open(path, io::OpenMode::kReadWrite);
  if (file.ok() || !absl::IsNotFound(file.status())) return file;
  file = files.Open(path, io::OpenMode::kCreate);
  if (!file.ok()) return file;
  absl::Status status = (*file)->TakePermissionsOf(like);
  if (status.ok()) status = (*file)->Allocate(kFileSize);
  if (status.ok()) status = (*file)->Sync();
  if (status.ok()) status = files.SyncDirectory(partition_folder);
  if (!status.ok()) return status;
  return file;
}

absl::Status WriteCheckpoint(io::File& file, Checkpoint checkpoint) {
  if (absl::Status status = CheckPossible(checkpoint, file.path()); !status.ok()) return status;
  absl::StatusOr<CheckpointState> state = ReadCheckpoint(file);
  if (!state.ok()) return state.status();
  if (state->newest.has_value()) {
    checkpoint.log_start = std::max(checkpoint.log_start, state->newest->log_start);
    checkpoint.allow_gaps = checkpoint.allow_gaps || state->newest->allow_gaps;
  }
  const std::uint64_t sequence = state->sequence + 1;
  const Slot slot = Encode(checkpoint, sequence);
  const auto position = static_cast<std::int64_t>((sequence & 1) * kSlotStride);
  if (absl::Status status = file.WriteAt(position, slot); !status.ok()) return status;
  return file.Sync();
}

absl::Status SaveCheckpoint(io::FileSystem& files, const std::string& partition_folder, const Checkpoint& checkpoint,
                            const io::FileInfo& like) {
  const std::string path = io::JoinPath(partition_folder, kCheckpointFileName);
  absl::StatusOr<std::unique_ptr<io::File>> file = files.Open(path, io::OpenMode::kReadWrite);
  if (file.ok()) return WriteCheckpoint(**file, checkpoint);
  if (!absl::IsNotFound(file.status())) return file.status();
  if (absl::Status status = CheckPossible(checkpoint, path); !status.ok()) return status;
  constexpr std::uint64_t kFirst = 1;
  const Slot slot = Encode(checkpoint, kFirst);
  std::string content(kFileSize, '\0');
  std::memcpy(content.data() + kFirst * kSlotStride, slot.data(), slot.size());
  return io::ReplaceFile(files, path, content, "new", like);
}

}  // namespace leat::log
