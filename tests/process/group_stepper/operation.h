// What is done to a group while its doer is killed behind some instruction of it.
#ifndef LEAT_TESTS_PROCESS_GROUP_STEPPER_OPERATION_H_
#define LEAT_TESTS_PROCESS_GROUP_STEPPER_OPERATION_H_

#include <leat/types.h>

#include <cstdint>
#include <string>

namespace leat::process_test {

enum class GroupOperation {
  kCommit,
  kCommitText,
  kJoin,
  kAcknowledge,
  kLeave,
  kResubscribe,
  kSetOffsets,
  kCreate,
  kDelete
};

struct GroupOperationName {
  GroupOperation operation;
  const char* name;
  std::size_t share;  // of a hundred points
  bool is_long;       // calls of the kernel between its instructions take most of its time
};
inline constexpr GroupOperationName kGroupOperations[] = {
    {GroupOperation::kCommit, "commit", 22, false},
    {GroupOperation::kCommitText, "commit-with-metadata", 15, false},
    {GroupOperation::kJoin, "join", 15, false},
    {GroupOperation::kAcknowledge, "acknowledge", 12, false},
    {GroupOperation::kLeave, "leave", 12, false},
    {GroupOperation::kResubscribe, "resubscribe", 6, true},
    {GroupOperation::kSetOffsets, "set-offsets", 6, false},
    {GroupOperation::kCreate, "create", 6, true},
    {GroupOperation::kDelete, "delete", 6, true},
};

inline constexpr const char* kGroupTopic = "t";
inline constexpr PartitionId kGroupPartitions = 8;
inline constexpr const char* kGroup = "g";

// What the group remembers of every partition before child `number` does its operation, and, if that is a commit, what
// after. The metadata says the same, where there is some.
inline Offset OffsetBefore(std::uint64_t number) { return static_cast<Offset>(2 * number); }
inline Offset OffsetAfter(std::uint64_t number) { return static_cast<Offset>(2 * number + 1); }

// The child's part. The exit code says at what it failed; 77: it may not be traced.
int PerformOnGroup(GroupOperation operation, const std::string& folder, std::uint64_t number);

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_GROUP_STEPPER_OPERATION_H_
