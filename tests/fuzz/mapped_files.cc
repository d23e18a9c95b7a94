// The files that processes share through mappings, each by itself: what its readers make of bytes that nobody of ours wrote.
#include <cstdint>
#include <memory>
#include <string>

#include "base/check.h"
#include "broker/page_check.h"
#include "fuzz/input.h"
#include "fuzz/overlay.h"
#include "fuzz/targets.h"
#include "group/group_file.h"
#include "group/layout.h"
#include "group/offset_entry.h"
#include "group/offset_table.h"
#include "group/state_image.h"
#include "io/memory_file_system.h"
#include "shared/control_file.h"
#include "shared/layout.h"
#include "support/log_files.h"

namespace leat::testing {
namespace {

std::shared_ptr<io::FileSystem> NewFiles() { return io::MakeMemoryFileSystem(); }

base::Uuid Id(int number) {
  base::Uuid id{};
  id[0] = static_cast<std::byte>(number);
  return id;
}

// Overwrites parts of the file, and perhaps cuts it.
void Spoil(io::FileSystem& files, const std::string& path, FuzzInput& input) {
  auto file = files.Open(path, io::OpenMode::kReadWrite);
  LEAT_CHECK(file.ok());
  std::vector<std::byte> bytes(static_cast<std::size_t>((*file)->Info()->size));
  LEAT_CHECK((*file)->ReadAt(0, bytes).ok());
  if (const auto cut = input.Number<std::uint16_t>(); cut >= 0xff00) bytes.resize(bytes.size() - (cut & 0xffU) * 16);
  while (!input.empty()) LayOver(input, bytes);
  LEAT_CHECK((*file)->Truncate(static_cast<std::int64_t>(bytes.size())).ok());
  LEAT_CHECK((*file)->WriteAt(0, bytes).ok());
}

}  // namespace

void FuzzGroupState(FuzzBytes bytes) {
  const auto state = group::DecodeState(bytes, "file");
  if (!state.ok()) return;
  const auto again = group::DecodeState(group::EncodeState(*state), "file");
  LEAT_CHECK(again.ok() && *again == *state);
}

FuzzSeeds GroupStateSeeds() {
  group::MembershipState state;
  state.generation = 7;
  state.next_epoch = 12;
  state.assignor = "sticky";
  group::MemberState& member = state.members.emplace_back();
  member.epoch = 10;
  member.process = 5;
  member.member_id = "consumer-x";
  member.host = "box";
  group::TopicState& topic = state.topics.emplace_back();
  topic.name = "t";
  topic.id = Id(1);
  topic.owner = {0, group::kNobody};
  topic.target = {0, 0};
  state.subscriptions = {{"t"}};
  return {group::EncodeState({}), group::EncodeState(state)};
}

void FuzzGroupFile(FuzzBytes bytes) {
  const std::shared_ptr<io::FileSystem> files = NewFiles();
  const group::GroupHome home{.boot_id = "boot", .control = {1, 2}};
  const group::EntryKey key{Id(1), 0};
  {
    auto made = group::GroupFile::Make(*files, "/g", home, *files->Info("/"));
    LEAT_CHECK(made.ok());
    LEAT_CHECK((*made)->Publish(*files).ok());
    group::OffsetTable table(**made);
    LEAT_CHECK(table.Ensure(**made, key.topic_id, "topic", 3).ok());
    const group::EntryPlace place = table.Find(key);
    LEAT_CHECK(place != 0);
    LEAT_CHECK(group::MakeRoomForMetadata(**made, place, 100).ok());
    LEAT_CHECK(group::WriteEntry(**made, place, key, {.offset = 7, .metadata = "words"}).ok());
  }
  FuzzInput input(bytes);
  Spoil(*files, "/g", input);
  const auto opened = group::GroupFile::Open(*files, "/g", home, io::MapAccess::kReadWrite);
  LEAT_CHECK(opened.ok());
  group::GroupFile& file = **opened;
  if (!file.VerdictStatus().ok()) return;
  group::OffsetTable table(file);
  for (const group::OffsetTable::Entry& entry : table.All()) {
    for (const auto damaged : {group::DamagedSlots::kRefused, group::DamagedSlots::kIgnored}) {
      const auto offset = group::ReadEntry(file, entry.place, entry.key, damaged);
      if (offset.ok() && offset->has_value()) LEAT_CHECK((*offset)->metadata.size() <= 4096);
    }
  }
  if (!table.Ensure(file, key.topic_id, "topic", 5).ok()) return;
  const group::EntryPlace place = table.Find(key);
  if (place == 0) return;
  group::ClearDamagedSlots(file, place, key);
  // With and without the room that it needs.
  if ((bytes.size() & 1) != 0 && !group::MakeRoomForMetadata(file, place, 50).ok()) return;
  group::WriteEntry(file, place, key, {.offset = 8, .metadata = "other words"}).IgnoreError();
}

void FuzzControlFile(FuzzBytes bytes) {
  const std::shared_ptr<io::FileSystem> files = NewFiles();
  LEAT_CHECK(files->MakeDirectory("/p").ok());
  LogFiles log(*files, "/p");
  log.WriteSegment(0, MakeBatches(0, 5));
  {
    auto made = shared::ControlFile::Make(*files, "/control", Id(9), "boot", *files->Info("/"));
    LEAT_CHECK(made.ok());
    for (int page = 0; page < 2; ++page) LEAT_CHECK((*made)->AddPage(Id(page), 1, page).ok());
  }
  FuzzInput input(bytes);
  Spoil(*files, "/control", input);
  const auto opened = shared::ControlFile::Open(*files, "/control", "boot", io::MapAccess::kReadWrite);
  LEAT_CHECK(opened.ok());
  shared::ControlFile& control = **opened;
  if (control.verdict() != shared::IdentityVerdict::kOurs) return;
  for (std::uint32_t page = 0; page < control.page_count(); ++page) {
    static_cast<void>(broker::IsPossible(control.page(page), *files, "/p"));
  }
  static_cast<void>(control.AddPage(Id(3), 1, 0));
}

FuzzSeeds OverlaySeeds() {
  // Two patches, of 8 bytes and of 3.
  return {AsBytes(std::string("\0\0\x40\0\0\0\x08"
                              "abcdefgh"
                              "\0\x20\0\0\x03xyz",
                              2 + 5 + 8 + 5 + 3)),
          AsBytes("x")};
}

}  // namespace leat::testing
