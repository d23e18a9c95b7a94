// A group's file as an object: opening it, judging its identity, making it anew, handing out room. layout.h draws it.
#ifndef LEAT_GROUP_GROUP_FILE_H_
#define LEAT_GROUP_GROUP_FILE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random.h"
#include "group/layout.h"
#include "group/offset.h"
#include "io/file_system.h"

namespace leat::group {

// Whose memory a group's file is of.
struct GroupHome {
  std::string boot_id;
  io::FileId control;  // the control file, whose slots the members and the lock name
};

enum class GroupVerdict : std::uint8_t {
  kOurs,         // everything in it holds
  kElsewhere,    // of another boot, another control file, or a copy: only its offsets hold
  kAnothers,     // of another group, whose name this file does not bear
  kOtherLayout,  // written by another version of leat
  kGarbage,      // no group's file, or cut short, or its identity is damaged
};

// An extent's header and what stands behind it, all within the file.
struct Extent {
  const ExtentHeader* header = nullptr;
  EntryPlace place = 0;  // of the header
};

class GroupFile {
 public:
  // Makes an empty group, as a new file under a temporary name, which ends in a byte that no group.s file has: Publish gives it its own, in the place of whatever is there.
  // Both only under the folder's header lock.
  static absl::StatusOr<std::unique_ptr<GroupFile>> Make(io::FileSystem& files, const std::string& path,
                                                         const GroupHome& home, const io::FileInfo& like);
  absl::Status Publish(io::FileSystem& files);

  // Maps the file, whatever it holds: look at verdict() first. kNotFound when it is not there.
  static absl::StatusOr<std::unique_ptr<GroupFile>> Open(io::FileSystem& files, const std::string& path,
                                                         const GroupHome& home, io::MapAccess access);

  const std::string& path() const { return path_; }
  GroupVerdict verdict() const { return verdict_; }
  // kDataLoss or kFailedPrecondition, with the way out; OK for kOurs and kElsewhere.
  absl::Status VerdictStatus() const;

  // Only when verdict() is kOurs; the header's words and the lines also when it is kElsewhere.
  GroupHeader& header() const { return *reinterpret_cast<GroupHeader*>(base()); }
  MemberLine& line(std::uint32_t index) const { return reinterpret_cast<MemberLine*>(base() + kLinesAt)[index]; }

  // Whether the file has these units, so that they may be touched.
  bool Has(EntryPlace place, std::uint32_t units) const;
  template <typename T>
  T& At(EntryPlace place) const {
    return *reinterpret_cast<T*>(base() + place * kUnit);
  }

  // The extent at `place`, or, if there is none that is whole, nothing.
  std::optional<Extent> ExtentAt(EntryPlace place) const;

  // Units that are published, or, where that number is no help (kElsewhere, kGarbage), that the file has.
  EntryPlace end() const;
  static constexpr EntryPlace kBegin = kExtentsAt / kUnit;

  // Gives out an extent, zeroed but for a header like that one and the name. Only under the group's lock. kResourceExhausted when the disk or the greatest size is full.
  absl::StatusOr<EntryPlace> AddExtent(const ExtentHeader& like, std::uint32_t units_behind,
                                       std::string_view name = {});

  absl::Status Sync() { return file_->Sync(); }

  // Whether a sync that succeeds says something of all that is in the file: it was made by this object, or stored again
  // by it and synced.
  bool vouches() const { return vouches_.load(std::memory_order_acquire); }
  void SetVouches() { vouches_.store(true, std::memory_order_release); }
  // Makes the kernel write all of the file once more. kDataLoss when something of it is not what was stored: extents
  // that others have begun lead to their ends.
  absl::Status StoreAgain();

 private:
  GroupFile(std::string path, std::unique_ptr<io::File> file, std::unique_ptr<io::MappedFile> mapping)
      : path_(std::move(path)), file_(std::move(file)), mapping_(std::move(mapping)) {}
  std::byte* base() const { return mapping_->data(); }
  std::size_t KnownSize(std::size_t wanted) const;

  std::string path_;
  std::unique_ptr<io::File> file_;
  std::unique_ptr<io::MappedFile> mapping_;
  mutable std::atomic<std::size_t> known_size_{0};  // it never shrinks
  GroupVerdict verdict_ = GroupVerdict::kGarbage;
  std::atomic<bool> vouches_{false};
};

}  // namespace leat::group

#endif  // LEAT_GROUP_GROUP_FILE_H_
