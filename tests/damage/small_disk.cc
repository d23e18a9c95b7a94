#include "damage/small_disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "damage/attempt.h"

namespace leat::testing {
namespace {

// As small as each can be made.
std::int64_t SizeOf(const std::string& type) {
  if (type == "xfs") return 300 << 20;
  if (type == "btrfs") return 120 << 20;
  return 12 << 20;
}

// As root has them, for whom some keep a reserve.
std::int64_t FreeBytes(const std::string& path) {
  struct statvfs about {};
  if (::statvfs(path.c_str(), &about) != 0) return 0;
  return static_cast<std::int64_t>(about.f_bfree) * static_cast<std::int64_t>(about.f_frsize);
}

}  // namespace

const std::vector<std::string>& SmallDisk::Types() {
  static const std::vector<std::string> types = {"tmpfs", "ext4", "xfs", "btrfs"};
  return types;
}

SmallDisk::SmallDisk(const std::string& type) {
  std::filesystem::create_directory(path());
  if (type == "tmpfs") {
    mounted_ = ::mount("none", path().c_str(), "tmpfs", 0, "size=6m") == 0;
    return;
  }
  const std::string image = temp_ / "image";
  WriteFile(image, "");
  if (::truncate(image.c_str(), SizeOf(type)) != 0) return;
  const char* const force = type == "ext4" ? "-F" : "-f";
  mounted_ = std::system(fmt::format("PATH=$PATH:/usr/sbin:/sbin; mkfs.{2} -q {3} '{0}' >/dev/null 2>&1 && "
                                     "mount -o loop '{0}' '{1}' 2>/dev/null",
                                     image, path(), type, force)
                             .c_str()) == 0;
}

SmallDisk::~SmallDisk() {
  if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
}

void SmallDisk::FillBut(std::int64_t bytes) const {
  const int filler = ::open((path() + "/filler").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  std::int64_t size = 0;
  // What a file takes beside its bytes is not known before: in smaller and smaller pieces.
  for (std::int64_t step = std::int64_t{64} << 20; step >= 4096;) {
    const std::int64_t more = std::min(step, FreeBytes(path()) - bytes);
    if (more >= 4096 && ::fallocate(filler, 0, size, more) == 0) {
      size += more;
    } else {
      step /= 2;
    }
  }
  ::fsync(filler);
  ::close(filler);
}

void SmallDisk::MakeRoom() const {
  std::filesystem::remove(path() + "/filler");
  // Some give it back with their next commit only.
  const int directory = ::open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ::syncfs(directory);
  ::close(directory);
}

}  // namespace leat::testing
