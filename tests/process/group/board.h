// What consumers that may be killed or stopped at any instant leave behind for the one that judges: memory in a file of
// its own. A store into it survives whoever made it.
#ifndef LEAT_TESTS_PROCESS_GROUP_BOARD_H_
#define LEAT_TESTS_PROCESS_GROUP_BOARD_H_

#include <fcntl.h>
#include <leat/types.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace leat::process_test::group {

inline constexpr const char* kTopicName = "work";
inline constexpr const char* kGroupId = "workers";
inline constexpr PartitionId kPartitions = 24;
inline constexpr Offset kOffsets = 200'000;  // that are noted of each partition

// Microseconds of a clock that all processes share; never 0.
inline std::uint64_t NowUs() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000 + 1;
}

// A membership: from a join to a leave, a death, or a fence. And when it did something.
struct Stamp {
  std::uint32_t session = 0;
  std::uint64_t at_us = 0;

  std::uint64_t Pack() const { return std::uint64_t{session} << 44 | (at_us & ((std::uint64_t{1} << 44) - 1)); }
  static Stamp Of(std::uint64_t packed) {
    return {.session = static_cast<std::uint32_t>(packed >> 44), .at_us = packed & ((std::uint64_t{1} << 44) - 1)};
  }
};

// One took over what the other had, though that one had not given it up.
struct TakeOver {
  std::atomic<std::uint32_t> valid;
  PartitionId partition;
  Offset offset;  // that was delivered twice; -1: the whole partition
  std::uint64_t before;
  std::uint64_t after;
};

// A process was killed or stopped: it had done its last before `confirmed_us`, and went on at `end_us` at the
// earliest.
struct Disturbance {
  std::atomic<std::uint64_t> sent_us;
  std::atomic<std::uint64_t> confirmed_us;
};

struct Process {
  static constexpr std::size_t kDisturbances = 64;
  std::atomic<std::uint32_t> count;
  std::array<Disturbance, kDisturbances> disturbances;
};

struct Session {
  std::atomic<std::uint32_t> process;
  std::atomic<std::uint64_t> polled_us;  // when it last called Poll
  std::atomic<std::uint64_t> lost_us;    // when it heard that it had been fenced
};

struct Board {
  static constexpr std::size_t kProcesses = 4096;
  static constexpr std::size_t kSessions = 1 << 18;
  static constexpr std::size_t kTakeOvers = 1 << 20;

  std::atomic<std::uint32_t> stop_producing;
  std::atomic<std::uint32_t> stop_consuming;
  std::atomic<std::uint32_t> failures;  // the first one's text is below
  std::array<char, 4096> failure;
  std::atomic<std::uint32_t> next_session;  // 0 is nobody's
  std::atomic<std::uint64_t> next_take_over;
  std::atomic<std::uint64_t> commits;
  std::array<Process, kProcesses> processes;
  std::array<Session, kSessions> sessions;
  std::array<std::atomic<std::uint64_t>, kPartitions> owners;  // packed stamps; 0: nobody
  std::array<std::array<std::atomic<std::uint64_t>, kOffsets>, kPartitions> delivered;
  std::array<TakeOver, kTakeOvers> take_overs;

  std::uint32_t NewSession(std::uint32_t process) {
    const std::uint32_t session = next_session.fetch_add(1) + 1;
    if (session >= kSessions) throw std::runtime_error("more sessions than the board has room for");
    sessions[session].process.store(process);
    return session;
  }
  void NoteTakeOver(PartitionId partition, Offset offset, std::uint64_t before, std::uint64_t after) {
    const std::uint64_t index = next_take_over.fetch_add(1);
    if (index >= kTakeOvers) return;
    TakeOver& take_over = take_overs[index];
    take_over.partition = partition;
    take_over.offset = offset;
    take_over.before = before;
    take_over.after = after;
    take_over.valid.store(1);
  }
  void Fail(std::string_view text) {
    if (failures.fetch_add(1) == 0) text.copy(failure.data(), failure.size() - 1);
  }
};

// Sparse: takes as much memory as is written to. Mapped until the process ends.
inline Board& MapBoard(const std::string& path, bool create) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0), 0600);
  if (file < 0 || (create && ::ftruncate(file, sizeof(Board)) != 0)) throw std::runtime_error("no board");
  void* const memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) throw std::runtime_error("the board can't be mapped");
  return *static_cast<Board*>(memory);
}

}  // namespace leat::process_test::group

#endif  // LEAT_TESTS_PROCESS_GROUP_BOARD_H_
