// Disk space that a folder sets aside for the case that its disk is full: what it takes to open the folder, and to delete
// something in it. A file of zeros, which is given up for that, and made again once there is room.
#ifndef LEAT_BROKER_RESERVE_H_
#define LEAT_BROKER_RESERVE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "io/file_system.h"

namespace leat::broker {

inline constexpr std::string_view kReserveFileName = "reserve";
// The control file, and what recovery and deleting write of each of some hundred partitions.
inline constexpr std::int64_t kReserveSize = 1 << 20;

// Makes it, unless it is there or the disk has no room for it: that is no error, there is none then.
void KeepReserve(io::FileSystem& files, const std::string& folder, const io::FileInfo& like);

// Whether there was one; its space is free now.
bool GiveUpReserve(io::FileSystem& files, const std::string& folder);

// If less than it is free on the disk, gives it up.
void GiveUpReserveIfFull(io::FileSystem& files, const std::string& folder);

}  // namespace leat::broker

#endif  // LEAT_BROKER_RESERVE_H_
