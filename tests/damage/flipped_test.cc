// A byte that is not what was written, anywhere in a folder: found and named, or without consequence.
#include <fmt/format.h>

#include <algorithm>

#include <set>
#include <string>
#include <vector>

#include "damage/attempt.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

constexpr FolderSpec kSmall{.batches = 12};
constexpr FolderSpec kSegments{.batches = 250, .value_size = 800};

// How a file answers for a flipped byte.
enum class Answer {
  kNamed,     // whoever opens or reads is told, and the message names the file
  kHarmless,  // all records are there, and appends go on: why stands in the table
};

struct Region {
  std::string file;
  std::size_t step;  // every so many bytes are tried
  Answer answer;
};

// In a folder that was closed.
const std::vector<Region>& Regions() {
  static const std::vector<Region> regions = {
      {"leat.meta", 1, Answer::kNamed},
      {"topics/t", 1, Answer::kNamed},
      {"t-0/00000000000000000000.log", 7919, Answer::kNamed},
      {"control", 4099, Answer::kHarmless},  // nobody has it open: the logs' own files say the same
      {"t-0/00000000000000000000.index", 5, Answer::kHarmless},      // a hint, checked against the batch it leads to
      {"t-0/00000000000000000000.timeindex", 5, Answer::kHarmless},  // likewise
      {"t-0/leader-epoch-checkpoint", 1, Answer::kHarmless},         // found again in the batches
      {"t-0/partition.metadata", 3,
       Answer::kHarmless},                       // the id is in the topic's file, too; this is for Kafka's tools
      {"t-0/checkpoint", 3, Answer::kHarmless},  // of its two slots the other counts; else all is looked through
  };
  return regions;
}

void CheckAnswer(const Outcome& outcome, const Region& region, int batches) {
  CHECK(outcome.signal == 0);
  CHECK_FALSE(outcome.wrong);
  const bool whole =
      outcome.opened && outcome.right == batches && outcome.error.empty() && outcome.append_error.empty();
  if (region.answer == Answer::kHarmless) {
    CHECK(whole);
    CHECK(outcome.read_again);
    return;
  }
  CHECK_FALSE(whole);
  CHECK((outcome.error + outcome.append_error).find(region.file) != std::string::npos);
}

TEST_CASE("a flipped byte is named or harmless, in every file of a folder, before and after a reboot") {
  const bool reboot = GENERATE(false, true);
  const TempFolder temp(QuickPlace());
  const std::string folder = temp / "data";
  MakeFolder(folder, kSegments);
  const Content content = ReadContent(folder);
  REQUIRE(content.size() >= 15);
  for (const Region& region : Regions()) {
    REQUIRE(content.contains(region.file));
    const std::string& bytes = content.at(region.file);
    REQUIRE_FALSE(bytes.empty());
    // Never more than some dozens of one file.
    const std::size_t step = std::max(region.step, bytes.size() / 40);
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      Restore(folder, content);
      if (reboot) PretendReboot(folder);
      std::string flipped = region.file == "control" ? ReadContent(folder).at("control") : bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
      WriteFile(folder + "/" + region.file, flipped);
      const Outcome outcome = Attempt(folder, kSegments);
      INFO(fmt::format("{} byte {} of {}, reboot {}: opened {}, {} records right, error '{}', append '{}'",
                       region.file, at, bytes.size(), reboot, outcome.opened, outcome.right, outcome.error,
                       outcome.append_error));
      CheckAnswer(outcome, region, kSegments.batches);
    }
  }
}

TEST_CASE("a flipped byte of a batch's header, in each of them, is named with its place in the file") {
  const TempFolder temp(QuickPlace());
  const std::string folder = temp / "data";
  MakeFolder(folder, kSmall);
  const Content content = ReadContent(folder);
  const std::string file = "t-0/00000000000000000000.log";
  const std::size_t batch = content.at(file).size() / static_cast<std::size_t>(kSmall.batches);
  for (std::size_t at = batch; at < 2 * batch; ++at) {
    Restore(folder, content);
    std::string flipped = content.at(file);
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    WriteFile(folder + "/" + file, flipped);
    const Outcome outcome = Attempt(folder, kSmall, {.mode = OpenMode::kReadOnly});
    INFO(fmt::format("byte {}: {} records, error '{}'", at, outcome.right, outcome.error));
    CHECK(outcome.signal == 0);
    CHECK_FALSE(outcome.wrong);
    CHECK(outcome.right == 1);
    CHECK(outcome.error.find(folder + "/" + file) != std::string::npos);
    CHECK(outcome.error.find(fmt::format("position {}", batch)) != std::string::npos);
    CHECK(outcome.error.find("; ") != std::string::npos);  // what to do follows
  }
}

TEST_CASE("a tail that a power loss tore, at every byte, is cut; a reader steps back before it, too") {
  FolderSpec spec = kSmall;
  spec.batches = 6;
  spec.closed = false;
  const TempFolder temp(QuickPlace());
  const std::string folder = temp / "data";
  MakeFolder(folder, spec);
  PretendReboot(folder);
  Content content = ReadContent(folder);
  const std::string file = "t-0/00000000000000000000.log";
  const std::string log = content.at(file);
  const std::size_t used = log.find_last_not_of('\0') + 2;  // the last record ends with the number of its headers, 0
  const std::size_t batch = used / static_cast<std::size_t>(spec.batches);
  REQUIRE(batch * static_cast<std::size_t>(spec.batches) == used);
  for (std::size_t cut = 0; cut <= used; ++cut) {
    // Cut off, or never written: the file is longer, and zeros follow.
    content[file] = log.substr(0, cut) + (cut % 2 == 0 ? std::string(log.size() - cut, '\0') : "");
    Restore(folder, content);
    const int whole = static_cast<int>(cut / batch);
    const Outcome reader = Attempt(folder, spec, {.mode = OpenMode::kReadOnly});
    INFO(fmt::format("cut at {}: reader {} '{}'", cut, reader.right, reader.error));
    CHECK((reader.signal == 0 && reader.opened && !reader.wrong));
    CHECK((reader.right == whole && reader.end == whole && reader.error.empty()));
    const Outcome writer = Attempt(folder, spec);
    INFO(fmt::format("writer {} '{}' '{}'", writer.right, writer.error, writer.append_error));
    CHECK((writer.signal == 0 && writer.opened && !writer.wrong));
    CHECK((writer.right == whole && writer.end == whole && writer.error.empty()));
    CHECK((writer.appended && writer.read_again));
    const Content after = ReadContent(folder);
    const bool kept =
        std::any_of(after.begin(), after.end(), [](const auto& one) { return one.first.starts_with("salvage/"); });
    CHECK(kept == (log.substr(static_cast<std::size_t>(whole) * batch, cut - static_cast<std::size_t>(whole) * batch)
                       .find_first_not_of('\0') != std::string::npos));
  }
}

TEST_CASE("a log that lost bytes that had been on the disk is read-only, and its status names file and place") {
  const TempFolder temp(QuickPlace());
  const std::string folder = temp / "data";
  MakeFolder(folder, kSmall);
  const Content content = ReadContent(folder);
  const std::string file = "t-0/00000000000000000000.log";
  const std::size_t batch = content.at(file).size() / static_cast<std::size_t>(kSmall.batches);
  for (std::size_t cut = 0; cut < content.at(file).size(); cut += 7) {
    Restore(folder, content);
    PretendReboot(folder);
    WriteFile(folder + "/" + file, content.at(file).substr(0, cut));
    const OpenMode mode = cut % 2 == 0 ? OpenMode::kExisting : OpenMode::kReadOnly;
    const Outcome outcome = Attempt(folder, kSmall, {.mode = mode});
    INFO(fmt::format("cut at {}: {} records, '{}', '{}', '{}'", cut, outcome.right, outcome.error,
                     outcome.append_error, outcome.status));
    CHECK((outcome.signal == 0 && outcome.opened && !outcome.wrong && !outcome.appended));
    CHECK(outcome.right == static_cast<int>(cut / batch));
    CHECK(outcome.status.starts_with("DATA_LOSS"));
    CHECK(outcome.status.find(folder + "/" + file) != std::string::npos);
    if (mode == OpenMode::kExisting) CHECK(outcome.append_error.starts_with("DATA_LOSS"));
  }
}

}  // namespace
}  // namespace leat::testing
