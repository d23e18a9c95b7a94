// Lock words of groups that name somebody who died.
#include "group/settling.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "group/group.h"
#include "group/group_file.h"
#include "group/open_group.h"
#include "shared/slot_lock.h"
#include "support/catch.h"
#include "support/group_folder.h"

namespace leat::group {
namespace {

using testing::GroupFolder;
using testing::PollingMember;

constexpr std::uint32_t kDead = 3;  // the slot of the process that died with the group's lock
constexpr std::uint32_t kGeneration = 7;

void MarkAllOthersUsed(shared::ControlFile& control, std::uint32_t slots) {
  for (std::uint32_t i = 0; i < slots; ++i) {
    if (i != kDead) control.slot(i).state.store(shared::kSlotUsed);
  }
}

// So many openings later that the dead one's slot comes back to its generation.
void ComeBackTo(shared::ControlFile& control) { control.slot(kDead).generation.store(kGeneration - 1); }

TEST_CASE("a group's lock that a dead process had is not its slot's next holder's, however many there were between") {
  const bool shared_by_another = GENERATE(false, true);
  GroupFolder folder;
  GroupFolder::Process first = folder.Open();
  GroupFolder::Topic(first, "t", 1);
  {
    PollingMember member(first, "g", {"t"});
    REQUIRE(member.Poll().ok());
    REQUIRE(member->Leave().ok());
  }
  auto file = OpenGroupFile(first->state(), "g", GroupOpening::kExisting);
  REQUIRE(file.ok());
  shared::ControlFile& control = first->state().control();
  control.header().slot_bound.store(kDead + 1);
  control.slot(kDead).state.store(shared::kSlotUsed);
  control.slot(kDead).generation.store(kGeneration);
  (*file)->header().lock.store(shared::LockWord(kDead, kGeneration));

  if (shared_by_another) {
    // Beside the first one, and no slot is left but those of the dead: the next opener inherits the second.
    MarkAllOthersUsed(control, shared::kMaxSlots);
    const GroupFolder::Process second = folder.Open();
    CHECK((*file)->header().lock.load() == 0);
    return;
  }
  first.reset();
  const GroupFolder::Process alone = folder.Open({.max_block = std::chrono::milliseconds(1)});
  CHECK((*file)->header().lock.load() == 0);
  ComeBackTo(alone->state().control());
  MarkAllOthersUsed(alone->state().control(), kDead);
  const GroupFolder::Process heir = folder.Open();
  REQUIRE(heir->state().slot()->word() == shared::LockWord(kDead, kGeneration));
  PollingMember member(alone, "g", {"t"});
  CHECK(member.Poll().ok());
}

TEST_CASE("who settles groups leaves the living their locks, and damaged files as they are") {
  GroupFolder folder;
  const GroupFolder::Process first = folder.Open();
  GroupFolder::Topic(first, "t", 1);
  for (const char* id : {"held", "spoilt"}) {
    PollingMember member(first, id, {"t"});
    REQUIRE(member->Leave().ok());
  }
  auto held = OpenGroupFile(first->state(), "held", GroupOpening::kExisting);
  auto spoilt = OpenGroupFile(first->state(), "spoilt", GroupOpening::kExisting);
  REQUIRE((held.ok() && spoilt.ok()));
  const std::uint32_t word = first->state().slot()->word();
  (*held)->header().lock.store(word);
  (*spoilt)->header().identity.crc ^= 1;
  (*spoilt)->header().lock.store(shared::LockWord(kDead, kGeneration));
  const GroupFolder::Process second = folder.Open();
  REQUIRE(SettleGroups(second->state()).ok());
  CHECK((*held)->header().lock.load() == word);
  CHECK((*spoilt)->header().lock.load() == shared::LockWord(kDead, kGeneration));
  (*held)->header().lock.store(0);
}

}  // namespace
}  // namespace leat::group
