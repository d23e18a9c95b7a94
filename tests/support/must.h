// For programs that have nobody to tell an error but the person who started them.
#ifndef LEAT_TESTS_SUPPORT_MUST_H_
#define LEAT_TESTS_SUPPORT_MUST_H_

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat::testing {

inline void Must(const absl::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.ToString());
  std::exit(1);
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  Must(value.status());
  return *std::move(value);
}

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_MUST_H_
