#include "broker/housekeeper.h"

#include <atomic>
#include <memory>
#include <thread>

#include "support/catch.h"

namespace leat::broker {
namespace {

class Counted final : public Housekept {
 public:
  void Housekeep() override { rounds.fetch_add(1); }
  std::atomic<int> rounds{0};
};

TEST_CASE("the housekeeper does each round it is asked for") {
  Housekeeper housekeeper;
  const auto work = std::make_shared<Counted>();
  for (int i = 0; i < 1000; ++i) REQUIRE(housekeeper.Add(work));
  while (work->rounds < 1000) std::this_thread::yield();
  REQUIRE(housekeeper.Add(work));
  while (work->rounds < 1001) std::this_thread::yield();
  housekeeper.Stop();
  CHECK(work->rounds == 1001);
}

TEST_CASE("a housekeeper that was stopped takes no work and keeps none") {
  Housekeeper housekeeper;
  const auto work = std::make_shared<Counted>();
  REQUIRE(housekeeper.Add(work));
  housekeeper.Stop();
  CHECK_FALSE(housekeeper.Add(work));
  CHECK(work.use_count() == 1);
  housekeeper.Stop();
}

}  // namespace
}  // namespace leat::broker
