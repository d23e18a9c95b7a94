// What a model test does, step by step: made from a seed, shown to people, and cut down when it fails.
#ifndef LEAT_TESTS_MODEL_OPERATION_H_
#define LEAT_TESTS_MODEL_OPERATION_H_

#include <cstdint>
#include <string>
#include <vector>

namespace leat::testing {

// Each takes what it needs from the operation's numbers, modulo what there is at that time.
enum class Kind : std::uint8_t {
  kSend,           // one record, by Producer::Send
  kSendMany,       // several, over all partitions of a topic
  kAppendBuilder,  // a batch, by Partition::Append
  kAppendBytes,    // an encoded batch, as from elsewhere
  kClaim,          // a place in the log; given up now and then
  kEnqueue,        // several records, then Flush
  kRead,           // Partition::Read
  kPoll,           // the consumer
  kSeek,           // the consumer, also to where there is nothing
  kPauseOrResume,  // the consumer
  kOffsetForTime,  //
  kOffsets,        // log start, high watermark, end
  kTrim,           // Partition::Trim, by offset or time, also where it is refused
  kHold,           // keeps what was read
  kLetGo,          // looks at what was kept, and drops it
  kNewConsumer,    // with other limits
  kDescribe,       //
  kAlter,          // settings
  kAddPartition,   //
  kMakeAgain,      // deletes a topic and makes another of its name
  kReadOnly,       // a second, read-only opening of the folder reads a partition
  kSecondOpening,  // a second opening of the folder appends and closes
  kCopy,           // the folder, as it is, is copied, and the copy opened
  kCloseAndOpen,   //
  kKillAndOpen,    // the process ends without a close
  kRebootAndOpen,  // likewise, and all that was in the machine's memory is void
};

struct Operation {
  Kind kind = Kind::kSend;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};

// Where the operations run; not all of them make sense everywhere.
enum class Place : std::uint8_t { kFolder, kMemory, kLimitedMemory };

std::vector<Operation> MakeOperations(std::uint64_t seed, int count, Place place);
std::string Show(const Operation& operation);

// A stream of numbers that is the same wherever and whenever: no library's generator is promised to be.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint32_t Below(std::uint32_t bound) { return static_cast<std::uint32_t>((Next() >> 32) % bound); }
  bool OneIn(std::uint32_t n) { return Below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_MODEL_OPERATION_H_
