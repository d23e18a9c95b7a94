// A group's file, groups/<id>: what the members of a group share, as mapped memory, and what the group remembers. This
// file draws it, and is the only one with its structs; a change here is a new kGroupLayoutVersion.
//
//     byte 0        GroupHeader        identity, lock, which image of the state is current       4 KiB
//     4 Ki          MemberLine[1024]   signs of life, and how to wake a member; a cache line each    64 KiB
//     68 Ki         extents            back to back, each a multiple of 64 bytes, never moved or given back
//
// An extent begins with an ExtentHeader and is one of
//
//     image       one state of the membership: who the members are, who owns what, who is to have what (state_image.h)
//     offsets     of one topic's partitions: the topic's name (256 bytes), then an OffsetEntry each
//     metadata    the text that came with a commit
//
// The identity is {boot, device, inode, layout, the control file's device and inode}: another one than the reader finds
// means that the machine was rebooted, the file copied, or the control file made anew. Then nothing counts but what is
// in the offset entries, each of which carries its own checksum over what it says and whose it is (renewal.h).
//
// Whoever changes anything but his own line holds the header's lock. He may die at any instruction: the state has two
// images, of which `version` & 1 is current; an entry has two slots, of which the one with the higher sequence and a
// right checksum holds; `used` moves when an extent is whole. The member lines repeat what the state says (who is a
// member), so that a look at one word tells a member that it has been fenced; who takes the lock over from the dead
// writes them anew.
//
// All numbers are the machine's own. Places are in units of 64 bytes; values read from here are checked before they are
// used as a place or a size.
#ifndef LEAT_GROUP_LAYOUT_H_
#define LEAT_GROUP_LAYOUT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "shared/layout.h"

namespace leat::group {

inline constexpr std::uint32_t kGroupLayoutVersion = 1;
inline constexpr char kGroupMagic[8] = {'l', 'e', 'a', 't', 'g', 'r', 'p', '\n'};
inline constexpr std::size_t kUnit = 64;  // bytes
inline constexpr std::uint32_t kMaxMembers = 1024;

using SharedNumber = std::atomic<std::int64_t>;
using shared::SharedCount;

struct GroupIdentity {
  char magic[8];
  std::uint32_t layout_version;
  std::uint32_t name_crc;  // CRC-32C of the file's name, which is the group's; 0 in files of before it was noted
  char boot_id[40];        // the kernel's text form
  std::uint64_t device;
  std::uint64_t inode;
  std::uint64_t control_device;
  std::uint64_t control_inode;
  std::uint32_t reserved2;
  std::uint32_t crc;  // CRC-32C of all before it
};
static_assert(sizeof(GroupIdentity) == 96);

// Where an image of the state is.
struct alignas(shared::kCacheLine) ImageReference {
  SharedCount extent;       // place << 32 | units of room behind its header; 0: there is none
  shared::SharedWord size;  // bytes
  shared::SharedWord crc;   // CRC-32C of the version and of the bytes
};
static_assert(sizeof(ImageReference) == kUnit);

// In GroupHeader::gone. More than a bit, since whoever finds it makes a new group in this one's place.
inline constexpr std::uint32_t kGroupGone = 0x656E6F47;

// What was done to the group, since its file was made; under its lock.
struct alignas(shared::kCacheLine) GroupCounters {
  SharedCount commits;
  SharedCount committed_offsets;
  SharedCount joins;
  SharedCount leaves;
  SharedCount fenced;   // members that were taken out of it, for whatever reason but their own leaving
  SharedCount changes;  // of who is a member, and who has what
};
static_assert(sizeof(GroupCounters) == kUnit);

struct GroupHeader {
  GroupIdentity identity;
  alignas(shared::kCacheLine) shared::SharedWord lock;
  alignas(shared::kCacheLine)
      SharedCount version;         // of the state; version & 1 is the current image, 0 the empty state
  shared::SharedWord used;         // units of the file that are given out
  shared::SharedWord gone;         // kGroupGone: deleted; whoever has it open opens it anew
  SharedNumber empty_since;        // wall clock in ms when the last member went; 0: nobody was there
  SharedNumber looked_at;          // monotonic, when somebody last looked who is dead
  shared::SharedWord sync_failed;  // not 0: an fdatasync failed, and there is no kDisk any more
  shared::SharedWord reserved_word;
  ImageReference image[2];
  GroupCounters counters;
  std::byte reserved[shared::kPageSize - 7 * shared::kCacheLine];
};
static_assert(sizeof(GroupHeader) == shared::kPageSize);

// Times are monotonic, in nanoseconds.
struct alignas(shared::kCacheLine) MemberLine {
  shared::SharedWord epoch;         // the member's; 0: nobody's line
  shared::SharedWord process;       // as a lock word names it; 0: none, a static member that is away
  shared::SharedWord news;          // moves when the member is to look
  shared::SharedWord fenced_epoch;  // who was fenced here last
  shared::SharedWord fenced_why;    // FenceReason
  shared::SharedWord reserved;
  SharedNumber heartbeat;        // when the member looked last; the only field that the member stores itself
  SharedNumber away_since;       // 0: not away
  SharedNumber max_poll;         // max_poll_interval
  SharedNumber session_timeout;  // of a static member; 0: not static
};
static_assert(sizeof(MemberLine) == kUnit);

enum class ExtentKind : std::uint32_t { kImage = 1, kOffsets = 2, kMetadata = 3 };

inline constexpr char kExtentMagic[8] = {'l', 'e', 'a', 't', 'e', 'x', 't', '\n'};

// Written before the extent is published, never changed.
struct alignas(kUnit) ExtentHeader {
  char magic[8];
  std::uint32_t kind;   // ExtentKind
  std::uint32_t units;  // with this header
  // kOffsets only:
  std::byte topic_id[16];
  std::int32_t first_partition;
  std::int32_t partitions;
  std::uint32_t name_size;
  std::uint32_t name_crc;  // CRC-32C of the name
  std::byte reserved[12];
  std::uint32_t crc;  // CRC-32C of all before it
};
static_assert(sizeof(ExtentHeader) == kUnit);

// Behind the header of an offsets extent.
struct alignas(kUnit) TopicNameField {
  char name[256];  // 249 at most are used
};
static_assert(sizeof(TopicNameField) == 4 * kUnit);

// One of an entry's two slots, as words that are stored and loaded one by one.
struct alignas(kUnit) OffsetSlot {
  SharedNumber offset;         // the next to be read; -1: forgotten
  SharedCount sequence;        // counts the entry's commits; sequence & 1 is the slot; 0: never written
  SharedNumber committed_at;   // wall clock in ms
  SharedCount epoch_and_size;  // leader epoch in the lower half, bytes of metadata in the upper
  SharedNumber set_back_from;  // -1: it is where it was committed
  SharedCount metadata;        // place of its extent, which stays this slot's; 0: none yet
  SharedCount reserved;
  SharedCount crc;  // CRC-32C of topic id, partition, the words above, and the metadata
};
static_assert(sizeof(OffsetSlot) == kUnit);

struct OffsetEntry {
  OffsetSlot slot[2];
};
static_assert(sizeof(OffsetEntry) == 2 * kUnit);

inline constexpr std::size_t kLinesAt = shared::kPageSize;
inline constexpr std::size_t kExtentsAt = kLinesAt + sizeof(MemberLine) * kMaxMembers;
inline constexpr std::size_t kGroupSizeMin = kExtentsAt;
inline constexpr std::size_t kGroupSizeMax = std::size_t{64}
                                             << 20;  // what is mapped; not even this much is ever needed

}  // namespace leat::group

#endif  // LEAT_GROUP_LAYOUT_H_
