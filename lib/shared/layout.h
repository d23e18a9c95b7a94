// The control file: the state of an open folder that all its processes share, as mapped memory. This file draws it,
// and is the only one with its structs; a change here is a new kLayoutVersion.
//
//     byte 0        HeaderPage     identity, header lock, counters                          4 KiB
//     4 Ki          Doorbell[64]   what processes sleep on, a cache line each               4 KiB
//     8 Ki          Slot[1024]     who has the folder open, a cache line each              64 KiB
//     72 Ki         ActivityLine[64]  what consumers count, a cache line each               4 KiB
//     76 Ki         (reserved: groups and quotas may want pages)                           52 KiB
//     128 Ki        PartitionPage[page_count], at most 65,536                           4 KiB each
//
// The file is as long as what is published: nobody touches a page at or beyond page_count. Every word that more than
// one process changes is a lock-free std::atomic; what is written once before it is published is plain. All numbers
// are the machine's own (the file never leaves it: another boot or another inode makes it void). Values read from
// here are checked before they are used as a place or a size.
//
// A partition's page, by cache line, so that an appender dirties three lines that readers leave alone, but for
// `visible`:
//
//     line 0       who           topic id, incarnation, partition, flags: read by all, hardly ever written
//     line 1       append        append lock, version of the commit slots, leader epoch
//     line 2, 3    commit slots  what the log is, and what was appended: the current one is version & 1
//     line 4       visible       high watermark, its place in the segment, segment-list generation: what readers look at
//     line 5       space         size lock, which segment it speaks of, bytes allocated
//     line 6       durable       flush lock, rounds of syncing, how far bytes and names are on the disk
//     line 7       bounds        retire lock, log start, local log start, last stable offset, truncations, producer state
//     line 8       sleepers      who wants to be woken
//     line 9..25   sparse index  of the active segment
//     2048..4095   counters      what has been done to it (counters.h): lines of their own, by who counts; then reserved
//
// Counters count since the file was made: they begin at 0 after a reboot, and in a copy. Who dies leaves them as they are.
#ifndef LEAT_SHARED_LAYOUT_H_
#define LEAT_SHARED_LAYOUT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace leat::shared {

inline constexpr std::uint32_t kLayoutVersion = 4;
inline constexpr std::size_t kPageSize = 4096;
inline constexpr std::size_t kCacheLine = 64;
inline constexpr std::uint32_t kMaxSlots = 1024;
inline constexpr std::uint32_t kDoorbells = 64;
inline constexpr std::uint32_t kMaxPartitionPages = 65536;
inline constexpr char kControlMagic[8] = {'l', 'e', 'a', 't', 'c', 't', 'l', '\n'};

using SharedWord = std::atomic<std::uint32_t>;  // a lock word or a futex
using SharedOffset = std::atomic<std::int64_t>;
using SharedCount = std::atomic<std::uint64_t>;  // only grows
static_assert(SharedWord::is_always_lock_free && SharedOffset::is_always_lock_free);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// Which control file this is: written before the file gets its name, never changed. Another boot, device or inode
// than the reader's own means that the machine was rebooted or the folder copied: nothing else in the file may be
// believed.
struct Identity {
  char magic[8];
  std::uint32_t layout_version;
  std::uint32_t page_size;
  char boot_id[40];  // the kernel's text form
  std::uint64_t device;
  std::uint64_t inode;
  std::byte folder_id[16];
  std::uint32_t crc;  // CRC-32C of all before it
  std::uint32_t reserved;
};
static_assert(sizeof(Identity) == 96);

inline constexpr std::uint32_t kTimeBuckets = 31;

// How often something took how long. Bucket n is up to 64 ns << n, and more than the one before it; the last has no end.
struct alignas(kCacheLine) TimeHistogram {
  SharedCount nanoseconds;  // all together
  SharedCount buckets[kTimeBuckets];
};
static_assert(sizeof(TimeHistogram) == 4 * kCacheLine);

// What was done to the folder as a whole; anybody counts, and all of it seldom.
struct FolderCounters {
  alignas(kCacheLine) SharedOffset counted_since;  // wall clock in ms when the file was made
  SharedCount openings;
  SharedCount closings;
  SharedCount deaths;  // openings that ended without a closing, as far as somebody has noticed
  SharedCount topics_created;
  SharedCount topics_deleted;
  SharedCount topics_altered;
  SharedCount retention_rounds;
  alignas(kCacheLine) SharedCount recovered_partitions;
  SharedCount scanned_bytes;  // by recoveries
  SharedCount budget_refusals;
  SharedCount cut_bytes;  // off the ends of logs, by recoveries
  SharedCount cut_segments;
  SharedCount retention_failures;  // partitions that a look in the background could not do
  SharedCount compaction_failures;
  TimeHistogram poll_wait;
};
static_assert(sizeof(FolderCounters) == 6 * kCacheLine);

struct HeaderPage {
  Identity identity;
  alignas(kCacheLine) SharedWord header_lock;  // guards page_count's growth and the list of topics
  alignas(kCacheLine) SharedWord page_count;   // partition pages published
  SharedWord slot_bound;                       // one past the highest slot ever taken: what scans stop at
  alignas(kCacheLine) std::atomic<std::uint64_t> topic_generation;  // moves when a topic is made, altered, deleted
  // What tells when to look; what is done then is decided by the files.
  alignas(kCacheLine) SharedOffset size_bytes;  // of all segments, what is allocated ahead of the writers among it
  SharedOffset retention_round;                 // wall clock in ms of the last look at what is too old
  FolderCounters counters;
  std::byte reserved[kPageSize - 6 * kCacheLine - sizeof(FolderCounters)];
};
static_assert(sizeof(HeaderPage) == kPageSize);

struct alignas(kCacheLine) Doorbell {
  SharedWord rings;
};
static_assert(sizeof(Doorbell) * kDoorbells == kPageSize);

// A process's place. Alive is who holds the lock on byte 1 + index of the file LOCK; the fields are for messages, and
// `generation` tells the holders of one slot apart.
struct alignas(kCacheLine) Slot {
  SharedWord generation;  // 20 bits are used; 0 is nobody yet
  SharedWord state;       // SlotState
  std::atomic<std::int32_t> pid;
  std::uint32_t library_version;
  std::uint64_t start_time;  // of the process, as /proc has it
  char host[40];             // a container's host name tells PID namespaces apart; ends with 0
};
static_assert(sizeof(Slot) == kCacheLine);

enum SlotState : std::uint32_t {
  kSlotClean = 0,  // free, and no lock word names it
  kSlotUsed = 1,   // taken; if its byte in LOCK is free its holder died, and lock words may name it
};

// One state of the log: two of these, so that a process that dies while it fills one leaves the other.
struct alignas(kCacheLine) CommitSlot {
  SharedOffset segment_base;          // base offset of the active segment: its file's name
  SharedOffset position;              // bytes of it that are batches
  SharedOffset next_offset;           // of the log
  SharedOffset max_timestamp;         // of the active segment; -1 when it is empty
  SharedOffset segment_first_append;  // wall clock in ms when its first batch came; -1 when it is empty
  // Counters, here so that they cost no line more, and are right whoever died when.
  SharedOffset appended_batches;
  SharedOffset appended_records;
  SharedOffset appended_bytes;
};
static_assert(sizeof(CommitSlot) == kCacheLine);

struct IndexEntry {
  SharedWord relative_offset;  // of a batch's base offset to the segment's
  SharedWord position;         // where that batch begins
  SharedOffset max_timestamp;  // of all batches before it in the segment; -1 for none
};
static_assert(sizeof(IndexEntry) == 16);

inline constexpr std::uint32_t kSparseEntries = 64;

// Written under the append lock. Readers check whatever they take from it against the batch it leads to.
struct alignas(kCacheLine) SparseIndex {
  SharedOffset segment_base;
  SharedWord count;
  SharedWord step;  // bytes between entries: doubled each time the table is full
  IndexEntry entries[kSparseEntries];
};

enum PageState : std::uint32_t { kPageFree = 0, kPageUsed = 1 };

enum PartitionFlags : std::uint32_t {
  kFlagDeleted = 1,     // the topic is gone: nothing is appended any more
  kFlagSyncFailed = 2,  // an fdatasync failed: read-only for everybody, never retried
  kFlagDamaged = 4,     // recovery met damage: read-only until repaired
  kFlagUnmended = 8,    // an owner of the append lock died; whoever has the lock next mends before anything else
  kFlagDisk = 16,  // the topic is kDisk: the high watermark follows `flushed`, and nothing is acknowledged beyond it
  kFlagNameUnsynced = 32,  // just made: the topic's file, which names it, may not be on the disk as it is
  kFlagGaps = 64,  // compaction has taken records out, so offsets may be missing; set before the first is, and stays
  kFlagReplacing = 128,  // a compacted segment is taking the place of others; under the retire lock (replacing.h)
};

inline constexpr std::uint32_t kErrorKinds = 8;

// What was done to a partition, by who counts it.
struct PartitionCounters {
  // who has the append lock
  alignas(kCacheLine) SharedCount rolls;
  SharedCount lock_waits;  // appends that found the lock taken
  SharedCount takeovers;   // of the lock, from the dead
  SharedCount compressed_batches;

  // readers
  alignas(kCacheLine) SharedCount fetches;  // that found something
  SharedCount fetched_records;
  SharedCount fetched_bytes;       // as they are stored
  SharedCount decompressed_bytes;  // that were made of compressed batches
  SharedCount read_errors;         // damage, and what cannot be decompressed
  SharedCount out_of_range;

  // who has the flush lock
  alignas(kCacheLine) SharedCount syncs;
  SharedCount sync_errors;

  // who has the retire lock
  alignas(kCacheLine) SharedCount retired_segments;
  SharedCount retired_bytes;

  // who has compacted the partition
  alignas(kCacheLine) SharedCount cleanings;
  SharedCount cleaned_bytes_read;
  SharedCount cleaned_bytes_written;
  SharedCount cleaned_records;  // that were removed

  // anybody
  alignas(kCacheLine) SharedCount compression_input_bytes;
  SharedCount compression_output_bytes;
  SharedCount wakeups;  // rings of sleepers' doorbells
  SharedCount sealed_segments;
  alignas(kCacheLine) SharedCount append_errors[kErrorKinds];  // by ErrorKindOf (counters.h)
  alignas(kCacheLine) TimeHistogram append;                    // some of them: Appender
  TimeHistogram sync_wait;                                     // of appends, and of who asked for a sync
  TimeHistogram fsync;
};
static_assert(sizeof(PartitionCounters) == 19 * kCacheLine);

struct alignas(kPageSize) PartitionPage {
  // line 0: who; written before the page is published
  std::byte topic_id[16];
  std::uint64_t incarnation;
  std::int32_t partition;
  SharedWord state;  // PageState
  SharedWord flags;  // PartitionFlags; set under the append lock, but for kFlagSyncFailed

  // line 1: append
  alignas(kCacheLine) SharedWord append_lock;
  std::atomic<std::uint64_t> version;
  std::atomic<std::int32_t> leader_epoch;
  std::atomic<std::int32_t> ready;  // 1 once recovery or creation has filled the page
  SharedOffset epoch_start;

  // line 2, 3
  CommitSlot commit[2];

  // line 4: visible. The position is stored before the watermark, and a new segment's generation before its first position.
  alignas(kCacheLine) SharedOffset high_watermark;
  SharedOffset visible_position;       // bytes of the active segment that are batches
  SharedWord segment_list_generation;  // moves when a segment comes or goes

  // line 5: space; all under the size lock
  alignas(kCacheLine) SharedWord size_lock;
  SharedOffset allocated_segment;  // base offset of the segment that `allocated` speaks of: the active one
  SharedOffset allocated;          // bytes of it that have blocks on the disk: only these are ever stored to

  // line 6: durable; changed under the flush lock. With kFlagDisk its owner raises the high watermark, too.
  alignas(kCacheLine) SharedWord flush_lock;
  SharedWord flush_rounds;  // moves when a sync is over, however it ended: what those sleep on who wait for one
  SharedOffset flushed;     // what is below it is on the disk
  SharedOffset named;       // segments up to the one that begins here have names that are on the disk

  // line 7: bounds; the log starts are raised under the retire lock, and segments below them removed
  alignas(kCacheLine) SharedWord retire_lock;
  SharedOffset log_start;
  SharedOffset local_log_start;
  SharedOffset last_stable_offset;
  std::atomic<std::uint64_t> truncations;
  std::atomic<std::uint64_t> producer_state_version;

  // line 8: a line of its own, so that the look at it after each append finds it in the cache
  alignas(kCacheLine) std::atomic<std::uint64_t> sleepers;  // bit n: who sleeps on doorbell n watches this partition

  SparseIndex index;

  alignas(2048) PartitionCounters counters;
};
static_assert(sizeof(PartitionPage) == kPageSize);
static_assert(offsetof(PartitionPage, counters) == 2048);

// What consumers count: each takes the line of its own number, so that those of different processes and threads seldom
// share one. What it stands for is the sum of all lines.
struct alignas(kCacheLine) ActivityLine {
  SharedCount polls;
  SharedCount polls_with_records;
};
inline constexpr std::uint32_t kActivityLines = 64;
static_assert(sizeof(ActivityLine) * kActivityLines == kPageSize);

inline constexpr std::size_t kDoorbellsAt = kPageSize;
inline constexpr std::size_t kSlotsAt = 2 * kPageSize;
inline constexpr std::size_t kActivityAt = kSlotsAt + sizeof(Slot) * kMaxSlots;
inline constexpr std::size_t kPartitionPagesAt = 32 * kPageSize;
static_assert(kActivityAt == 18 * kPageSize && kActivityAt + kPageSize <= kPartitionPagesAt);
inline constexpr std::size_t kControlSizeMax = kPartitionPagesAt + std::size_t{kMaxPartitionPages} * kPageSize;

}  // namespace leat::shared

#endif  // LEAT_SHARED_LAYOUT_H_
