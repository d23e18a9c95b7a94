#include "io/posix_traits.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "io/posix_error.h"

namespace leat::io {
namespace {

struct Known {
  std::uint32_t magic;  // statfs's f_type
  std::string_view name;
  bool supported = false;
  bool mapped_writes = false;
  bool needs_sync = true;
};

// Numbers of the kernel's ABI, spelled out because the headers of no one system have them all.
//
// mapped_writes: only where a store to an allocated page never needs space again. xfs and btrfs share blocks between
// copies (reflinks), so such a store may need a new block, and finding none is a SIGBUS.
//
// Not supported, though local: what has not been tried (f2fs, zfs, bcachefs), what can't give a file its blocks
// beforehand (ramfs), and FUSE, which may be anything. Network file systems: their mappings are not coherent between
// machines, and some keep locks to one machine.
constexpr std::array kKnown = {
    Known{.magic = 0x0000EF53, .name = "ext4", .supported = true, .mapped_writes = true},  // ext2 and ext3 too
    Known{.magic = 0x01021994, .name = "tmpfs", .supported = true, .mapped_writes = true, .needs_sync = false},
    Known{.magic = 0x58465342, .name = "xfs", .supported = true},
    Known{.magic = 0x9123683E, .name = "btrfs", .supported = true},
    Known{.magic = 0x00006969, .name = "nfs"},
    Known{.magic = 0x0000517B, .name = "smb"},
    Known{.magic = 0xFF534D42, .name = "cifs"},
    Known{.magic = 0xFE534D42, .name = "smb2"},
    Known{.magic = 0x01021997, .name = "9p"},
    Known{.magic = 0x00C36400, .name = "ceph"},
    Known{.magic = 0x5346414F, .name = "afs"},
    Known{.magic = 0x73757245, .name = "coda"},
    Known{.magic = 0x0BD00BD0, .name = "lustre"},
    Known{.magic = 0x47504653, .name = "gpfs"},
    Known{.magic = 0x01161970, .name = "gfs2"},
    Known{.magic = 0x7461636F, .name = "ocfs2"},
    Known{.magic = 0x65735546, .name = "fuse"},
    Known{.magic = 0x786F4256, .name = "vboxsf"},
    Known{.magic = 0x858458F6, .name = "ramfs"},
    Known{.magic = 0x2FC12FC1, .name = "zfs"},
    Known{.magic = 0xF2F52010, .name = "f2fs"},
    Known{.magic = 0xCA451A4E, .name = "bcachefs"},
};

constexpr std::uint32_t kOverlay = 0x794C7630;

// overlayfs shows a file of a lower layer until somebody writes to it, and then another in its place: who has the
// first one mapped never sees what is written to the second. In a directory that exists in the upper layer alone, all
// files do. A merged directory says so by a link count of 1 - once it is in the upper layer at all, which making a
// file there sees to. (Where the upper layer is btrfs every directory has the count 1, and is refused for nothing.)
absl::StatusOr<bool> LiesInUpperLayer(const std::string& directory) {
  std::string probe = directory + "/.leat-probe-XXXXXX";
  const int descriptor = ::mkostemp(probe.data(), O_CLOEXEC);
  if (descriptor < 0) return PosixError(errno, "make a file in", directory);
  ::close(descriptor);
  ::unlink(probe.c_str());
  struct stat stat {};
  if (::stat(directory.c_str(), &stat) != 0) return PosixError(errno, "look at", directory);
  return stat.st_nlink > 1;
}

absl::StatusOr<FileSystemTraits> OverlayTraits(const std::string& directory) {
  const absl::StatusOr<bool> upper = LiesInUpperLayer(directory);
  if (!upper.ok()) return upper.status();
  FileSystemTraits traits{.name = "overlayfs", .supported = *upper};
  if (!*upper)
    traits.name += " (the folder is part of the image's lower layers: use a new one below it, or a volume)";
  return traits;
}

}  // namespace

absl::StatusOr<std::int64_t> PosixFreeBytes(const std::string& path) {
  struct statfs about {};
  while (::statfs(path.c_str(), &about) != 0) {
    if (errno != EINTR) return PosixError(errno, "ask for the free space of", path);
  }
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto block = static_cast<std::uint64_t>(about.f_bsize);
  const auto blocks = static_cast<std::uint64_t>(about.f_bavail);
  return static_cast<std::int64_t>(blocks > kMax / std::max<std::uint64_t>(block, 1) ? kMax : blocks * block);
}

absl::StatusOr<FileSystemTraits> PosixTraits(const std::string& path) {
  struct statfs about {};
  while (::statfs(path.c_str(), &about) != 0) {
    if (errno != EINTR) return PosixError(errno, "ask for the file system of", path);
  }
  const auto magic = static_cast<std::uint32_t>(about.f_type);
  if (magic == kOverlay) return OverlayTraits(path);
  for (const Known& known : kKnown) {
    if (known.magic == magic) {
      return FileSystemTraits{.name = std::string(known.name),
                              .supported = known.supported,
                              .mapped_writes = known.mapped_writes,
                              .needs_sync = known.needs_sync};
    }
  }
  return FileSystemTraits{.name = fmt::format("unknown file system 0x{:08x}", magic)};
}

}  // namespace leat::io
