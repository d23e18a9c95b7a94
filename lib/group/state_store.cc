#include "group/state_store.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <bit>
#include <span>
#include <vector>

#include "group/shared_bytes.h"
#include "group/state_image.h"

namespace leat::group {
namespace {

constexpr int kLooks = 1000;

std::uint32_t CrcOf(std::uint64_t version, std::span<const std::byte> bytes) {
  return Crc32c(bytes, Crc32c(std::as_bytes(std::span(&version, 1))));
}

struct Room {
  EntryPlace place = 0;     // of the image's bytes
  std::uint32_t units = 0;  // that there are
};

// As the reference says; nothing if that is not an image's extent.
Room RoomOf(const GroupFile& file, const ImageReference& reference) {
  const std::uint64_t word = reference.extent.load(std::memory_order_acquire);  // pairs with PublishState
  const auto place = static_cast<EntryPlace>(word >> 32);
  const std::optional<Extent> extent = file.ExtentAt(place);
  if (!extent.has_value() || extent->header->kind != static_cast<std::uint32_t>(ExtentKind::kImage)) return {};
  return {.place = place + 1, .units = extent->header->units - 1};
}

// The current image's bytes; nothing when there was none, or when it was replaced meanwhile.
std::vector<std::byte> Copy(const GroupFile& file, std::uint64_t version, bool& right) {
  const ImageReference& reference = file.header().image[version & 1];
  const Room room = RoomOf(file, reference);
  const std::uint32_t size = reference.size.load(std::memory_order_relaxed);
  right = room.units != 0 && size <= room.units * kUnit;
  if (!right) return {};
  std::vector<std::byte> bytes(size);
  LoadShared(&file.At<const SharedBytes>(room.place), bytes);
  right = reference.crc.load(std::memory_order_relaxed) == CrcOf(version, bytes);
  return bytes;
}

}  // namespace

absl::StatusOr<StoredState> ReadState(const GroupFile& file) {
  for (int look = 0; look < kLooks; ++look) {
    const std::uint64_t version = file.header().version.load(std::memory_order_acquire);  // pairs with PublishState
    if (version == 0) return StoredState{};
    bool right = false;
    const std::vector<std::byte> bytes = Copy(file, version, right);
    std::atomic_thread_fence(std::memory_order_acquire);  // the copy is done before the version is read again
    if (file.header().version.load(std::memory_order_relaxed) != version) continue;
    if (!right) {
      return absl::DataLossError(fmt::format(
          "{}: the list of the group's members is damaged; what it has committed can be read, and copied to another "
          "group; delete the group to use its name again",
          file.path()));
    }
    absl::StatusOr<MembershipState> state = DecodeState(bytes, file.path());
    if (!state.ok()) return state.status();
    return StoredState{.version = version, .state = *std::move(state)};
  }
  return absl::UnavailableError(
      fmt::format("{}: the group changes too fast to be looked at; try again", file.path()));
}

absl::Status PublishState(GroupFile& file, const MembershipState& state) {
  const std::vector<std::byte> bytes = EncodeState(state);
  GroupHeader& header = file.header();
  const std::uint64_t version = header.version.load(std::memory_order_relaxed) + 1;
  ImageReference& reference = header.image[version & 1];
  Room room = RoomOf(file, reference);
  if (room.units * kUnit < bytes.size()) {
    ExtentHeader extent{};
    extent.kind = static_cast<std::uint32_t>(ExtentKind::kImage);
    const auto units = static_cast<std::uint32_t>(std::bit_ceil((bytes.size() + kUnit - 1) / kUnit));
    const absl::StatusOr<EntryPlace> place = file.AddExtent(extent, units);
    if (!place.ok()) return place.status();
    reference.extent.store(std::uint64_t{*place} << 32 | units, std::memory_order_release);
    room = {.place = *place + 1, .units = units};
  }
  // Whoever still copies this image (two versions ago) must see the version move before he sees these stores.
  std::atomic_thread_fence(std::memory_order_release);
  StoreShared(&file.At<SharedBytes>(room.place), bytes);
  reference.size.store(static_cast<std::uint32_t>(bytes.size()), std::memory_order_relaxed);
  reference.crc.store(CrcOf(version, bytes), std::memory_order_relaxed);
  header.version.store(version, std::memory_order_release);  // pairs with the acquire in ReadState
  return absl::OkStatus();
}

}  // namespace leat::group
