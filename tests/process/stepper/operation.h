// The operations that are stepped through: what the child does, and what must be true once it was killed in them.
#ifndef LEAT_TESTS_PROCESS_STEPPER_OPERATION_H_
#define LEAT_TESTS_PROCESS_STEPPER_OPERATION_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace leat::process_test {

enum class Operation {
  kAppend,
  kAppendToDisk,
  kRoll,
  kFlush,
  kOpen,
  kOpenAlone,
  kRecover,  // opening a folder that was in use when the machine went down, for all that can be told
  kClose,
  kCloseLast,
  kCreate,
  kDelete,
  kTrim,    // moves the log's start to where the child began to send, and removes the segments below
  kCompact  // of a compacted topic: what is left of those before, and the child's own segment, become one
};

struct OperationName {
  Operation operation;
  const char* name;
  std::size_t share;  // of a hundred points
  bool alone;         // nobody else has the folder open
  bool is_long;       // hundreds of thousands of instructions
};
inline constexpr OperationName kOperations[] = {
    {Operation::kAppend, "append", 20, false, false},     {Operation::kAppendToDisk, "append-disk", 8, false, true},
    {Operation::kRoll, "roll", 12, false, true},          {Operation::kFlush, "flush", 5, false, true},
    {Operation::kOpen, "open", 6, false, true},           {Operation::kOpenAlone, "open-alone", 8, true, true},
    {Operation::kRecover, "recover", 8, true, true},      {Operation::kClose, "close", 6, false, true},
    {Operation::kCloseLast, "close-last", 8, true, true}, {Operation::kCreate, "create-topic", 7, false, true},
    {Operation::kDelete, "delete-topic", 7, false, true}, {Operation::kTrim, "trim", 8, false, true},
    {Operation::kCompact, "compact", 10, false, true},
};

inline constexpr const char* kTopic = "t";
// Records that a child has written, each acknowledged, before its first stop.
inline constexpr std::uint64_t kBefore = 3;
// Of record `sequence` of whatever writer.
inline std::string KeyOf(std::uint64_t sequence) { return std::string("k") + std::to_string(sequence % kBefore); }

// The child's part. The exit code says at what it failed; 77: it may not be traced.
int Perform(Operation operation, const std::string& folder, std::uint64_t number);

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_STEPPER_OPERATION_H_
