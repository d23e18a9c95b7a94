#include "io/futex.h"

#include <new>
#include <thread>

#include "place.h"
#include "support/catch.h"
#include "support/forked_child.h"

namespace leat::io {
namespace {

using namespace std::chrono_literals;  // NOLINT: literals only
using Word = std::atomic<std::uint32_t>;

// Sleeps until the word is no longer `expected`, however often it is woken for nothing.
void WaitUntilNot(const Word& word, std::uint32_t expected) {
  while (word.load(std::memory_order_acquire) == expected) FutexWait(word, expected, 10s);
}

TEST_CASE("waiting for a word that is already another ends at once") {
  const Word word{1};
  FutexWait(word, 0, 1h);
  SUCCEED("or this test would time out");
}

TEST_CASE("waiting ends when its time is over, and at once when there is none") {
  const Word word{1};
  FutexWait(word, 1, 1ms);
  FutexWait(word, 1, 0ns);
  FutexWait(word, 1, -5s);
  SUCCEED("or this test would time out");
}

TEST_CASE("a sleeper is woken through another mapping of the same file") {
  Place place(Kind::kPosix);
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE((*file)->Allocate(4096).ok());
  auto one = (*file)->Map(4096, MapAccess::kReadWrite);
  auto two = (*file)->Map(4096, MapAccess::kReadWrite);
  REQUIRE((one.ok() && two.ok()));
  REQUIRE((*one)->data() != (*two)->data());
  Word& here = *new ((*one)->data() + 64) Word(0);
  Word& there = *reinterpret_cast<Word*>((*two)->data() + 64);
  std::thread sleeper([&here] { WaitUntilNot(here, 0); });
  there.store(1, std::memory_order_release);
  FutexWake(there, 1);
  sleeper.join();
  CHECK(here.load() == 1);
}

TEST_CASE("processes wake each other through a file, a thousand times there and back") {
  Place place(Kind::kPosix);
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE((*file)->Allocate(4096).ok());
  auto mapped = (*file)->Map(4096, MapAccess::kReadWrite);
  REQUIRE(mapped.ok());
  Word& word = *new ((*mapped)->data()) Word(0);
  testing::ForkedChild child([&](testing::ForkedChild&) {
    auto own_file = place.files().Open(place / "a", OpenMode::kReadWrite);
    auto own = (*own_file)->Map(4096, MapAccess::kReadWrite);
    Word& same = *reinterpret_cast<Word*>((*own)->data());
    for (std::uint32_t turn = 0; turn < 2000; turn += 2) {
      WaitUntilNot(same, turn);
      same.store(turn + 2, std::memory_order_release);
      FutexWake(same, 1);
    }
    return 0;
  });
  for (std::uint32_t turn = 0; turn < 2000; turn += 2) {
    word.store(turn + 1, std::memory_order_release);
    FutexWake(word, 1);
    WaitUntilNot(word, turn + 1);
  }
  CHECK(child.Wait() == 0);
  CHECK(word.load() == 2000);
}

}  // namespace
}  // namespace leat::io
