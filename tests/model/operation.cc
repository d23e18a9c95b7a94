#include "model/operation.h"

#include <fmt/format.h>

namespace leat::testing {
namespace {

struct Share {
  Kind kind;
  const char* name;
  std::uint32_t weight;  // of 10,000 or so
  bool folder_only = false;
};

// Openings and copies cost milliseconds where the rest costs microseconds.
constexpr Share kShares[] = {
    {Kind::kSend, "Send", 1800},
    {Kind::kSendMany, "SendMany", 700},
    {Kind::kAppendBuilder, "AppendBuilder", 700},
    {Kind::kAppendBytes, "AppendBytes", 500},
    {Kind::kClaim, "Claim", 400},
    {Kind::kEnqueue, "Enqueue", 100},
    {Kind::kRead, "Read", 2000},
    {Kind::kPoll, "Poll", 1600},
    {Kind::kSeek, "Seek", 500},
    {Kind::kPauseOrResume, "PauseOrResume", 300},
    {Kind::kOffsetForTime, "OffsetForTime", 600},
    {Kind::kOffsets, "Offsets", 400},
    {Kind::kTrim, "Trim", 60},
    {Kind::kHold, "Hold", 120},
    {Kind::kLetGo, "LetGo", 80},
    {Kind::kNewConsumer, "NewConsumer", 60},
    {Kind::kDescribe, "Describe", 40},
    {Kind::kAlter, "Alter", 25},
    {Kind::kAddPartition, "AddPartition", 10},
    {Kind::kMakeAgain, "MakeAgain", 20},
    {Kind::kReadOnly, "ReadOnly", 20, true},
    {Kind::kSecondOpening, "SecondOpening", 15, true},
    {Kind::kCopy, "Copy", 4, true},
    {Kind::kCloseAndOpen, "CloseAndOpen", 15, true},
    {Kind::kKillAndOpen, "KillAndOpen", 20, true},
    {Kind::kRebootAndOpen, "RebootAndOpen", 12, true},
};

}  // namespace

std::vector<Operation> MakeOperations(std::uint64_t seed, int count, Place place) {
  Numbers numbers(seed);
  std::uint32_t sum = 0;
  for (const Share& share : kShares) sum += share.folder_only && place != Place::kFolder ? 0 : share.weight;
  std::vector<Operation> operations;
  while (static_cast<int>(operations.size()) < count) {
    std::uint32_t at = numbers.Below(sum);
    for (const Share& share : kShares) {
      if (share.folder_only && place != Place::kFolder) continue;
      if (at >= share.weight) {
        at -= share.weight;
        continue;
      }
      const auto next = [&numbers] { return static_cast<std::uint32_t>(numbers.Next() >> 32); };
      operations.push_back({.kind = share.kind, .a = next(), .b = next(), .c = next()});
      break;
    }
  }
  return operations;
}

std::string Show(const Operation& operation) {
  for (const Share& share : kShares) {
    if (share.kind == operation.kind) {
      return fmt::format("{{Kind::k{}, {}, {}, {}}}", share.name, operation.a, operation.b, operation.c);
    }
  }
  return "?";
}

}  // namespace leat::testing
