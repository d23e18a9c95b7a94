// Groups' files that lie, are cut off, or are something else: nobody crashes or hangs, no offset comes back that was not
// committed, what is wrong is told by the file's name, and other groups do not notice.
#include <fmt/format.h>
#include <leat/batch.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/open_local.h"
#include "broker/topics.h"
#include "damage/attempt.h"
#include "group/group.h"
#include "group/layout.h"
#include "group/member.h"
#include "model/operation.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

using namespace std::chrono_literals;

constexpr PartitionId kPartitions = 3;
constexpr Offset kCommitted = 40;  // and the partition's number

std::shared_ptr<broker::LocalBackend> OpenFolder(const std::string& folder) {
  auto opened = broker::OpenLocal(folder, {.max_block = 20ms}, broker::RealEnvironment());
  if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
  return *std::move(opened);
}

std::string MetadataOf(PartitionId partition) { return std::string(100, static_cast<char>('a' + partition)); }

absl::Status CommitAll(group::Member& member) {
  if (const auto changes = member.Look(); !changes.ok()) return changes.status();
  std::vector<std::string> texts;
  for (const auto& partition : member.owned()) texts.push_back(MetadataOf(partition.name.partition));
  std::vector<group::OffsetToCommit> commits;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto& partition = member.owned()[i];
    commits.push_back(
        {.place = partition.place, .offset = kCommitted + partition.name.partition, .metadata = texts[i]});
  }
  return member.Commit(commits, Durability::kProcess);
}

// Two groups: "g", and "other", with the same commits. Whoever made them is gone without having left.
void MakeGroups(const std::string& folder) {
  const auto backend = OpenFolder(folder);
  if (!broker::CreateTopic(backend->state(), "t", {.partitions = kPartitions}).ok())
    throw std::runtime_error("topic");
  for (const char* id : {"g", "other"}) {
    auto member = group::Member::Join(backend->local_folder(), id, {}, {"t"});
    if (!member.ok()) throw std::runtime_error(member.status().ToString());
    for (int i = 0; i < 3; ++i) {
      if (auto s = CommitAll(**member); !s.ok()) throw std::runtime_error(s.ToString());
    }
  }
  // So that their places are not the groups' first ones.
  for (const char* id : {"g", "other"}) {
    auto member = group::Member::Join(backend->local_folder(), id, {}, {"t"});
    if (!member.ok()) throw std::runtime_error(member.status().ToString());
  }
}

bool IsRight(const group::RememberedOffset& one) {
  return one.committed.offset == kCommitted + one.partition.name.partition &&
         one.committed.metadata == MetadataOf(one.partition.name.partition);
}

struct Finding {
  int remembered = 0;  // of what was committed
  bool damage_told = false;
  bool joined = false;
};

// Everything that one may do with a group, whatever its file is like. Throws what must not be.
Finding UseGroup(const std::shared_ptr<broker::Folder>& folder, const std::string& path) {
  Finding finding;
  const auto check = [&](const absl::Status& status) {
    if (status.ok()) return;
    const std::string text = status.ToString();
    if (absl::IsDataLoss(status)) {
      finding.damage_told = true;
      if (text.find(path) == std::string::npos) throw std::runtime_error("does not name the file: " + text);
      return;
    }
    // A lock word, a flag or a member that is not there may be believed.
    if (absl::IsUnavailable(status) || absl::IsAborted(status) || absl::IsFailedPrecondition(status) ||
        absl::IsNotFound(status) || absl::IsResourceExhausted(status)) {
      return;
    }
    throw std::runtime_error(text);
  };
  auto seen = group::Group::Open(folder, "g", group::GroupOpening::kExisting);
  check(seen.status());
  if (seen.ok()) {
    check((*seen)->Describe().status());
    check((*seen)->damage());
    const auto offsets = (*seen)->Offsets();
    check(offsets.status());
    if (offsets.ok()) {
      for (const group::RememberedOffset& one : *offsets) {
        if (!IsRight(one))
          throw std::runtime_error(fmt::format("{} has {}", one.partition.name, one.committed.offset));
        ++finding.remembered;
      }
    }
  }
  auto member = group::Member::Join(folder, "g", {}, {"t"});
  check(member.status());
  if (member.ok()) {
    finding.joined = true;
    check((*member)->Look().status());
    for (const auto& partition : (*member)->owned()) {
      const auto read = (*member)->Committed(partition.place);
      check(read.status());
      if (read.ok() && read->has_value() && (*read)->offset != kCommitted + partition.name.partition) {
        throw std::runtime_error("a member is told what was not committed");
      }
    }
    check(CommitAll(**member));
    check((*member)->Leave());
  }
  return finding;
}

void UseOther(const std::shared_ptr<broker::Folder>& folder) {
  auto other = group::Group::Open(folder, "other", group::GroupOpening::kExisting);
  if (!other.ok() || !(*other)->damage().ok()) throw std::runtime_error("another group is damaged");
  const auto offsets = (*other)->Offsets();
  if (!offsets.ok() || offsets->size() != std::size_t{kPartitions}) throw std::runtime_error("another group forgot");
  for (const auto& one : *offsets) {
    if (!IsRight(one)) throw std::runtime_error("another group remembers something else");
  }
}

struct GroupDamage {
  GroupDamage() : folder(temp / "data"), path(folder + "/groups/g") {
    MakeGroups(folder);
    whole = ReadContent(folder).at("groups/g");
  }

  // Exit codes: bit 0 something was told, bit 1 joined, from bit 2 on how much was remembered; 200: it must not be.
  int Use(const std::string& bytes) {
    WriteFile(path, bytes);
    return InChild([&] {
      ::alarm(60);
      try {
        const auto backend = OpenFolder(folder);
        const Finding finding = UseGroup(backend->local_folder(), path);
        UseOther(backend->local_folder());
        return (finding.damage_told ? 1 : 0) + (finding.joined ? 2 : 0) + 4 * finding.remembered;
      } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 200;
      }
    });
  }
  static bool Told(int code) { return (code & 1) != 0; }
  static bool Joined(int code) { return (code & 2) != 0; }
  static int Remembered(int code) { return code / 4; }

  const TempFolder temp{QuickPlace()};
  const std::string folder;
  const std::string path;
  std::string whole;
};

std::string With(std::string bytes, std::size_t at, std::string_view what) {
  return at + what.size() <= bytes.size() ? bytes.replace(at, what.size(), what) : bytes;
}
template <typename T>
std::string Bytes(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}
std::string Random(std::uint64_t seed, std::size_t size) {
  Numbers numbers(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(numbers.Below(256));
  return bytes;
}

TEST_CASE_METHOD(GroupDamage, "a group's file that is whole is used, the damage tests' way") {
  const int code = Use(whole);
  REQUIRE(code != 200);
  CHECK_FALSE(Told(code));
  CHECK(Joined(code));
  CHECK(Remembered(code) == kPartitions);
}

TEST_CASE_METHOD(GroupDamage, "a group's file whose head lies is told or believed, and its offsets are kept") {
  using group::GroupHeader;
  using group::MemberLine;
  struct Lie {
    const char* what;
    std::size_t at;
    std::string bytes;
    bool is_told;
  };
  std::vector<Lie> lies = {
      {"magic", 0, "x", true},
      {"identity", 30, "x", true},
      {"lock of nobody", offsetof(GroupHeader, lock), Bytes(0xdeadbeefU), false},
      {"lock of a slot", offsetof(GroupHeader, lock), Bytes(0x00100001U), false},
      {"version", offsetof(GroupHeader, version), Bytes(~std::uint64_t{0}), true},
      {"another image", offsetof(GroupHeader, version), Bytes(std::uint64_t{77}), true},
      {"used up", offsetof(GroupHeader, used), Bytes(0xffffffffU), true},
      {"used nothing", offsetof(GroupHeader, used), Bytes(0U), true},
      {"images", offsetof(GroupHeader, image), Random(1, 2 * group::kUnit), true},
      {"last look", offsetof(GroupHeader, looked_at), Bytes(std::int64_t{1} << 62), false},
      {"empty since", offsetof(GroupHeader, empty_since), Bytes(-1L), false},
      {"gone, by one bit", offsetof(GroupHeader, gone), Bytes(1U), false},
      {"sync failed", offsetof(GroupHeader, sync_failed), Bytes(2U), false},
      {"lines", group::kLinesAt, Random(2, sizeof(MemberLine) * group::kMaxMembers), false},
      {"no lines", group::kLinesAt, std::string(sizeof(MemberLine) * group::kMaxMembers, '\0'), false},
  };
  for (const Lie& lie : lies) {
    CAPTURE(lie.what);
    const int code = Use(With(whole, lie.at, lie.bytes));
    REQUIRE(code >= 0);
    REQUIRE(code != 200);
    CHECK(Told(code) == lie.is_told);
    CHECK(Remembered(code) == kPartitions);
  }
}

TEST_CASE_METHOD(GroupDamage, "a group's file with random bytes anywhere kills nobody, and no offset is made up") {
  Numbers numbers(GENERATE(1u, 2u));
  int told = 0;
  for (int i = 0; i < 60; ++i) {
    const std::size_t size = std::size_t{1} << numbers.Below(9);
    const std::size_t begin = numbers.OneIn(3) ? 96 : group::kExtentsAt;
    const std::size_t at = begin + numbers.Below(static_cast<std::uint32_t>(whole.size() - begin));
    CAPTURE(i, at, size);
    const int code = Use(With(whole, at, Random(numbers.Next(), size)));
    REQUIRE(code >= 0);
    REQUIRE(code != 200);
    told += Told(code) ? 1 : 0;
  }
  CHECK(told > 0);
}

TEST_CASE_METHOD(GroupDamage, "a group's file that is cut off is told, and what is left is read") {
  std::uint32_t units = 0;
  std::memcpy(&units, whole.data() + offsetof(group::GroupHeader, used), sizeof units);
  const std::size_t used = units * group::kUnit;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{95}, std::size_t{96}, std::size_t{4096}, group::kExtentsAt - 1,
        group::kExtentsAt, group::kExtentsAt + 64, group::kExtentsAt + 1000, used - 1, used}) {
    CAPTURE(size);
    const int code = Use(whole.substr(0, size));
    REQUIRE(code >= 0);
    REQUIRE(code != 200);
    CHECK(Told(code) == (size < used));
  }
}

// With matrix_test.cc, which has all other kinds of files.
TEST_CASE_METHOD(GroupDamage,
                 "a group's file of which a part is flipped, zeroed or doubled is told, or has all it had") {
  std::uint32_t units = 0;
  std::memcpy(&units, whole.data() + offsetof(group::GroupHeader, used), sizeof units);
  const std::size_t used = units * group::kUnit;
  constexpr std::size_t kParts = 24;
  // Regions of the head, of the members' lines, and of what is committed; those behind it hold nothing.
  const std::size_t places[] = {0, group::kLinesAt, group::kExtentsAt, used};
  int told = 0;
  for (int section = 0; section < 3; ++section) {
    const std::size_t size = (places[section + 1] - places[section]) / kParts;
    for (std::size_t part = 0; part < kParts; ++part) {
      const std::size_t at = places[section] + part * size;
      const std::string region = whole.substr(at, size);
      std::string flipped = region;
      flipped[size / 2] = static_cast<char>(flipped[size / 2] ^ 16);
      for (const auto& [how, bytes] : {std::pair{"flipped", With(whole, at, flipped)},
                                       std::pair{"zeroed", With(whole, at, std::string(size, '\0'))},
                                       std::pair{"doubled", std::string(whole).insert(at + size, region)}}) {
        CAPTURE(section, part, how);
        const int code = Use(bytes);
        REQUIRE(code >= 0);
        REQUIRE(code != 200);
        told += Told(code) ? 1 : 0;
        // Zeros over the whole of a partition's entry, and over nothing else, read as if nothing had been committed for it.
        const bool may_forget = section == 2 && std::string_view(how) == "zeroed";
        CHECK((Told(code) || Remembered(code) >= (may_forget ? kPartitions - 1 : kPartitions)));
      }
    }
  }
  CHECK(told > 0);
}

TEST_CASE_METHOD(GroupDamage, "another group's file in a group's place is told, and nothing of it is taken") {
  const int code = Use(ReadContent(folder).at("groups/other"));
  REQUIRE(code != 200);
  CHECK(Told(code));
  CHECK_FALSE(Joined(code));
  CHECK(Remembered(code) == 0);
}

TEST_CASE_METHOD(GroupDamage, "what is no file at a group's place is told, and the other groups go on") {
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  const auto backend = OpenFolder(folder);
  CHECK_FALSE(group::Group::Open(backend->local_folder(), "g", group::GroupOpening::kExisting).ok());
  CHECK_FALSE(group::Member::Join(backend->local_folder(), "g", {}, {"t"}).ok());
  UseOther(backend->local_folder());
}

TEST_CASE_METHOD(GroupDamage, "a group whose file is damaged can be copied, and its name used again") {
  WriteFile(path, With(whole, 0, "x"));
  const auto backend = OpenFolder(folder);
  const auto damaged = group::Group::Open(backend->local_folder(), "g", group::GroupOpening::kExisting);
  REQUIRE(damaged.ok());
  CHECK(absl::IsDataLoss((*damaged)->damage()));
  CHECK(absl::IsDataLoss((*damaged)->Describe().status()));
  const auto offsets = (*damaged)->Offsets();
  REQUIRE(offsets.ok());
  CHECK(offsets->size() == std::size_t{kPartitions});
  CHECK(absl::IsDataLoss(group::Member::Join(backend->local_folder(), "g", {}, {"t"}).status()));
  REQUIRE(group::DeleteGroup(backend->local_folder(), "g").ok());
  CHECK(group::Member::Join(backend->local_folder(), "g", {}, {"t"}).ok());
}

}  // namespace
}  // namespace leat::testing
