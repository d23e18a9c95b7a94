#include "broker/side_by_side.h"

#include <fmt/format.h>

#include <atomic>
#include <string>
#include <vector>

#include "support/catch.h"

namespace leat::broker {
namespace {

TEST_CASE("each is done once, however many there are") {
  for (const std::size_t count : {0, 1, 7, 8, 9, 1000}) {
    std::vector<std::atomic<int>> done(count);
    CHECK(SideBySide(count, [&](std::size_t i) {
            done[i].fetch_add(1);
            return absl::OkStatus();
          }).ok());
    std::size_t once = 0;
    for (const std::atomic<int>& times : done) once += times.load() == 1 ? 1 : 0;
    CHECK(once == count);
  }
}

TEST_CASE("what fails keeps none of the others from being done, and the first of the errors is told") {
  for (const std::size_t count : {5, 500}) {
    std::atomic<std::size_t> done{0};
    const absl::Status status = SideBySide(count, [&](std::size_t i) {
      done.fetch_add(1);
      return i % 3 == 2 ? absl::DataLossError(fmt::format("number {}", i)) : absl::OkStatus();
    });
    CHECK(done.load() == count);
    CHECK(std::string(status.message()) == "number 2");
  }
}

}  // namespace
}  // namespace leat::broker
