// A small file system of its own, of any kind that this machine has.
#ifndef LEAT_TESTS_DAMAGE_SMALL_DISK_H_
#define LEAT_TESTS_DAMAGE_SMALL_DISK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "support/temp_folder.h"

namespace leat::testing {

// At path(); gone with this object. Needs root.
class SmallDisk {
 public:
  // Those that leat takes.
  static const std::vector<std::string>& Types();

  explicit SmallDisk(const std::string& type);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // False: it cannot be had here, for want of root, of a loop device, or of what makes it.
  bool mounted() const { return mounted_; }
  std::string path() const { return temp_ / "disk"; }

  // Takes up all the room but so many bytes; it is given back by MakeRoom.
  void FillBut(std::int64_t bytes) const;
  void MakeRoom() const;

 private:
  TempFolder temp_;
  bool mounted_ = false;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_DAMAGE_SMALL_DISK_H_
