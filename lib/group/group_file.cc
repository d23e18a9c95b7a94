#include "group/group_file.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "group/group_id.h"

namespace leat::group {
namespace {

// The file grows by this much: a topic's entries ask the disk once.
constexpr std::size_t kGrowth = std::size_t{16} << 10;

template <typename T>
std::uint32_t CrcOfAllBefore(const T& header) {
  return Crc32c({reinterpret_cast<const std::byte*>(&header), offsetof(T, crc)});
}

std::uint32_t NameCrcOf(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::uint32_t crc = Crc32c(std::as_bytes(std::span(name)));
  return crc == 0 ? 1 : crc;
}

GroupIdentity MakeIdentity(const GroupHome& home, const io::FileId& id, std::uint32_t name_crc) {
  GroupIdentity identity{};
  std::memcpy(identity.magic, kGroupMagic, sizeof identity.magic);
  identity.layout_version = kGroupLayoutVersion;
  identity.name_crc = name_crc;
  home.boot_id.copy(identity.boot_id, sizeof identity.boot_id - 1);
  identity.device = id.device;
  identity.inode = id.inode;
  identity.control_device = home.control.device;
  identity.control_inode = home.control.inode;
  identity.crc = CrcOfAllBefore(identity);
  return identity;
}

GroupVerdict Judge(const GroupIdentity& identity, const GroupHome& home, const io::FileId& id,
                   std::string_view path) {
  if (std::memcmp(identity.magic, kGroupMagic, sizeof identity.magic) != 0) return GroupVerdict::kGarbage;
  // Before the CRC, whose place another layout may have moved.
  if (identity.layout_version != kGroupLayoutVersion) return GroupVerdict::kOtherLayout;
  if (identity.crc != CrcOfAllBefore(identity)) return GroupVerdict::kGarbage;
  if (identity.name_crc != 0 && identity.name_crc != NameCrcOf(path)) return GroupVerdict::kAnothers;
  const GroupIdentity ours = MakeIdentity(home, id, identity.name_crc);
  return std::memcmp(&identity, &ours, sizeof ours) == 0 ? GroupVerdict::kOurs : GroupVerdict::kElsewhere;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GroupFile>> GroupFile::Make(io::FileSystem& files, const std::string& path,
                                                           const GroupHome& home, const io::FileInfo& like) {
  const std::string making = path + "~";
  if (auto removed = io::RemoveIfThere(files, making); !removed.ok()) return removed;
  auto file = files.Open(making, io::OpenMode::kCreateNew);
  if (!file.ok()) return file.status();
  (*file)->OverwriteInPlace();
  if (auto s = (*file)->TakePermissionsOf(like); !s.ok()) return s;
  if (auto s = (*file)->Allocate(kGroupSizeMin); !s.ok()) return s;
  auto info = (*file)->Info();
  if (!info.ok()) return info.status();
  const GroupIdentity identity = MakeIdentity(home, info->id, NameCrcOf(path));
  if (auto s = (*file)->WriteAt(0, std::as_bytes(std::span(&identity, 1))); !s.ok()) return s;
  auto mapping = (*file)->Map(kGroupSizeMax, io::MapAccess::kReadWrite);
  if (!mapping.ok()) return mapping.status();
  std::unique_ptr<GroupFile> made(new GroupFile(path, std::move(*file), std::move(*mapping)));
  made->verdict_ = GroupVerdict::kOurs;
  made->SetVouches();
  made->header().used.store(kBegin, std::memory_order_release);
  return made;
}

absl::Status GroupFile::Publish(io::FileSystem& files) { return files.Rename(path_ + "~", path_); }

absl::StatusOr<std::unique_ptr<GroupFile>> GroupFile::Open(io::FileSystem& files, const std::string& path,
                                                           const GroupHome& home, io::MapAccess access) {
  auto file = files.Open(path, access == io::MapAccess::kRead ? io::OpenMode::kRead : io::OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  auto info = (*file)->Info();
  if (!info.ok()) return info.status();
  auto mapping = (*file)->Map(kGroupSizeMax, access);
  if (!mapping.ok()) return mapping.status();
  std::unique_ptr<GroupFile> opened(new GroupFile(path, std::move(*file), std::move(*mapping)));
  if (info->size < static_cast<std::int64_t>(sizeof(GroupIdentity))) return opened;
  opened->verdict_ = Judge(opened->header().identity, home, info->id, path);
  if (opened->verdict_ != GroupVerdict::kOurs) return opened;
  // A file has its full head, and says what of it is given out, before it has its name.
  const bool is_whole = info->size >= static_cast<std::int64_t>(kGroupSizeMin) &&
                        opened->header().used.load(std::memory_order_acquire) >= kBegin;
  if (!is_whole) opened->verdict_ = GroupVerdict::kGarbage;
  return opened;
}

absl::Status GroupFile::VerdictStatus() const {
  switch (verdict_) {
    case GroupVerdict::kOurs:
    case GroupVerdict::kElsewhere:
      return absl::OkStatus();
    case GroupVerdict::kAnothers:
      return absl::DataLossError(fmt::format(
          "{}: is another group's file, and what it holds is not this group's: give it its own name back, "
          "or delete the group (groups are copied with ConsumerGroup::CopyFrom)",
          path_));
    case GroupVerdict::kOtherLayout:
      return absl::FailedPreconditionError(
          fmt::format("{}: has layout {}, and this library knows {}: use the same version of leat in all processes, "
                      "or delete the "
                      "group",
                      path_, header().identity.layout_version, kGroupLayoutVersion));
    case GroupVerdict::kGarbage:
      break;
  }
  return absl::DataLossError(fmt::format(
      "{}: the head of the group's file is damaged or cut off; what offsets are left can be read, and copied "
      "to another group; delete the group to use its name again",
      path_));
}

std::size_t GroupFile::KnownSize(std::size_t wanted) const {
  const std::size_t known = known_size_.load(std::memory_order_relaxed);
  if (known >= wanted) return known;
  const auto info = file_->Info();
  if (!info.ok()) return known;
  const auto size = std::min(static_cast<std::size_t>(info->size), kGroupSizeMax);
  known_size_.store(size, std::memory_order_relaxed);
  return size;
}

bool GroupFile::Has(EntryPlace place, std::uint32_t units) const {
  const std::size_t end = (std::size_t{place} + units) * kUnit;
  return end <= KnownSize(end);
}

std::optional<Extent> GroupFile::ExtentAt(EntryPlace place) const {
  if (place < kBegin || !Has(place, 1)) return std::nullopt;
  const auto& header = At<const ExtentHeader>(place);
  if (std::memcmp(header.magic, kExtentMagic, sizeof header.magic) != 0 || header.crc != CrcOfAllBefore(header)) {
    return std::nullopt;
  }
  if (header.units == 0 || !Has(place, header.units)) return std::nullopt;
  return Extent{.header = &header, .place = place};
}

absl::Status GroupFile::StoreAgain() {
  const EntryPlace end = this->end();
  for (EntryPlace place = kBegin; place < end;) {
    const auto extent = ExtentAt(place);
    if (!extent.has_value()) {
      return absl::DataLossError(
          fmt::format("{}: position {}: an extent is damaged, and had not reached the disk for all that is known; "
                      "copy the group to "
                      "another one, or delete it",
                      path_, std::size_t{place} * kUnit));
    }
    place += extent->header->units;
  }
  // A store of what is there: no other one of another process can be lost by it, and the page is dirty.
  constexpr std::size_t kPage = 4096;
  for (std::size_t at = 0; at < std::size_t{end} * kUnit; at += kPage) {
    std::atomic_ref<std::uint32_t> word(*reinterpret_cast<std::uint32_t*>(base() + at));
    for (std::uint32_t seen = word.load(std::memory_order_relaxed); !word.compare_exchange_weak(seen, seen);) {
    }
  }
  return absl::OkStatus();
}

EntryPlace GroupFile::end() const {
  if (verdict_ == GroupVerdict::kOurs) return header().used.load(std::memory_order_acquire);
  return static_cast<EntryPlace>(KnownSize(kGroupSizeMax) / kUnit);
}

absl::StatusOr<EntryPlace> GroupFile::AddExtent(const ExtentHeader& like, std::uint32_t units_behind,
                                                std::string_view name) {
  const EntryPlace place = header().used.load(std::memory_order_relaxed);
  const std::size_t begin = std::size_t{place} * kUnit;
  const std::size_t size = (std::size_t{1} + units_behind) * kUnit;
  if (begin < kExtentsAt || begin + size > kGroupSizeMax) {
    return absl::ResourceExhaustedError(fmt::format(
        "{}: the group's file cannot take more than its {} MiB; copy the group to another one, and delete this",
        path_, kGroupSizeMax >> 20));
  }
  if (!Has(place, units_behind + 1)) {
    const std::size_t grown = std::min((begin + size + kGrowth - 1) / kGrowth * kGrowth, kGroupSizeMax);
    if (auto s = file_->Allocate(static_cast<std::int64_t>(grown)); !s.ok()) return s;
  }
  // Somebody may have died here before he published it.
  std::memset(base() + begin, 0, size);
  auto& made = At<ExtentHeader>(place);
  made = like;
  std::memcpy(made.magic, kExtentMagic, sizeof made.magic);
  made.units = units_behind + 1;
  made.name_size = static_cast<std::uint32_t>(name.size());
  made.name_crc = Crc32c(std::as_bytes(std::span(name)));
  made.crc = CrcOfAllBefore(made);
  if (!name.empty()) std::memcpy(base() + begin + kUnit, name.data(), name.size());
  header().used.store(place + units_behind + 1, std::memory_order_release);
  return place;
}

}  // namespace leat::group
