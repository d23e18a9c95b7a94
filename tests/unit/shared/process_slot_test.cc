#include "shared/process_slot.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/process.h"
#include "support/catch.h"
#include "support/shared_folder.h"

namespace leat::shared {
namespace {

using testing::SharedFolder;
using testing::Value;

TEST_CASE("processes get slots of their own, and see each other alive") {
  SharedFolder folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  CHECK(first.slot().index() != second.slot().index());
  CHECK(first.slot().IsAlive(second.word()));
  CHECK(second.slot().IsAlive(first.word()));
  CHECK(first.slot().IsAlive(first.word()));
  CHECK(first.slot().IsAlive(second.word() | kWaitersBit));
}

TEST_CASE("who dies is seen to be dead, though its slot still says used") {
  SharedFolder folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  second.Die();
  CHECK_FALSE(first.slot().IsAlive(second.word()));
  CHECK(first.control().slot(second.slot().index()).state.load() == kSlotUsed);
}

TEST_CASE("a slot left cleanly is the next one's, in another generation") {
  SharedFolder folder;
  SharedFolder::Process first(folder);
  std::optional<SharedFolder::Process> second(std::in_place, folder);
  const std::uint32_t word = second->word();
  second->slot().Leave();
  second.reset();
  SharedFolder::Process third(folder);
  CHECK_FALSE(third.slot().inherited());
  CHECK(third.slot().index() == SlotOfWord(word));
  CHECK(third.word() != word);
  CHECK_FALSE(first.slot().IsAlive(word));
  CHECK_FALSE(third.slot().IsAlive(word));
}

TEST_CASE("a slot whose holder died is left alone while there are clean ones") {
  SharedFolder folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  second.Die();
  SharedFolder::Process third(folder);
  CHECK(third.slot().index() != second.slot().index());
  CHECK_FALSE(third.slot().inherited());
}

TEST_CASE("when every slot is used, one of the dead is inherited; when all live, the next one is refused") {
  SharedFolder folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  auto lock_file = Value(folder.files().Open(folder / "LOCK", io::OpenMode::kReadWrite));
  std::vector<std::unique_ptr<io::File>> others;
  for (std::uint32_t slot = 2; slot < kMaxSlots; ++slot) first.control().slot(slot).state.store(kSlotUsed);
  auto holder = Value(folder.files().Open(folder / "LOCK", io::OpenMode::kReadWrite));
  for (std::uint32_t slot = 2; slot < kMaxSlots; ++slot) {
    REQUIRE(Value(holder->TryLock(SlotByte(slot), io::LockKind::kExclusive)));
  }
  auto refused = ProcessSlot::Join(first.control(), *lock_file);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status().code() == absl::StatusCode::kResourceExhausted);

  const std::uint32_t dead = second.word();
  second.Die();
  auto inherited = Value(ProcessSlot::Join(first.control(), *lock_file));
  CHECK(inherited->inherited());
  CHECK(inherited->index() == SlotOfWord(dead));
  CHECK_FALSE(inherited->IsAlive(dead));
}

TEST_CASE("a word that no process writes is nobody's") {
  SharedFolder folder;
  SharedFolder::Process first(folder);
  CHECK_FALSE(first.slot().IsAlive(LockWord(1500, 1)));
  CHECK_FALSE(first.slot().Describe(LockWord(1500, 1)).empty());
}

TEST_CASE("a holder is described by what a person can look for") {
  SharedFolder folder;
  SharedFolder::Process first(folder);
  SharedFolder::Process second(folder);
  CHECK(first.slot().Describe(second.word()).find(std::to_string(base::CurrentPid())) != std::string::npos);
}

}  // namespace
}  // namespace leat::shared
