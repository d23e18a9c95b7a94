// What a verdict expects; the first thing that is otherwise ends it.
#ifndef LEAT_TESTS_CRASH_EXPECT_H_
#define LEAT_TESTS_CRASH_EXPECT_H_

#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat::testing {

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void Expect(bool holds, const std::string& otherwise) {
  if (!holds) throw Wrong(otherwise);
}
inline void Expect(const absl::Status& status, const std::string& what) {
  if (!status.ok()) throw Wrong(what + ": " + status.ToString());
}
template <typename T>
T Expect(absl::StatusOr<T> value, const std::string& what) {
  if (!value.ok()) throw Wrong(what + ": " + value.status().ToString());
  return *std::move(value);
}

// What is wrong, in words; empty if nothing is.
template <typename Judgement>
std::string VerdictOf(Judgement judgement) {
  try {
    judgement.Run();
    return {};
  } catch (const Wrong& wrong) {
    return wrong.what();
  }
}

}  // namespace leat::testing

#endif  // LEAT_TESTS_CRASH_EXPECT_H_
