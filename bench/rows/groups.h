// A child that is a member of a group until it is killed.
#ifndef LEAT_BENCH_ROWS_GROUPS_H_
#define LEAT_BENCH_ROWS_GROUPS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/child.h"

namespace leat::bench {

// "member", with the folder as its argument.
absl::StatusOr<std::string> MemberRole(const std::vector<std::string>& arguments, const ReadyThenGo& ready);

}  // namespace leat::bench

#endif  // LEAT_BENCH_ROWS_GROUPS_H_
