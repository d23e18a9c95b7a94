#include "group/fencing.h"

#include <fmt/format.h>

#include <string>

namespace leat::group {
namespace {

std::string What(FenceReason reason, std::string_view instance_id) {
  switch (reason) {
    case FenceReason::kPollTooRare:
      return "it had not polled for max_poll_interval: poll more often, take less at a time, or allow for more";
    case FenceReason::kProcessDied:
      return "its process was taken for dead";
    case FenceReason::kReplaced:
      return fmt::format(
          "another consumer has joined with the same group_instance_id \"{}\", which takes its place: give "
          "each its own",
          instance_id);
    case FenceReason::kSessionOver:
      return "it was away for longer than session_timeout";
    case FenceReason::kGroupDeleted:
      return "the group was deleted";
    case FenceReason::kLeft:
      return "it has left";
    case FenceReason::kUnknown:
      break;
  }
  return "the group went on without it";
}

}  // namespace

FenceReason WhyFenced(const MemberLine& line, std::uint32_t epoch) {
  if (line.fenced_epoch.load(std::memory_order_acquire) != epoch) return FenceReason::kUnknown;
  return static_cast<FenceReason>(line.fenced_why.load(std::memory_order_relaxed));
}

absl::Status FencedStatus(FenceReason reason, std::string_view group_id, std::string_view instance_id) {
  return absl::AbortedError(fmt::format(
      "this consumer is not a member of the group \"{}\" any more, and others may read its partitions: {}. {}",
      group_id, What(reason, instance_id),
      reason == FenceReason::kReplaced ? "It does not join again by itself" : "It joins again at its next Poll"));
}

}  // namespace leat::group
