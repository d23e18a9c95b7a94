#include "shared/control_file.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include <leat/batch.h>
#include "fmt/format.h"

namespace leat::shared {
namespace {

// The file grows by this much: a topic of a few partitions asks the disk once.
constexpr std::size_t kGrowth = 16 * kPageSize;

std::uint32_t IdentityCrc(const Identity& identity) {
  return Crc32c({reinterpret_cast<const std::byte*>(&identity), offsetof(Identity, crc)});
}

Identity MakeIdentity(const base::Uuid& folder_id, const std::string& boot_id, const io::FileId& id) {
  Identity identity{};
  std::memcpy(identity.magic, kControlMagic, sizeof identity.magic);
  identity.layout_version = kLayoutVersion;
  identity.page_size = kPageSize;
  boot_id.copy(identity.boot_id, sizeof identity.boot_id - 1);
  identity.device = id.device;
  identity.inode = id.inode;
  std::memcpy(identity.folder_id, folder_id.data(), folder_id.size());
  identity.crc = IdentityCrc(identity);
  return identity;
}

IdentityVerdict Judge(const Identity& identity, const std::string& boot_id, const io::FileId& id) {
  if (std::memcmp(identity.magic, kControlMagic, sizeof identity.magic) != 0) return IdentityVerdict::kGarbage;
  // Before the CRC, whose place another layout may have moved.
  if (identity.layout_version != kLayoutVersion) return IdentityVerdict::kOtherLayout;
  if (identity.crc != IdentityCrc(identity) || identity.page_size != kPageSize) return IdentityVerdict::kGarbage;
  const std::string_view boot(identity.boot_id, strnlen(identity.boot_id, sizeof identity.boot_id));
  if (boot != std::string_view(boot_id).substr(0, sizeof identity.boot_id - 1)) return IdentityVerdict::kOtherBoot;
  if (io::FileId{identity.device, identity.inode} != id) return IdentityVerdict::kCopied;
  return IdentityVerdict::kOurs;
}

}  // namespace

ControlFile::ControlFile(std::unique_ptr<io::File> file, std::unique_ptr<io::MappedFile> mapping)
    : file_(std::move(file)), mapping_(std::move(mapping)) {}

absl::StatusOr<std::unique_ptr<ControlFile>> ControlFile::Make(io::FileSystem& files, const std::string& path,
                                                               const base::Uuid& folder_id,
                                                               const std::string& boot_id, const io::FileInfo& like) {
  // A new inode under the name: a process that still maps the old file keeps the old file.
  const std::string making = path + ".tmp";
  if (auto removed = io::RemoveIfThere(files, making); !removed.ok()) return removed;
  auto file = files.Open(making, io::OpenMode::kCreateNew);
  if (!file.ok()) return file.status();
  (*file)->OverwriteInPlace();
  if (auto s = (*file)->TakePermissionsOf(like); !s.ok()) return s;
  if (auto s = (*file)->Allocate(kPartitionPagesAt); !s.ok()) return s;
  auto info = (*file)->Info();
  if (!info.ok()) return info.status();
  const Identity identity = MakeIdentity(folder_id, boot_id, info->id);
  if (auto s = (*file)->WriteAt(0, std::as_bytes(std::span(&identity, 1))); !s.ok()) return s;
  file->reset();
  if (auto s = files.Rename(making, path); !s.ok()) return s;
  auto made = Open(files, path, boot_id, io::MapAccess::kReadWrite);
  if (made.ok() && (*made)->verdict() != IdentityVerdict::kOurs) {
    return absl::FailedPreconditionError(fmt::format(
        "{}: just made, and yet not ours: this file system does not keep a file's inode number over a rename", path));
  }
  return made;
}

absl::StatusOr<std::unique_ptr<ControlFile>> ControlFile::Open(io::FileSystem& files, const std::string& path,
                                                               const std::string& boot_id, io::MapAccess access) {
  auto file = files.Open(path, access == io::MapAccess::kRead ? io::OpenMode::kRead : io::OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  auto info = (*file)->Info();
  if (!info.ok()) return info.status();
  // Mapped once at its greatest size: as the file grows, more of the same addresses become usable.
  auto mapping = (*file)->Map(kControlSizeMax, access);
  if (!mapping.ok()) return mapping.status();
  std::unique_ptr<ControlFile> control(new ControlFile(std::move(*file), std::move(*mapping)));
  // Below this size a look at the mapping would be a SIGBUS.
  if (info->size < static_cast<std::int64_t>(sizeof(Identity))) return control;
  control->verdict_ = Judge(control->header().identity, boot_id, info->id);
  if (control->verdict_ == IdentityVerdict::kOurs && info->size < static_cast<std::int64_t>(kPartitionPagesAt)) {
    control->verdict_ = IdentityVerdict::kGarbage;
  }
  return control;
}

std::uint32_t ControlFile::layout_version() const {
  return verdict_ == IdentityVerdict::kGarbage ? 0 : header().identity.layout_version;
}

base::Uuid ControlFile::folder_id() const {
  base::Uuid id;
  std::memcpy(id.data(), header().identity.folder_id, id.size());
  return id;
}

absl::StatusOr<std::uint32_t> ControlFile::Room() const {
  auto info = file_->Info();
  if (!info.ok()) return info.status();
  if (info->size < static_cast<std::int64_t>(kPartitionPagesAt)) return 0u;
  const auto pages = (static_cast<std::size_t>(info->size) - kPartitionPagesAt) / kPageSize;
  const auto room = static_cast<std::uint32_t>(std::min<std::size_t>(pages, kMaxPartitionPages));
  known_room_.store(room, std::memory_order_relaxed);
  return room;
}

std::uint32_t ControlFile::page_count() const {
  const std::uint32_t published = header().page_count.load(std::memory_order_acquire);
  if (published <= known_room_.load(std::memory_order_relaxed)) return published;
  // Not believed without a look at the file: touching a page that the file does not have would be a SIGBUS.
  const auto room = Room();
  return std::min(published, room.ok() ? *room : known_room_.load(std::memory_order_relaxed));
}

absl::StatusOr<PartitionPage*> ControlFile::AddPage(const base::Uuid& topic_id, std::uint64_t incarnation,
                                                    std::int32_t partition) {
  // What the file is like has to be known here: a count that is too low would give out a page that is in use.
  const auto room = Room();
  if (!room.ok()) return room.status();
  const std::uint32_t count = header().page_count.load(std::memory_order_acquire);
  if (count > *room) {
    return absl::DataLossError(
        fmt::format("{}: says that it has {} pages, and has {}; close the folder in every process, "
                    "remove this file, and open the folder again",
                    file_->path(), count, *room));
  }
  std::uint32_t index = 0;
  while (index < count && page(index).state.load(std::memory_order_acquire) != kPageFree) ++index;
  if (index == kMaxPartitionPages) {
    return absl::ResourceExhaustedError(
        fmt::format("{}: the folder has all of its {} partitions; delete topics and let every process close it",
                    file_->path(), kMaxPartitionPages));
  }
  if (index == *room) {
    const std::size_t size = std::min(kPartitionPagesAt + index * kPageSize + kGrowth, kControlSizeMax);
    if (auto s = file_->Allocate(static_cast<std::int64_t>(size)); !s.ok()) return s;
  }
  PartitionPage& added = page(index);
  // Nobody else may look at a page that is free or not published yet, so plain zeros do.
  std::memset(static_cast<void*>(&added), 0, sizeof added);
  std::memcpy(added.topic_id, topic_id.data(), topic_id.size());
  added.incarnation = incarnation;
  added.partition = partition;
  added.state.store(kPageUsed, std::memory_order_release);
  if (index == count) header().page_count.store(count + 1, std::memory_order_release);
  return &added;
}

void ControlFile::FreePage(PartitionPage& page) {
  page.ready.store(0, std::memory_order_relaxed);
  page.state.store(kPageFree, std::memory_order_release);
}

}  // namespace leat::shared
