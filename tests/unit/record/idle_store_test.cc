#include "record/idle_store.h"

#include <memory>
#include <vector>

#include "support/catch.h"

namespace leat::record {
namespace {

struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --alive; }
  bool IsWorthKeeping() const { return !large; }

  static inline int alive = 0;
  bool large = false;
};

}  // namespace

TEST_CASE("what was given back is taken again") {
  Counted::alive = 0;
  IdleStore<Counted> store;
  auto first = store.Take();
  Counted* const address = first.get();
  store.Give(std::move(first));
  CHECK(Counted::alive == 1);
  CHECK(store.Take().get() == address);
  CHECK(Counted::alive == 0);
}

TEST_CASE("sixteen are kept while they are idle, however many there were") {
  Counted::alive = 0;
  IdleStore<Counted> store;
  {
    std::vector<std::unique_ptr<IdleStore<Counted>::Lease>> leases;
    for (int i = 0; i < 100; ++i) leases.push_back(std::make_unique<IdleStore<Counted>::Lease>(store));
    CHECK(Counted::alive == 100);
  }
  CHECK(Counted::alive == 16);
  for (int i = 0; i < 16; ++i) store.Take();
  CHECK(Counted::alive == 0);
}

TEST_CASE("what has become too large is not kept") {
  Counted::alive = 0;
  IdleStore<Counted> store;
  {
    const IdleStore<Counted>::Lease lease(store);
    lease->large = true;
  }
  CHECK(Counted::alive == 0);
}

}  // namespace leat::record
