#include <leat/status.h>

#include "support/catch.h"

namespace leat {

TEST_CASE("an error is retriable, or leaves the append uncertain, or neither, never both") {
  for (int code = 0; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "");
    CHECK_FALSE((IsRetriable(status) && AppendIsUncertain(status)));
  }
  CHECK_FALSE(IsRetriable(absl::OkStatus()));
  CHECK_FALSE(AppendIsUncertain(absl::OkStatus()));
}

TEST_CASE("waiting helps against what is taken and what is full") {
  CHECK(IsRetriable(absl::UnavailableError("")));
  CHECK(IsRetriable(absl::ResourceExhaustedError("")));
  CHECK_FALSE(IsRetriable(absl::InvalidArgumentError("")));
  CHECK_FALSE(IsRetriable(absl::NotFoundError("")));
  CHECK_FALSE(IsRetriable(absl::DataLossError("")));
}

TEST_CASE("nobody knows what became of an append whose sync failed or whose confirmation did not come") {
  CHECK(AppendIsUncertain(absl::DataLossError("")));
  CHECK(AppendIsUncertain(absl::DeadlineExceededError("")));
  CHECK(AppendIsUncertain(absl::UnknownError("")));
  CHECK_FALSE(AppendIsUncertain(absl::ResourceExhaustedError("")));
}

}  // namespace leat
