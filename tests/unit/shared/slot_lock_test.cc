#include "shared/slot_lock.h"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "support/catch.h"

namespace leat::shared {
namespace {

using std::chrono::milliseconds;

// Says who is dead; everybody else is alive.
class Hospital : public Liveness {
 public:
  bool IsAlive(std::uint32_t word) const override {
    ++asked;
    return word != dead;
  }
  std::string Describe(std::uint32_t word) const override { return "slot " + std::to_string(SlotOfWord(word)); }

  std::atomic<std::uint32_t> dead{0};
  mutable std::atomic<int> asked{0};
};

struct LockedWord {
  SharedWord word{0};
  Hospital hospital;
  Locker first{LockWord(0, 1), hospital, base::RealClock(), milliseconds(60'000)};
  Locker second{LockWord(1, 1), hospital, base::RealClock(), milliseconds(60'000)};
};

TEST_CASE("a word names slot and generation") {
  for (const std::uint32_t slot : {0u, 1u, 1022u, 1023u}) {
    for (const std::uint32_t generation : {1u, 2u, kGenerationMask}) {
      const std::uint32_t word = LockWord(slot, generation);
      CHECK(word != 0);
      CHECK((word & kWaitersBit) == 0);
      CHECK(SlotOfWord(word) == slot);
      CHECK(SlotOfWord(word | kWaitersBit) == slot);
      CHECK(GenerationOfWord(word) == generation);
    }
  }
}

TEST_CASE("a word that was taken too late is given back, unless another took it over") {
  LockedWord lock;
  REQUIRE(lock.first.TakeIfFree(lock.word));
  CHECK(lock.first.IsOwn(lock.word));
  CHECK_FALSE(lock.second.IsOwn(lock.word));
  CHECK_FALSE(lock.second.TakeIfFree(lock.word));
  lock.first.GiveBackLate(lock.word);
  CHECK(lock.word.load() == 0);

  REQUIRE(lock.first.TakeIfFree(lock.word));
  lock.word.fetch_or(kWaitersBit);
  CHECK(lock.first.IsOwn(lock.word));
  lock.first.GiveBackLate(lock.word);
  CHECK(lock.word.load() == 0);

  REQUIRE(lock.first.TakeIfFree(lock.word));
  lock.hospital.dead = lock.first.self();
  CHECK(lock.second.TryLock(lock.word) == Taken::kFromTheDead);
  lock.first.GiveBackLate(lock.word);
  CHECK(lock.second.IsOwn(lock.word));
}

TEST_CASE("a free lock is taken from nobody, and is free again afterwards") {
  LockedWord lock;
  auto taken = lock.first.Lock(lock.word, "it");
  REQUIRE(taken.ok());
  CHECK(*taken == Taken::kFree);
  CHECK(lock.word.load() == lock.first.self());
  lock.first.Unlock(lock.word);
  CHECK(lock.word.load() == 0);
}

TEST_CASE("a lock of the dead is taken over, and the new owner is told") {
  LockedWord lock;
  lock.word = lock.first.self();
  lock.hospital.dead = lock.first.self();
  auto taken = lock.second.Lock(lock.word, "it");
  REQUIRE(taken.ok());
  CHECK(*taken == Taken::kFromTheDead);
  CHECK((lock.word.load() & ~kWaitersBit) == lock.second.self());
  lock.second.Unlock(lock.word);
  CHECK(lock.word.load() == 0);
}

TEST_CASE("trying takes from the dead, never from the living, and does not wait") {
  LockedWord lock;
  lock.word = lock.first.self();
  CHECK_FALSE(lock.second.TryLock(lock.word).has_value());
  lock.hospital.dead = lock.first.self();
  CHECK(lock.second.TryLock(lock.word) == Taken::kFromTheDead);
  lock.second.Unlock(lock.word);
  CHECK(lock.second.TryLock(lock.word) == Taken::kFree);
}

TEST_CASE("whoever lives is waited for until max_block, and then named") {
  LockedWord lock;
  lock.word = lock.first.self();
  const Locker impatient(LockWord(2, 1), lock.hospital, base::RealClock(), milliseconds(20));
  auto taken = impatient.Lock(lock.word, "the append lock of t-0");
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.status().code() == absl::StatusCode::kUnavailable);
  const std::string message(taken.status().message());
  CHECK(message.find("the append lock of t-0") != std::string::npos);
  CHECK(message.find("slot 0") != std::string::npos);
  CHECK((lock.word.load() & ~kWaitersBit) == lock.first.self());
}

TEST_CASE("one's own word is never asked about: another thread of this process has it") {
  LockedWord lock;
  lock.hospital.dead = lock.first.self();  // what the kernel would say of a lock of one's own
  const Locker impatient(lock.first.self(), lock.hospital, base::RealClock(), milliseconds(20));
  lock.word = lock.first.self();
  CHECK_FALSE(impatient.Lock(lock.word, "it").ok());
  CHECK_FALSE(impatient.TryLock(lock.word).has_value());
  CHECK(lock.hospital.asked == 0);
}

TEST_CASE("threads of several processes take turns") {
  LockedWord lock;
  constexpr int kRounds = 20'000;
  std::int64_t counter = 0;  // guarded by the lock
  auto add = [&](const Locker& locker) {
    for (int i = 0; i < kRounds; ++i) {
      if (!locker.Lock(lock.word, "it").ok()) return;
      ++counter;
      locker.Unlock(lock.word);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] { add(lock.first); });
    threads.emplace_back([&] { add(lock.second); });
  }
  for (auto& thread : threads) thread.join();
  CHECK(counter == 4 * kRounds);
  CHECK(lock.word.load() == 0);
}

TEST_CASE("many who wait for one dead owner: one takes over, the others wait for that one") {
  LockedWord lock;
  lock.word = LockWord(7, 3);
  lock.hospital.dead = LockWord(7, 3);
  std::atomic<int> from_the_dead{0};
  std::atomic<int> free{0};
  std::atomic<int> inside{0};
  std::atomic<bool> crowded{false};
  std::vector<std::thread> threads;
  for (std::uint32_t slot = 0; slot < 6; ++slot) {
    threads.emplace_back([&, slot] {
      const Locker locker(LockWord(slot, 1), lock.hospital, base::RealClock(), milliseconds(60'000));
      auto taken = locker.Lock(lock.word, "it");
      if (!taken.ok()) return;
      if (inside.fetch_add(1) != 0) crowded = true;
      ++(*taken == Taken::kFromTheDead ? from_the_dead : free);
      --inside;
      locker.Unlock(lock.word);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(from_the_dead == 1);
  CHECK(free == 5);
  CHECK_FALSE(crowded);
}

}  // namespace
}  // namespace leat::shared
