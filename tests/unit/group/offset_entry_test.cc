#include "group/offset_entry.h"

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "group/offset_table.h"
#include "support/catch.h"
#include "support/group_file_folder.h"

namespace leat::group {
namespace {

using testing::GroupFileFolder;

struct EntryTest : GroupFileFolder {
  EntryTest() : file(Make()), table(*file) {
    key.topic_id[3] = std::byte{7};
    REQUIRE(table.Ensure(*file, key.topic_id, "t", 2).ok());
    key.partition = 1;
    place = table.Find(key);
  }

  std::string Read(DamagedSlots damaged = DamagedSlots::kRefused) {
    const auto read = ReadEntry(*file, place, key, damaged);
    if (!read.ok()) return absl::IsDataLoss(read.status()) ? "damaged" : read.status().ToString();
    return read->has_value() ? std::to_string((*read)->offset) + (*read)->metadata : "none";
  }
  void Write(Offset offset, std::string_view metadata = {}) {
    REQUIRE(MakeRoomForMetadata(*file, place, metadata.size()).ok());
    REQUIRE(WriteEntry(*file, place, key,
                       {.offset = offset, .leader_epoch = 5, .metadata = metadata, .committed_at = 1000})
                .ok());
  }
  OffsetSlot& Slot(int index) { return file->At<OffsetEntry>(place).slot[index]; }

  EntryKey key;
  std::unique_ptr<GroupFile> file;
  OffsetTable table;
  EntryPlace place = 0;
};

TEST_CASE_METHOD(EntryTest, "nothing is committed until something is, and the last commit counts") {
  CHECK(Read() == "none");
  for (int i = 0; i < 5; ++i) {
    Write(100 + i);
    CHECK(Read() == std::to_string(100 + i));
  }
  const auto read = ReadEntry(*file, place, key);
  CHECK((*read)->leader_epoch == 5);
  CHECK((*read)->committed_at == Timestamp(std::chrono::milliseconds(1000)));
  CHECK_FALSE((*read)->set_back_from.has_value());
  REQUIRE(WriteEntry(*file, place, key, {.offset = -1}).ok());
  CHECK(Read() == "none");
  Write(0);
  CHECK(Read() == "0");
}

TEST_CASE_METHOD(EntryTest, "epochs and offsets of all sizes come back") {
  REQUIRE(WriteEntry(*file, place, key,
                     {.offset = std::int64_t{1} << 62, .leader_epoch = -1, .committed_at = -5, .set_back_from = 0})
              .ok());
  const auto read = ReadEntry(*file, place, key);
  REQUIRE(read.ok());
  CHECK((*read)->offset == std::int64_t{1} << 62);
  CHECK((*read)->leader_epoch == -1);
  CHECK((*read)->committed_at.time_since_epoch().count() == -5);
  CHECK((*read)->set_back_from == Offset{0});
}

TEST_CASE_METHOD(EntryTest, "metadata of all sizes comes back, and its room is used again") {
  for (const std::size_t size : {1u, 7u, 8u, 63u, 64u, 65u, 4096u, 0u, 3u}) {
    const std::string text(size, static_cast<char>('a' + size % 26));
    Write(1, text);
    CHECK(Read() == "1" + text);
  }
  const EntryPlace end = file->end();
  for (int i = 0; i < 10; ++i) Write(i, std::string(100, 'x'));
  CHECK(file->end() <= end + 3);  // the slot that had less room grew once
}

TEST_CASE_METHOD(EntryTest, "a commit that somebody died in is none, wherever he died") {
  Write(1, "first");
  const OffsetSlot& current = Slot(1);
  OffsetSlot& next = Slot(0);
  next.crc.store(0);
  CHECK(Read() == "1first");
  next.offset.store(2);
  CHECK(Read() == "1first");
  next.sequence.store(2);
  next.epoch_and_size.store(current.epoch_and_size.load());
  next.metadata.store(current.metadata.load());
  CHECK(Read() == "1first");
  Write(3);
  CHECK(Read() == "3");
}

TEST_CASE_METHOD(EntryTest, "a first commit that somebody died in is none either") {
  Slot(1).offset.store(2);
  Slot(1).sequence.store(1);
  CHECK(Read() == "none");
  Write(3);
  CHECK(Read() == "3");
}

TEST_CASE_METHOD(EntryTest, "every flipped bit is found, and hides no other entry") {
  Write(1, "m");
  Write(2, "n");
  auto* const bytes = reinterpret_cast<unsigned char*>(&Slot(0));
  for (std::size_t bit = 0; bit < 2 * sizeof(OffsetSlot) * 8; ++bit) {
    CAPTURE(bit);
    bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] ^ 1u << (bit % 8));
    REQUIRE(Read() == "damaged");
    CHECK((Read(DamagedSlots::kIgnored) == "1m" || Read(DamagedSlots::kIgnored) == "2n"));
    bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] ^ 1u << (bit % 8));
  }
  CHECK(Read() == "2n");
  key.partition = 0;
  place = table.Find(key);
  CHECK(Read() == "none");
}

TEST_CASE_METHOD(EntryTest, "an entry is of one partition of one topic") {
  Write(4);
  key.partition = 0;
  CHECK(Read() == "damaged");
  key.partition = 1;
  key.topic_id[0] = std::byte{1};
  CHECK(Read() == "damaged");
}

TEST_CASE_METHOD(EntryTest, "damaged slots can be cleared, and stand in nobody's way then") {
  Write(1, "x");
  Write(2, "y");
  Slot(GENERATE(0, 1)).offset.store(77);
  REQUIRE(Read() == "damaged");
  ClearDamagedSlots(*file, place, key);
  CHECK((Read() == "1x" || Read() == "2y"));
  Write(3, "z");
  CHECK(Read() == "3z");
  Write(4);
  CHECK(Read() == "4");
}

TEST_CASE_METHOD(EntryTest, "who reads without the lock sees whole commits, that never go back") {
  std::atomic<bool> stop{false};
  std::string wrong;
  Offset last = -1;
  std::thread reader([&] {
    while (!stop.load()) {
      const auto read = ReadEntry(*file, place, key);
      if (!read.ok()) {
        wrong = read.status().ToString();
        return;
      }
      if (!read->has_value()) continue;
      if ((*read)->offset < last || (*read)->metadata != std::to_string((*read)->offset)) wrong = (*read)->metadata;
      last = (*read)->offset;
    }
  });
  for (Offset offset = 0; offset < 200'000; ++offset) {
    const std::string metadata = std::to_string(offset);
    if (!MakeRoomForMetadata(*file, place, metadata.size()).ok()) break;
    REQUIRE(WriteEntry(*file, place, key, {.offset = offset, .metadata = metadata}).ok());
  }
  stop.store(true);
  reader.join();
  CHECK(wrong == "");
  CHECK(Read() == "199999199999");
}

}  // namespace
}  // namespace leat::group
