// The control file as an object: opening, checking its identity, making it anew, handing out its parts. See layout.h.
#ifndef LEAT_SHARED_CONTROL_FILE_H_
#define LEAT_SHARED_CONTROL_FILE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random.h"
#include "io/file_system.h"
#include "shared/layout.h"

namespace leat::shared {

enum class IdentityVerdict : std::uint8_t {
  kOurs,         // this boot, this very file, this layout: everything in it holds
  kOtherBoot,    // rebooted since: nothing in it holds
  kCopied,       // another device or inode than it was made as: nothing in it holds
  kOtherLayout,  // written by another version of leat; `layout_version()` tells which
  kGarbage,      // not a control file, or cut short
};

class ControlFile {
 public:
  // Makes the file as a new inode, with no partition pages, and puts it at `path`, in the place of whatever stood
  // there: only under the exclusive folder lock.
  static absl::StatusOr<std::unique_ptr<ControlFile>> Make(io::FileSystem& files, const std::string& path,
                                                           const base::Uuid& folder_id, const std::string& boot_id,
                                                           const io::FileInfo& like);

  // Maps the file, whatever it holds: look at verdict() before anything else. kNotFound when it is not there.
  static absl::StatusOr<std::unique_ptr<ControlFile>> Open(io::FileSystem& files, const std::string& path,
                                                           const std::string& boot_id, io::MapAccess access);

  IdentityVerdict verdict() const { return verdict_; }
  std::uint32_t layout_version() const;
  base::Uuid folder_id() const;

  // All below only when verdict() is kOurs.
  HeaderPage& header() const { return *reinterpret_cast<HeaderPage*>(base()); }
  Slot& slot(std::uint32_t index) const { return reinterpret_cast<Slot*>(base() + kSlotsAt)[index]; }
  Doorbell& doorbell(std::uint32_t index) const { return reinterpret_cast<Doorbell*>(base() + kDoorbellsAt)[index]; }
  ActivityLine& activity(std::uint32_t index) const {
    return reinterpret_cast<ActivityLine*>(base() + kActivityAt)[index];
  }

  // Pages published so far: never more than the file has room for, whatever the header says.
  std::uint32_t page_count() const;
  PartitionPage& page(std::uint32_t index) const {
    return reinterpret_cast<PartitionPage*>(base() + kPartitionPagesAt)[index];
  }

  // Gives out a page (one that was freed, else a new one), zeroed but for the names in its first line and with
  // kPageUsed, not yet `ready`. Only under the header lock. kResourceExhausted when there are 65,536, or the disk is
  // full.
  absl::StatusOr<PartitionPage*> AddPage(const base::Uuid& topic_id, std::uint64_t incarnation,
                                         std::int32_t partition);

  // Gives a page back: only under the exclusive folder lock, when nobody else can have it in hand.
  static void FreePage(PartitionPage& page);

 private:
  ControlFile(std::unique_ptr<io::File> file, std::unique_ptr<io::MappedFile> mapping);
  std::byte* base() const { return mapping_->data(); }
  absl::StatusOr<std::uint32_t> Room() const;  // pages that the file has bytes for

  std::unique_ptr<io::File> file_;
  std::unique_ptr<io::MappedFile> mapping_;
  mutable std::atomic<std::uint32_t> known_room_{0};  // pages that the file is known to have: it never shrinks
  IdentityVerdict verdict_ = IdentityVerdict::kGarbage;
};

}  // namespace leat::shared

#endif  // LEAT_SHARED_CONTROL_FILE_H_
