#include "group/state_store.h"

#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "support/catch.h"
#include "support/group_file_folder.h"

namespace leat::group {
namespace {

using testing::GroupFileFolder;

// All its parts tell its number; no two are equally long.
MembershipState State(std::int32_t number) {
  MembershipState state;
  state.generation = number;
  state.target_generation = number;
  state.assignor = fmt::format("{}", number);
  TopicState& topic = state.topics.emplace_back();
  topic.name = "t";
  topic.owner.assign(static_cast<std::size_t>(number % 700), kNobody);
  topic.target = topic.owner;
  return state;
}

TEST_CASE_METHOD(GroupFileFolder, "a new group's state is empty, and then what was published last") {
  const auto file = Make();
  auto read = ReadState(*file);
  REQUIRE(read.ok());
  CHECK(read->version == 0);
  CHECK(read->state == MembershipState{});
  for (std::int32_t i = 1; i < 2000; i += 17) {
    REQUIRE(PublishState(*file, State(i)).ok());
    read = ReadState(*Open(home));
    REQUIRE(read.ok());
    REQUIRE(read->state == State(i));
  }
  CHECK(file->end() < GroupFile::kBegin + 300);  // a hundred of 40 units each, in two places
}

TEST_CASE_METHOD(GroupFileFolder, "a publication that somebody died in has not been, wherever he died") {
  const auto file = Make();
  REQUIRE(PublishState(*file, State(600)).ok());
  REQUIRE(PublishState(*file, State(601)).ok());
  ImageReference& next = file->header().image[1];
  SECTION("in the bytes") {
    const auto place = static_cast<EntryPlace>(next.extent.load() >> 32);
    file->At<char>(place + 1) = 'x';
  }
  SECTION("in the reference") { next.size.store(12345678); }
  SECTION("where it got more room") { next.extent.store(0); }
  const auto read = ReadState(*file);
  REQUIRE(read.ok());
  CHECK(read->state == State(601));
  REQUIRE(PublishState(*file, State(602)).ok());
  CHECK(ReadState(*file)->state == State(602));
}

TEST_CASE_METHOD(GroupFileFolder, "a damaged state is told, and the file is named") {
  const auto file = Make();
  REQUIRE(PublishState(*file, State(600)).ok());
  ImageReference& current = file->header().image[1];
  const auto place = static_cast<EntryPlace>(current.extent.load() >> 32);
  SECTION("in the bytes") { file->At<char>(place + 3) = 'x'; }
  SECTION("in its extent's header") { file->At<ExtentHeader>(place).units = 1; }
  SECTION("in its place") { current.extent.store(~std::uint64_t{0}); }
  SECTION("in its size") { current.size.store(0xFFFFFFFF); }
  SECTION("in its checksum") { current.crc.fetch_add(1); }
  SECTION("in the version") { file->header().version.store(77); }
  const auto read = ReadState(*file);
  CHECK(absl::IsDataLoss(read.status()));
  CHECK(std::string(read.status().message()).find(path) == 0);
}

TEST_CASE_METHOD(GroupFileFolder, "who reads without the lock sees whole states, that never go back") {
  const auto file = Make();
  REQUIRE(PublishState(*file, State(1)).ok());
  std::atomic<bool> stop{false};
  std::string wrong;
  std::thread reader([&] {
    std::int32_t last = 0;
    while (!stop.load()) {
      const auto read = ReadState(*file);
      if (absl::IsUnavailable(read.status())) continue;
      if (!read.ok()) {
        wrong = read.status().ToString();
        return;
      }
      if (!(read->state == State(read->state.generation)) || read->state.generation < last) wrong = "torn";
      last = read->state.generation;
    }
  });
  bool published = true;
  for (std::int32_t i = 2; i < 20'000; ++i) published = PublishState(*file, State(i)).ok() && published;
  stop.store(true);
  reader.join();
  CHECK(published);
  CHECK(wrong == "");
}

}  // namespace
}  // namespace leat::group
