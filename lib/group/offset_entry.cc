#include "group/offset_entry.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "group/shared_bytes.h"

namespace leat::group {
namespace {

// In the upper half of OffsetSlot::crc.
constexpr std::uint64_t kWholeBit = std::uint64_t{1} << 32;

// A reader who finds a slot being written looks again; more often than this only if its bytes never come right.
constexpr int kLooks = 100;

// A slot's words as they were at one look.
struct SlotImage {
  std::int64_t offset;
  std::uint64_t sequence;
  std::int64_t committed_at;
  std::uint64_t epoch_and_size;
  std::int64_t set_back_from;
  std::uint64_t metadata;
  std::uint64_t reserved;

  std::uint32_t metadata_size() const { return static_cast<std::uint32_t>(epoch_and_size >> 32); }
  LeaderEpoch leader_epoch() const { return static_cast<LeaderEpoch>(epoch_and_size & 0xFFFFFFFF); }
};

std::uint32_t CrcOf(const EntryKey& key, const SlotImage& slot, std::span<const std::byte> metadata) {
  std::array<std::byte, sizeof key.topic_id + sizeof(std::int64_t) + sizeof slot> bytes;
  const std::int64_t partition = key.partition;
  std::memcpy(bytes.data(), key.topic_id.data(), sizeof key.topic_id);
  std::memcpy(bytes.data() + sizeof key.topic_id, &partition, sizeof partition);
  std::memcpy(bytes.data() + sizeof key.topic_id + sizeof partition, &slot, sizeof slot);
  const std::uint32_t crc = Crc32c(bytes);
  return metadata.empty() ? crc : Crc32c(metadata, crc);
}

SlotImage Load(const OffsetSlot& slot) {
  return {.offset = slot.offset.load(std::memory_order_relaxed),
          .sequence = slot.sequence.load(std::memory_order_relaxed),
          .committed_at = slot.committed_at.load(std::memory_order_relaxed),
          .epoch_and_size = slot.epoch_and_size.load(std::memory_order_relaxed),
          .set_back_from = slot.set_back_from.load(std::memory_order_relaxed),
          .metadata = slot.metadata.load(std::memory_order_acquire),  // pairs with MakeRoomForMetadata
          .reserved = slot.reserved.load(std::memory_order_relaxed)};
}

// The metadata extent's bytes; none when it is none with that much room.
const SharedBytes* MetadataAt(const GroupFile& file, std::uint64_t place, std::size_t size) {
  if (place == 0 || place > kGroupSizeMax / kUnit) return nullptr;
  const auto extent = file.ExtentAt(static_cast<EntryPlace>(place));
  if (!extent.has_value() || extent->header->kind != static_cast<std::uint32_t>(ExtentKind::kMetadata))
    return nullptr;
  if (size > (extent->header->units - 1) * kUnit) return nullptr;
  return &file.At<const SharedBytes>(extent->place + 1);
}

enum class SlotVerdict : std::uint8_t { kWhole, kUnused, kDamaged };

struct SlotReading {
  SlotVerdict verdict = SlotVerdict::kUnused;
  SlotImage image{};
  std::string metadata;
};

SlotReading ReadSlot(const GroupFile& file, const OffsetSlot& slot, std::uint32_t index, const EntryKey& key) {
  SlotReading reading;
  const std::uint64_t crc = slot.crc.load(std::memory_order_acquire);  // pairs with the release in WriteEntry
  reading.image = Load(slot);
  if ((crc & kWholeBit) == 0) {
    // Zeros, or a commit that did not come to its end.
    reading.verdict = crc == 0 ? SlotVerdict::kUnused : SlotVerdict::kDamaged;
    return reading;
  }
  reading.verdict = SlotVerdict::kDamaged;
  const std::size_t size = reading.image.metadata_size();
  if (size > kMetadataMax || (reading.image.sequence & 1) != index) return reading;
  if (size > 0) {
    const SharedBytes* bytes = MetadataAt(file, reading.image.metadata, size);
    if (bytes == nullptr) return reading;
    reading.metadata.resize(size);
    LoadShared(bytes, std::as_writable_bytes(std::span(reading.metadata)));
  }
  if (crc == (kWholeBit | CrcOf(key, reading.image, std::as_bytes(std::span(reading.metadata))))) {
    reading.verdict = SlotVerdict::kWhole;
  }
  return reading;
}

bool IsStillAt(const OffsetSlot& slot, std::uint64_t sequence) {
  std::atomic_thread_fence(std::memory_order_acquire);  // behind the look at the other slot
  return slot.sequence.load(std::memory_order_relaxed) == sequence;
}

std::optional<CommittedOffset> Committed(SlotReading reading) {
  if (reading.image.offset < 0) return std::nullopt;
  CommittedOffset committed{.offset = reading.image.offset,
                            .leader_epoch = reading.image.leader_epoch(),
                            .metadata = std::move(reading.metadata),
                            .committed_at = Timestamp(std::chrono::milliseconds(reading.image.committed_at))};
  if (reading.image.set_back_from >= 0) committed.set_back_from = reading.image.set_back_from;
  return committed;
}

// The sequence of the newest commit, and whose turn it is, from who has written to the end. Under the lock.
std::uint64_t LastSequence(const OffsetEntry& entry) {
  std::uint64_t last = 0;
  for (std::uint32_t s = 0; s < 2; ++s) {
    const std::uint64_t sequence = entry.slot[s].sequence.load(std::memory_order_relaxed);
    const bool whole = (entry.slot[s].crc.load(std::memory_order_relaxed) & kWholeBit) != 0;
    if (whole && (sequence & 1) == s) last = std::max(last, sequence);
  }
  return last;
}

}  // namespace

absl::StatusOr<std::optional<CommittedOffset>> ReadEntry(const GroupFile& file, EntryPlace place, const EntryKey& key,
                                                         DamagedSlots damaged) {
  const auto& entry = file.At<const OffsetEntry>(place);
  bool any_damaged = false;
  for (int look = 0; look < kLooks; ++look) {
    SlotReading slots[2] = {ReadSlot(file, entry.slot[0], 0, key), ReadSlot(file, entry.slot[1], 1, key)};
    const bool whole[2] = {slots[0].verdict == SlotVerdict::kWhole, slots[1].verdict == SlotVerdict::kWhole};
    any_damaged = slots[0].verdict == SlotVerdict::kDamaged || slots[1].verdict == SlotVerdict::kDamaged;
    const bool in_the_making = !whole[0] && !whole[1] && (slots[0].image.sequence | slots[1].image.sequence) != 0;
    if (any_damaged || in_the_making) {
      // A commit that came in between; or, if it is the same every time, what somebody died of, or damage.
      if (look + 1 < kLooks) continue;
      if (any_damaged && damaged == DamagedSlots::kRefused) break;
    }
    if (!whole[0] && !whole[1]) return std::optional<CommittedOffset>();
    // Only one was whole: it is what counted when the other was looked at, unless it has been written anew since its own
    // look; then what it said may be older than what others were told before.
    if (whole[0] != whole[1] && !IsStillAt(entry.slot[whole[0] ? 0 : 1], slots[whole[0] ? 0 : 1].image.sequence) &&
        look + 1 < kLooks) {
      continue;
    }
    const bool second = whole[1] && (!whole[0] || slots[1].image.sequence > slots[0].image.sequence);
    return Committed(std::move(slots[second ? 1 : 0]));
  }
  return absl::DataLossError(fmt::format(
      "{}: what was committed for partition {} of topic {} is damaged (byte {}): reset the group's offset of it, or "
      "delete the group",
      file.path(), key.partition, base::UuidToString(key.topic_id), std::size_t{place} * kUnit));
}

void ClearDamagedSlots(GroupFile& file, EntryPlace place, const EntryKey& key) {
  auto& entry = file.At<OffsetEntry>(place);
  for (std::uint32_t s = 0; s < 2; ++s) {
    if (ReadSlot(file, entry.slot[s], s, key).verdict != SlotVerdict::kDamaged) continue;
    entry.slot[s].crc.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    entry.slot[s].sequence.store(0, std::memory_order_relaxed);
    entry.slot[s].metadata.store(0, std::memory_order_relaxed);
  }
}

absl::Status MakeRoomForMetadata(GroupFile& file, EntryPlace place, std::size_t size) {
  if (size == 0) return absl::OkStatus();
  auto& entry = file.At<OffsetEntry>(place);
  OffsetSlot& slot = entry.slot[(LastSequence(entry) + 1) & 1];
  if (MetadataAt(file, slot.metadata.load(std::memory_order_relaxed), size) != nullptr) return absl::OkStatus();
  ExtentHeader header{};
  header.kind = static_cast<std::uint32_t>(ExtentKind::kMetadata);
  const auto units = static_cast<std::uint32_t>(std::bit_ceil((size + kUnit - 1) / kUnit));
  const absl::StatusOr<EntryPlace> extent = file.AddExtent(header, units);
  if (!extent.ok()) return extent.status();
  // The slot is not current, so its checksum need not hold; but it must not seem to be damaged.
  slot.crc.store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  slot.metadata.store(*extent, std::memory_order_release);
  return absl::OkStatus();
}

absl::Status WriteEntry(GroupFile& file, EntryPlace place, const EntryKey& key, const NewOffset& offset) {
  auto& entry = file.At<OffsetEntry>(place);
  const std::uint64_t sequence = LastSequence(entry) + 1;
  OffsetSlot& slot = entry.slot[sequence & 1];
  const auto metadata = std::as_bytes(std::span(offset.metadata));
  const std::uint64_t room_at = slot.metadata.load(std::memory_order_relaxed);
  auto* const room =
      const_cast<SharedBytes*>(metadata.empty() ? nullptr : MetadataAt(file, room_at, metadata.size()));
  if (!metadata.empty() && room == nullptr) {
    return absl::DataLossError(
        fmt::format("{}: the room for an offset's metadata, byte {}, was overwritten by somebody", file.path(),
                    std::size_t{place} * kUnit));
  }
  const SlotImage image{.offset = offset.offset,
                        .sequence = sequence,
                        .committed_at = offset.committed_at,
                        .epoch_and_size = static_cast<std::uint32_t>(offset.leader_epoch) |
                                          static_cast<std::uint64_t>(metadata.size()) << 32,
                        .set_back_from = offset.set_back_from,
                        .metadata = room_at,
                        .reserved = 0};
  const std::uint32_t crc = CrcOf(key, image, metadata);
  slot.crc.store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);  // whoever sees a store below sees that the slot is not whole
  slot.offset.store(image.offset, std::memory_order_relaxed);
  slot.sequence.store(image.sequence, std::memory_order_relaxed);
  slot.committed_at.store(image.committed_at, std::memory_order_relaxed);
  slot.epoch_and_size.store(image.epoch_and_size, std::memory_order_relaxed);
  slot.set_back_from.store(image.set_back_from, std::memory_order_relaxed);
  slot.reserved.store(0, std::memory_order_relaxed);
  if (room != nullptr) StoreShared(room, metadata);
  slot.crc.store(kWholeBit | crc, std::memory_order_release);
  return absl::OkStatus();
}

}  // namespace leat::group
