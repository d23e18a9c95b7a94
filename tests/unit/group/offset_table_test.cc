#include "group/offset_table.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "support/catch.h"
#include "support/group_file_folder.h"

namespace leat::group {
namespace {

using testing::GroupFileFolder;

base::Uuid Id(int first) {
  base::Uuid id{};
  id[0] = static_cast<std::byte>(first);
  return id;
}

TEST_CASE_METHOD(GroupFileFolder, "each partition has an entry of its own, and keeps it when the topic grows") {
  const auto file = Make();
  OffsetTable table(*file);
  CHECK(table.Find({Id(1), 0}) == 0);
  REQUIRE(table.Ensure(*file, Id(1), "t", 3).ok());
  REQUIRE(table.Ensure(*file, Id(2), "u", 1).ok());
  const EntryPlace last = table.Find({Id(1), 2});
  REQUIRE(table.Ensure(*file, Id(1), "t", 5).ok());
  const EntryPlace end = file->end();
  REQUIRE(table.Ensure(*file, Id(1), "t", 4).ok());
  CHECK(file->end() == end);
  std::set<EntryPlace> places;
  for (PartitionId p = 0; p < 5; ++p) places.insert(table.Find({Id(1), p}));
  places.insert(table.Find({Id(2), 0}));
  CHECK(places.size() == 6);
  CHECK_FALSE(places.contains(0));
  CHECK(table.Find({Id(1), 2}) == last);
  CHECK(table.Find({Id(1), 5}) == 0);
  CHECK(table.Find({Id(1), -1}) == 0);
  CHECK(table.Find({Id(3), 0}) == 0);
}

TEST_CASE_METHOD(GroupFileFolder, "what another has made is found") {
  const auto one = Make();
  const auto two = Open(home);
  OffsetTable first(*one), second(*two);
  REQUIRE(first.Ensure(*one, Id(1), "t", 1).ok());
  CHECK(second.Find({Id(1), 0}) == first.Find({Id(1), 0}));
  REQUIRE(second.Ensure(*two, Id(2), "u", 200).ok());
  CHECK(first.Find({Id(2), 199}) == second.Find({Id(2), 199}));
  const auto all = first.All();
  REQUIRE(all.size() == 201);
  CHECK(all[0].topic == "t");
  CHECK(all[200].topic == "u");
  CHECK(all[200].key.partition == 199);
}

TEST_CASE_METHOD(GroupFileFolder, "a damaged extent hides its own entries only, and nothing is made in their stead") {
  const auto file = Make();
  {
    OffsetTable table(*file);
    for (int id = 1; id <= 3; ++id) REQUIRE(table.Ensure(*file, Id(id), std::string(1, 't'), 2).ok());
    REQUIRE(table.Damage().ok());
  }
  const EntryPlace second = GroupFile::kBegin + file->ExtentAt(GroupFile::kBegin)->header->units;
  SECTION("its header") { file->At<ExtentHeader>(second).partitions = 1; }
  SECTION("its magic") { file->At<ExtentHeader>(second).magic[0] = 'x'; }
  SECTION("its topic's name") { file->At<char>(second + 1) = 'x'; }
  OffsetTable table(*file);
  CHECK(absl::IsDataLoss(table.Damage()));
  CHECK(table.Find({Id(1), 1}) != 0);
  CHECK(table.Find({Id(2), 0}) == 0);
  CHECK(table.Find({Id(3), 1}) != 0);
  CHECK(table.All().size() == 4);
  const absl::Status made = table.Ensure(*file, Id(2), "t", 2);
  CHECK(absl::IsDataLoss(made));
  CHECK(std::string(made.message()).find(std::to_string(std::size_t{second} * kUnit)) != std::string::npos);
  CHECK(table.Ensure(*file, Id(3), "t", 2).ok());
}

TEST_CASE_METHOD(GroupFileFolder, "a file that says it has more than it has is damaged, and read no further") {
  const auto file = Make();
  file->header().used.store(0x7FFFFFFF);
  OffsetTable table(*file);
  const absl::Status damage = table.Damage();
  CHECK(absl::IsDataLoss(damage));
  CHECK(std::string(damage.message()).find(fmt::format("behind byte {}", std::size_t{GroupFile::kBegin} * kUnit)) !=
        std::string::npos);
  CHECK(table.All().empty());
}

}  // namespace
}  // namespace leat::group
