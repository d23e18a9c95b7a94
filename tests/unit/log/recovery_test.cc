#include "log/recovery.h"

#include <fmt/format.h>

#include <functional>

#include "io/failing_file_system.h"
#include "io/memory_file_system.h"
#include "log/checkpoint.h"
#include "log/epochs.h"
#include "log/index_builder.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

using testing::AppendTo;
using testing::Bytes;
using testing::LogFiles;
using testing::MakeBatch;
using testing::MakeBatches;

const char* const kFolder = "/data/orders-3";
const std::string kSalvage = "/data/salvage";

// A partition's folder and what recovery makes of it.
class Partition {
 public:
  Partition() {
    REQUIRE(memory->MakeDirectory("/data").ok());
    REQUIRE(memory->MakeDirectory(kFolder).ok());
  }

  RecoveryInput Input() {
    return {.files = *files,
            .folder = kFolder,
            .topic = "orders",
            .partition = 3,
            .salvage_folder = kSalvage,
            .like = {}};
  }
  RecoveredLog Recover(const std::function<void(RecoveryInput&)>& change = {}) {
    RecoveryInput input = Input();
    if (change) change(input);
    absl::StatusOr<RecoveredLog> recovered = RecoverLog(input);
    INFO(recovered.status().ToString());
    REQUIRE(recovered.ok());
    return *std::move(recovered);
  }
  void SetCheckpoint(const Checkpoint& checkpoint) { REQUIRE(SaveCheckpoint(*memory, kFolder, checkpoint, {}).ok()); }
  // Everything up to `end`, which is at `position` of the segment, is on the disk.
  void SetCheckpoint(Offset end, Offset segment_base, std::size_t position, Offset log_start = 0) {
    SetCheckpoint({.log_start = log_start,
                   .end = end,
                   .segment_base = segment_base,
                   .position = static_cast<std::int64_t>(position),
                   .max_timestamp = 999 + end,
                   .segment_first_append = 77,
                   .epoch = 0});
  }
  void SetEpochs(std::initializer_list<EpochStart> entries) {
    Epochs epochs;
    for (const EpochStart& entry : entries) epochs.Append(entry.epoch, entry.start);
    REQUIRE(WriteEpochs(*memory, kFolder, epochs, {}).ok());
  }
  Epochs GetEpochs() { return ReadEpochs(*memory, kFolder).value(); }
  void WriteIndexesOf(Offset base) {
    const Bytes bytes = log.ReadSegment(base);
    REQUIRE(WriteIndexes(*memory, kFolder, base, bytes, 200, {}).ok());
  }
  // Name and content of each file that was salvaged.
  std::vector<std::pair<std::string, Bytes>> Salvaged() {
    std::vector<std::pair<std::string, Bytes>> kept;
    const std::string folder = kSalvage + "/orders-3";
    if (!memory->Info(folder).ok()) return kept;
    LogFiles salvage(*memory, folder);
    for (const std::string& name : salvage.Names()) kept.emplace_back(name, salvage.Read(name));
    return kept;
  }
  // All files, to see that nothing was changed.
  std::vector<std::pair<std::string, Bytes>> Everything() {
    std::vector<std::pair<std::string, Bytes>> all;
    for (const std::string& name : log.Names()) all.emplace_back(name, log.Read(name));
    return all;
  }

  std::shared_ptr<io::FileSystem> memory = io::MakeMemoryFileSystem();
  std::shared_ptr<io::FailingFileSystem> files = std::make_shared<io::FailingFileSystem>(memory);
  LogFiles log{*memory, kFolder};
};

void CheckIsEnd(const RecoveredLog& log, Offset segment_base, std::size_t position, Offset end) {
  CHECK(log.damage.ok());
  CHECK(log.segment_base == segment_base);
  CHECK(log.position == static_cast<std::int64_t>(position));
  CHECK(log.file_size == static_cast<std::int64_t>(position));
  CHECK(log.end == end);
  CHECK(log.flushed == end);
}

std::string Name(Offset base, std::string_view suffix = kLogSuffix) { return SegmentFileName(base, suffix); }

// The named thing, its position and the way out.
void CheckNames(const absl::Status& damage, const std::string& file, std::size_t position) {
  CHECK(absl::IsDataLoss(damage));
  const std::string message(damage.message());
  CHECK_THAT(message, Catch::Matchers::StartsWith(fmt::format("{}/{}: position {}: ", kFolder, file, position)));
  CHECK(message.find("leat repair") != std::string::npos);
}

TEST_CASE("an empty folder becomes an empty log with a segment to append to") {
  Partition partition;
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 0, 0, 0);
  CHECK(log.log_start == 0);
  CHECK(log.epoch == 0);
  CHECK(log.epoch_start == 0);
  CHECK(log.max_timestamp == -1);
  CHECK(partition.log.Names() == std::vector<std::string>{Name(0), "checkpoint", "leader-epoch-checkpoint"});
  CHECK(partition.log.ReadSegment(0).empty());
}

TEST_CASE("a folder that is not there is an error") {
  Partition partition;
  RecoveryInput input = partition.Input();
  input.folder = "/data/gone-0";
  CHECK(absl::IsNotFound(RecoverLog(input).status()));
}

TEST_CASE("a log that ends where its batches do is as it was") {
  Partition partition;
  const Bytes batches = MakeBatches(0, 10, 3);
  partition.log.WriteSegment(0, batches);
  partition.SetEpochs({{0, 0}});
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 0, batches.size(), 30);
  CHECK(log.max_timestamp == 1029);
  CHECK(log.segment_first_append == 1000);
  CHECK(log.cut_bytes == 0);
  CHECK(log.scanned_bytes == static_cast<std::int64_t>(batches.size()));
  CHECK(log.notes.empty());
  CHECK(partition.log.ReadSegment(0) == batches);
  CHECK(partition.Salvaged().empty());
}

TEST_CASE("each recovery begins an epoch, for offsets may be given out a second time") {
  Partition partition;
  const Bytes batches = MakeBatches(0, 4, 1, 2);
  partition.log.WriteSegment(0, batches);
  partition.SetEpochs({{2, 0}});
  CHECK(partition.Recover().epoch == 3);
  CHECK(partition.GetEpochs().Format() == "0\n2\n2 0\n3 4\n");
  const RecoveredLog again = partition.Recover();
  CHECK(again.epoch == 4);
  CHECK(again.epoch_start == 4);
  // The epoch that got no records left no trace.
  CHECK(partition.GetEpochs().Format() == "0\n2\n2 0\n4 4\n");
}

TEST_CASE("an empty log whose epoch was known gets a greater one") {
  Partition partition;
  partition.SetEpochs({{0, 0}});
  CHECK(partition.Recover().epoch == 1);
}

TEST_CASE("a torn tail is cut at every byte, and kept") {
  const Bytes whole = MakeBatches(0, 2, 2);
  const std::size_t first = whole.size() / 2;
  for (std::size_t size = first + 1; size < whole.size(); ++size) {
    INFO(size);
    Partition partition;
    Bytes torn(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    partition.log.WriteSegment(0, torn);
    const RecoveredLog log = partition.Recover();
    CheckIsEnd(log, 0, first, 2);
    CHECK(partition.log.ReadSegment(0).size() == first);
    // Zeros at its end are as good as nothing.
    while (torn.size() > first && torn.back() == std::byte{0}) torn.pop_back();
    const Bytes tail(torn.begin() + static_cast<std::ptrdiff_t>(first), torn.end());
    CHECK(log.cut_bytes == static_cast<std::int64_t>(tail.size()));
    const auto salvaged = partition.Salvaged();
    CHECK(salvaged.size() == (tail.empty() ? 0 : 1));
    for (const auto& [name, content] : salvaged) {
      CHECK(content == tail);
      CHECK_THAT(name, Catch::Matchers::StartsWith(fmt::format("{}.position-{}.offset-2.crc-", Name(0), first)));
    }
  }
}

TEST_CASE("a tail of which only some bytes reached the disk is cut, whichever they are") {
  const Bytes whole = MakeBatches(0, 6, 1, 0, 300);
  const std::size_t size = whole.size() / 6;
  for (std::size_t hole = size; hole < whole.size(); hole += 61) {
    INFO(hole);
    Partition partition;
    partition.SetCheckpoint(1, 0, size);
    partition.SetEpochs({{0, 0}});
    Bytes bytes = whole;
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(hole), std::min<std::size_t>(100, whole.size() - hole),
                std::byte{0});
    bytes.resize(4096);
    partition.log.WriteSegment(0, bytes);
    const RecoveredLog log = partition.Recover();
    CHECK(log.damage.ok());
    CHECK(log.end == static_cast<Offset>(hole / size));
    CHECK(log.end >= 1);
    CHECK(log.cut_bytes > 0);
  }
}

TEST_CASE("zeros behind the last batch are room that was made, and no tail") {
  const Bytes batches = MakeBatches(0, 3);
  for (const std::size_t zeros : {1U, 16U, 17U, 60U, 61U, 62U, 4096U, 300'000U, 1U << 20U}) {
    INFO(zeros);
    Partition partition;
    Bytes bytes = batches;
    bytes.resize(bytes.size() + zeros);
    partition.log.WriteSegment(0, bytes);
    const RecoveredLog log = partition.Recover();
    CheckIsEnd(log, 0, batches.size(), 3);
    CHECK(log.cut_bytes == 0);
    CHECK(partition.log.ReadSegment(0) == batches);
    CHECK(partition.Salvaged().empty());
  }
}

TEST_CASE("a segment of zeros is empty") {
  Partition partition;
  partition.log.WriteSegment(0, Bytes(1 << 20));
  CheckIsEnd(partition.Recover(), 0, 0, 0);
  CHECK(partition.log.ReadSegment(0).empty());
  CHECK(partition.Salvaged().empty());
}

TEST_CASE("something behind zeros is kept") {
  Partition partition;
  Bytes bytes = MakeBatches(0, 3);
  const std::size_t end = bytes.size();
  bytes.resize(end + 700'000);
  bytes[end + 650'000] = std::byte{1};
  partition.log.WriteSegment(0, bytes);
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 0, end, 3);
  CHECK(log.cut_bytes == 650'001);
  REQUIRE(partition.Salvaged().size() == 1);
  CHECK(partition.Salvaged()[0].second.size() == 650'001);
}

TEST_CASE("a batch larger than what is read at once is right or wrong as a whole") {
  const Bytes small = MakeBatches(0, 1);
  Bytes bytes = small;
  AppendTo(bytes, MakeBatch({.base = 1, .count = 3, .value_size = 400'000}));
  AppendTo(bytes, MakeBatches(4, 2));
  {
    Partition partition;
    partition.log.WriteSegment(0, bytes);
    CheckIsEnd(partition.Recover(), 0, bytes.size(), 6);
  }
  for (const std::size_t position : {small.size() + 21, small.size() + 300'000, small.size() + 1'200'000}) {
    Partition partition;
    partition.log.WriteSegment(0, bytes);
    partition.log.FlipBit(Name(0), position);
    CheckIsEnd(partition.Recover(), 0, small.size(), 1);
  }
}

TEST_CASE("a finished segment and its follower are one log") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 20));
  partition.log.WriteSegment(20, MakeBatches(20, 5));
  const RecoveredLog log = partition.Recover();
  CHECK(log.end == 25);
  CHECK(log.segment_base == 20);
  CHECK(log.segment_first_append == 1020);
  // The finished one has got its indexes; the other one gets them when it is finished.
  CHECK(partition.log.Has(Name(0, kIndexSuffix)));
  CHECK(partition.log.Has(Name(0, kTimeIndexSuffix)));
  CHECK_FALSE(partition.log.Has(Name(20, kIndexSuffix)));
}

TEST_CASE("the segment that is appended to has no indexes left of when it was finished") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 20));
  partition.WriteIndexesOf(0);
  partition.Recover();
  CHECK_FALSE(partition.log.Has(Name(0, kIndexSuffix)));
  CHECK_FALSE(partition.log.Has(Name(0, kTimeIndexSuffix)));
}

TEST_CASE("a roll that was half done leaves an empty segment to append to") {
  for (const std::size_t zeros : {std::size_t{0}, std::size_t{1 << 20}}) {
    Partition partition;
    partition.log.WriteSegment(0, MakeBatches(0, 20));
    partition.log.WriteSegment(20, Bytes(zeros));
    const RecoveredLog log = partition.Recover();
    CheckIsEnd(log, 20, 0, 20);
    CHECK(log.max_timestamp == -1);
    CHECK(log.segment_first_append == -1);
    CHECK(partition.log.ReadSegment(20).empty());
    CHECK(partition.log.Has(Name(0, kIndexSuffix)));
  }
}

TEST_CASE("an empty segment whose predecessor lost its end goes") {
  Partition partition;
  const Bytes batches = MakeBatches(0, 20);
  partition.log.WriteSegment(0, std::span(batches).first(batches.size() / 2));
  partition.log.WriteSegment(20, Bytes(1 << 20));
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 0, batches.size() / 2, 10);
  CHECK(log.cut_segments == 0);
  CHECK_FALSE(partition.log.Has(Name(20)));
  CHECK(partition.Salvaged().empty());
}

TEST_CASE("an append that was under way when a segment was finished is no part of the log") {
  Partition partition;
  const Bytes batches = MakeBatches(0, 20);
  Bytes torn = batches;
  AppendTo(torn, std::span<const std::byte>(MakeBatch({.base = 20, .count = 9})).first(70));
  partition.log.WriteSegment(0, torn);
  partition.log.WriteSegment(20, MakeBatches(20, 5));
  const RecoveredLog log = partition.Recover();
  CHECK(log.damage.ok());
  CHECK(log.end == 25);
  CHECK(log.cut_bytes == 70);
  CHECK(log.cut_segments == 0);
  CHECK(partition.log.ReadSegment(0) == batches);
}

TEST_CASE("behind the first wrong batch everything is cut, later segments too, and kept") {
  Partition partition;
  const Bytes batches = MakeBatches(0, 10);
  const Bytes second = MakeBatches(10, 5);
  const Bytes third = MakeBatches(15, 5);
  partition.log.WriteSegment(0, batches);
  partition.log.FlipBit(Name(0), batches.size() / 2 + 70);
  partition.log.WriteSegment(10, second);
  partition.log.WriteSegment(15, third);
  partition.log.WriteSegment(20, Bytes(100));
  partition.WriteIndexesOf(10);
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 0, batches.size() / 2, 5);
  CHECK(log.cut_segments == 2);
  // Each of the three ends with a 0, the number of its last record's headers, and that may be room just as well.
  CHECK(log.cut_bytes == static_cast<std::int64_t>(batches.size() / 2 + second.size() + third.size() - 3));
  CHECK(log.notes.size() == 4);
  CHECK(partition.log.Names() == std::vector<std::string>{Name(0), "checkpoint", "leader-epoch-checkpoint"});
  const auto salvaged = partition.Salvaged();
  REQUIRE(salvaged.size() == 3);
  CHECK(salvaged[1] == std::pair(Name(10), second));
  CHECK(salvaged[2] == std::pair(Name(15), third));
}

TEST_CASE("a segment that was cut before does not take the place of one cut later") {
  Partition partition;
  for (int round = 0; round < 3; ++round) {
    partition.log.WriteSegment(0, MakeBatches(0, 3));
    partition.log.WriteSegment(10 + round, MakeBatches(10 + round, 2));
    partition.log.WriteSegment(99, MakeBatches(99, round + 1));
    CHECK(partition.Recover().cut_segments == 2);
  }
  CHECK(partition.Salvaged().size() == 6);
  LogFiles salvage(*partition.memory, kSalvage + "/orders-3");
  CHECK(salvage.Read(Name(99)) == MakeBatches(99, 1));
  CHECK(salvage.Read(Name(99) + ".2") == MakeBatches(99, 2));
  CHECK(salvage.Read(Name(99) + ".3") == MakeBatches(99, 3));
}

TEST_CASE("a missing segment ends the log before it") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 10));
  partition.log.WriteSegment(20, MakeBatches(20, 10));
  const RecoveredLog log = partition.Recover();
  CHECK(log.damage.ok());
  CHECK(log.end == 10);
  CHECK(log.segment_base == 0);
  CHECK(log.cut_segments == 1);
  REQUIRE(log.notes.size() == 2);
  CHECK(log.notes[0].find("the next segment begins with offset 20") != std::string::npos);
}

TEST_CASE("what is missing before the newest segments of a copy had been deleted where it was made") {
  const std::size_t size = MakeBatches(0, 1).size();
  for (const bool synced : {false, true}) {
    for (const bool before_is_there : {false, true}) {
      INFO((synced ? "synced" : "not synced") << (before_is_there ? ", with an older segment" : ""));
      Partition partition;
      if (before_is_there) partition.log.WriteSegment(0, MakeBatches(0, 10));
      partition.log.WriteSegment(20, MakeBatches(20, 10));
      partition.log.WriteSegment(30, MakeBatches(30, 5));
      partition.SetEpochs({{0, 0}});
      partition.SetCheckpoint(synced ? 34 : 0, synced ? 30 : 0, synced ? 4 * size : 0);
      const RecoveredLog log = partition.Recover([](RecoveryInput& input) { input.is_copy = input.retires = true; });
      CheckIsEnd(log, 30, 5 * size, 35);
      CHECK(log.log_start == 20);
      CHECK(log.cut_segments == (before_is_there ? 1 : 0));
      CHECK(partition.Salvaged().size() == (before_is_there ? 1 : 0));
      REQUIRE(!log.notes.empty());
      CHECK(log.notes[0].find("the log begins with offset 20: the folder was copied while") != std::string::npos);
      const RecoveredLog again = partition.Recover();
      CHECK(again.log_start == 20);
      CHECK(again.end == 35);
    }
  }
}

TEST_CASE("a copy without the oldest segments of a log that keeps all begins later, unless they were on the disk") {
  for (const bool synced : {false, true}) {
    Partition partition;
    partition.log.WriteSegment(20, MakeBatches(20, 10));
    partition.SetEpochs({{0, 0}});
    partition.SetCheckpoint(synced ? 30 : 0, synced ? 20 : 0, 0);
    const RecoveredLog log = partition.Recover([](RecoveryInput& input) { input.is_copy = true; });
    CHECK(log.log_start == 20);
    CHECK(log.end == 30);
    CHECK(log.damage.ok() == !synced);
  }
}

TEST_CASE("a missing segment in the middle of a copy of a log that keeps all ends it") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 10));
  partition.log.WriteSegment(20, MakeBatches(20, 10));
  const RecoveredLog log = partition.Recover([](RecoveryInput& input) { input.is_copy = true; });
  CHECK(log.log_start == 0);
  CHECK(log.end == 10);
  CHECK(log.cut_segments == 1);
}

TEST_CASE("a segment that overlaps the one before it is none of the log") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 10));
  partition.log.WriteSegment(5, MakeBatches(5, 10));
  const RecoveredLog log = partition.Recover();
  CHECK(log.end == 10);
  CHECK(log.segment_base == 0);
  CHECK(log.cut_segments == 1);
}

TEST_CASE("a segment under another's name is none of the log") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 10));
  partition.log.WriteSegment(10, MakeBatches(0, 10));
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 10, 0, 10);
  CHECK(log.cut_segments == 0);
  CHECK(log.cut_bytes > 0);
}

TEST_CASE("rests of what was not finished go, foreign files stay") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 3));
  for (const char* rest : {"next-5.tmp", "00000000000000000000.index.tmp", "leader-epoch-checkpoint.new.tmp",
                           "00000000000000000044.index", "00000000000000000044.timeindex"}) {
    partition.log.Write(rest, "rest");
  }
  for (const char* foreign : {"notes.txt", "notes.tmp", "00000000000000000000.snapshot"}) {
    partition.log.Write(foreign, "mine");
  }
  partition.Recover();
  CHECK(partition.log.Names() == std::vector<std::string>{Name(0), "00000000000000000000.snapshot", "checkpoint",
                                                          "leader-epoch-checkpoint", "notes.tmp", "notes.txt"});
}

// Before the checkpoint.

TEST_CASE("batches before the checkpoint are not read") {
  Partition partition;
  const Bytes batches = MakeBatches(0, 10);
  const std::size_t size = batches.size() / 10;
  partition.log.WriteSegment(0, batches);
  partition.SetEpochs({{0, 0}});
  partition.SetCheckpoint(8, 0, 8 * size);
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 0, batches.size(), 10);
  CHECK(log.scanned_bytes == static_cast<std::int64_t>(2 * size));
  CHECK(log.max_timestamp == 1009);
  CHECK(log.segment_first_append == 77);
}

TEST_CASE("a checkpoint at the end of the log leaves nothing to read") {
  Partition partition;
  const Bytes batches = MakeBatches(0, 10);
  partition.log.WriteSegment(0, batches);
  partition.SetEpochs({{0, 0}});
  partition.SetCheckpoint(10, 0, batches.size());
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 0, batches.size(), 10);
  CHECK(log.scanned_bytes == 0);
  CHECK(log.max_timestamp == 1009);
}

TEST_CASE("of segments before the checkpoint the indexes lead to the end") {
  Partition partition;
  const Bytes first = MakeBatches(0, 200);
  partition.log.WriteSegment(0, first);
  partition.log.WriteSegment(200, MakeBatches(200, 5));
  partition.WriteIndexesOf(0);
  partition.SetEpochs({{0, 0}});
  partition.SetCheckpoint(205, 200, first.size() / 40);
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 200, first.size() / 40, 205);
  CHECK(log.scanned_bytes < 1000);
}

TEST_CASE("indexes that are missing, foreign or short are made anew") {
  for (const std::string what : {"missing", "time missing", "garbage", "empty of a long one", "of another segment"}) {
    INFO(what);
    Partition partition;
    const Bytes first = MakeBatches(0, 20'000, 1, 0, 30);  // more than a MiB
    partition.log.WriteSegment(0, first);
    partition.log.WriteSegment(20'000, MakeBatches(20'000, 5));
    REQUIRE(WriteIndexes(*partition.memory, kFolder, 0, first, 4096, {}).ok());
    const Bytes good = partition.log.Read(Name(0, kIndexSuffix));
    const Bytes good_times = partition.log.Read(Name(0, kTimeIndexSuffix));
    if (what == "missing") partition.log.Remove(Name(0, kIndexSuffix));
    if (what == "time missing") partition.log.Remove(Name(0, kTimeIndexSuffix));
    if (what == "garbage") partition.log.Write(Name(0, kIndexSuffix), "12345678abcdefgh");
    if (what == "empty of a long one") partition.log.Write(Name(0, kIndexSuffix), "");
    if (what == "of another segment") {
      partition.log.Write(Name(0, kIndexSuffix), BuildIndexes("", 0, MakeBatches(0, 300, 9), 700)->offset_index);
    }
    partition.SetEpochs({{0, 0}});
    partition.SetCheckpoint(20'001, 20'000, MakeBatches(20'000, 1).size());
    const RecoveredLog log = partition.Recover();
    CHECK(log.damage.ok());
    CHECK(log.end == 20'005);
    CHECK(partition.log.Read(Name(0, kIndexSuffix)) == good);
    CHECK(partition.log.Read(Name(0, kTimeIndexSuffix)) == good_times);
  }
}

TEST_CASE("what is wrong before the checkpoint is damage, named and left alone") {
  struct Case {
    const char* what;
    std::function<void(Partition&, std::size_t)> harm;
    Offset base;
    std::size_t batch;  // of `base`: where the damage is said to be
    Offset log_start;
    Offset end;
  };
  const std::vector<Case> cases = {
      {"the last file is shorter",
       [](Partition& p, std::size_t size) {
         Bytes bytes = p.log.ReadSegment(20);
         bytes.resize(3 * size + 5);
         p.log.WriteSegment(20, bytes);
       },
       20, 3, 0, 23},
      {"the last file ends where a batch does",
       [](Partition& p, std::size_t size) {
         Bytes bytes = p.log.ReadSegment(20);
         bytes.resize(3 * size);
         p.log.WriteSegment(20, bytes);
       },
       20, 3, 0, 23},
      {"the last file is empty", [](Partition& p, std::size_t) { p.log.WriteSegment(20, {}); }, 20, 0, 0, 20},
      {"the last file is missing", [](Partition& p, std::size_t) { p.log.Remove(Name(20)); }, 10, 10, 0, 20},
      {"a file before is shorter",
       [](Partition& p, std::size_t size) {
         Bytes bytes = p.log.ReadSegment(10);
         bytes.resize(7 * size);
         p.log.WriteSegment(10, bytes);
       },
       10, 7, 0, 17},
      {"a file before ends within a batch",
       [](Partition& p, std::size_t size) {
         Bytes bytes = p.log.ReadSegment(10);
         bytes.resize(10 * size - 1);
         p.log.WriteSegment(10, bytes);
       },
       10, 9, 0, 19},
      {"a file before is zeros", [](Partition& p, std::size_t) { p.log.WriteSegment(10, Bytes(3000)); }, 10, 0, 0,
       10},
      {"a file before is empty", [](Partition& p, std::size_t) { p.log.WriteSegment(10, {}); }, 10, 0, 0, 10},
      {"a file before is missing", [](Partition& p, std::size_t) { p.log.Remove(Name(10)); }, 0, 10, 0, 10},
      {"the first file is missing", [](Partition& p, std::size_t) { p.log.Remove(Name(0)); }, 0, 0, 10, 28},
      {"all files are missing",
       [](Partition& p, std::size_t) {
         for (const Offset base : {0, 10, 20}) p.log.Remove(Name(base));
       },
       0, 0, 0, 0},
      {"a file too many", [](Partition& p, std::size_t) { p.log.WriteSegment(15, MakeBatches(15, 5)); }, 10, 10, 0,
       20},
      {"rubbish behind the end of a file before",
       [](Partition& p, std::size_t size) {
         Bytes bytes = p.log.ReadSegment(10);
         bytes.resize(9 * size);
         bytes.resize(11 * size, std::byte{0xee});
         p.log.WriteSegment(10, bytes);
       },
       10, 9, 0, 19},
  };
  const std::size_t size = MakeBatches(0, 1).size();
  for (const Case& one : cases) {
    for (const bool indexed : {false, true}) {
      for (const bool copy : {false, true}) {
        INFO(one.what << (indexed ? ", indexed" : "") << (copy ? ", in a copy" : ""));
        Partition partition;
        for (const Offset base : {0, 10}) {
          partition.log.WriteSegment(base, MakeBatches(base, 10));
          if (indexed) partition.WriteIndexesOf(base);
        }
        partition.log.WriteSegment(20, MakeBatches(20, 8));
        partition.SetEpochs({{0, 0}});
        partition.SetCheckpoint(26, 20, 6 * size);
        one.harm(partition, size);
        const auto before = partition.Everything();
        const RecoveredLog log = partition.Recover([&](RecoveryInput& input) { input.is_copy = copy; });
        CheckNames(log.damage, Name(one.base), one.batch * size);
        CHECK(log.log_start == one.log_start);
        CHECK(log.end == one.end);
        CHECK(partition.Everything() == before);
        CHECK(partition.Salvaged().empty());
        const bool says_copy = std::string(log.damage.message()).find("is a copy") != std::string::npos;
        CHECK(says_copy == copy);
      }
    }
  }
}

TEST_CASE("a bit flipped behind the checkpoint is cut, wherever it is") {
  const Bytes whole = MakeBatches(0, 3, 2);
  const std::size_t size = whole.size() / 3;
  for (std::size_t position = size; position < 2 * size; ++position) {
    for (int bit = 0; bit < 8; ++bit) {
      Partition partition;
      partition.log.WriteSegment(0, whole);
      partition.log.FlipBit(Name(0), position, bit);
      partition.SetEpochs({{0, 0}});
      partition.SetCheckpoint(2, 0, size);
      const RecoveredLog log = partition.Recover();
      INFO(position - size << " bit " << bit);
      const bool epoch = position - size >= batch_layout::kLeaderEpoch && position - size < batch_layout::kMagic;
      const bool sign = position - size == batch_layout::kLeaderEpoch && bit == 7;
      CHECK(log.damage.ok());
      // No checksum covers the epoch, and a greater one is only seen to be wrong by the batch that comes after it:
      // the records are right, the label is not, and the epoch that begins now is greater still.
      CHECK(log.end == (epoch && !sign ? 4 : 2));
      CHECK(log.cut_segments == 0);
      CHECK(partition.Salvaged().size() == 1);
    }
  }
}

TEST_CASE("a bit flipped before the checkpoint is left for who reads it, but in a copy") {
  const Bytes whole = MakeBatches(0, 3, 2);
  const std::size_t size = whole.size() / 3;
  for (const std::size_t position : {size + 0, size + 8, size + 16, size + 20, size + 25, size + 57, size + 70}) {
    INFO(position - size);
    Partition partition;
    partition.log.WriteSegment(0, whole);
    partition.log.FlipBit(Name(0), position);
    partition.SetEpochs({{0, 0}});
    partition.SetCheckpoint(4, 0, 2 * size);
    const RecoveredLog copy = partition.Recover([](RecoveryInput& input) { input.is_copy = true; });
    CheckNames(copy.damage, Name(0), size);
    CHECK(copy.end == 2);
    CheckIsEnd(partition.Recover(), 0, whole.size(), 6);
  }
}

TEST_CASE("a bit flipped in any of the small files does not change what the log is") {
  const Bytes whole = MakeBatches(0, 40);
  const auto prepare = [&](Partition& partition) {
    partition.log.WriteSegment(0, whole);
    partition.WriteIndexesOf(0);
    partition.log.WriteSegment(40, MakeBatches(40, 4, 1, 1));
    partition.SetEpochs({{0, 0}, {1, 40}});
    partition.SetCheckpoint(20, 0, whole.size() / 2);
    partition.SetCheckpoint(42, 40, whole.size() / 20);
  };
  Partition model;
  prepare(model);
  for (const std::string& name : {std::string("checkpoint"), std::string("leader-epoch-checkpoint"),
                                  Name(0, kIndexSuffix), Name(0, kTimeIndexSuffix)}) {
    const std::size_t size = model.log.Read(name).size();
    for (std::size_t position = 0; position<size; position += size> 200 ? 3 : 1) {
      INFO(name << " " << position);
      Partition partition;
      prepare(partition);
      partition.log.FlipBit(name, position, static_cast<int>(position % 8));
      const RecoveredLog log = partition.Recover();
      CHECK(log.damage.ok());
      CHECK(log.end == 44);
      CHECK(log.segment_base == 40);
      CHECK(log.cut_bytes == 0);
      CHECK(log.epoch >= 2);
      CHECK(partition.GetEpochs().At(43) >= 1);
    }
  }
}

TEST_CASE("a checkpoint of garbage has all of the log looked through") {
  Partition partition;
  const Bytes whole = MakeBatches(0, 10);
  partition.log.WriteSegment(0, whole);
  partition.log.WriteSegment(10, MakeBatches(10, 10));
  partition.log.Write("checkpoint", std::string(1024, 'x'));
  {
    const RecoveredLog log = partition.Recover();
    CHECK(log.damage.ok());
    CHECK(log.end == 20);
    REQUIRE(log.notes.size() == 1);
    CHECK(log.notes[0].find("checkpoint") != std::string::npos);
  }
  // Nobody knows how much of it had been on the disk: finished segments are not cut.
  partition.log.Write("checkpoint", std::string(1024, 'x'));
  partition.log.FlipBit(Name(0), whole.size() / 2 + 80);
  CheckNames(partition.Recover().damage, Name(0), whole.size() / 2);
}

TEST_CASE("epochs that are lost are found again in the batches") {
  for (const bool garbage : {false, true}) {
    Partition partition;
    Bytes bytes = MakeBatches(0, 5, 1, 0);
    AppendTo(bytes, MakeBatches(5, 5, 1, 3));
    partition.log.WriteSegment(0, bytes);
    partition.log.WriteSegment(10, MakeBatches(10, 5, 1, 4));
    partition.SetCheckpoint(12, 10, bytes.size() / 5);
    if (garbage) partition.log.Write("leader-epoch-checkpoint", "?");
    const RecoveredLog log = partition.Recover();
    CHECK(log.damage.ok());
    CHECK(log.epoch == 5);
    CHECK(partition.GetEpochs().Format() == "0\n4\n0 0\n3 5\n4 10\n5 15\n");
  }
}

TEST_CASE("an epoch that goes back ends the log") {
  Partition partition;
  Bytes bytes = MakeBatches(0, 5, 1, 3);
  const std::size_t good = bytes.size();
  AppendTo(bytes, MakeBatches(5, 5, 1, 2));
  partition.log.WriteSegment(0, bytes);
  CheckIsEnd(partition.Recover(), 0, good, 5);
}

TEST_CASE("the greatest epoch there can be is not exceeded") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 5, 1, INT32_MAX));
  CHECK(partition.Recover().epoch == INT32_MAX);
}

// The log start.

TEST_CASE("a log begins where its checkpoint says, and segments before that go") {
  Partition partition;
  for (const Offset base : {0, 10, 20}) partition.log.WriteSegment(base, MakeBatches(base, 10));
  partition.WriteIndexesOf(0);
  partition.log.FlipBit(Name(0), 3);  // nobody looks at it any more
  partition.SetEpochs({{0, 0}});
  partition.SetCheckpoint(25, 20, MakeBatches(20, 5).size(), 13);
  const RecoveredLog log = partition.Recover();
  CHECK(log.damage.ok());
  CHECK(log.log_start == 13);
  CHECK(log.end == 30);
  CHECK_FALSE(partition.log.Has(Name(0)));
  CHECK_FALSE(partition.log.Has(Name(0, kIndexSuffix)));
  CHECK(partition.log.Has(Name(10)));
  CHECK(partition.GetEpochs().entries().front() == EpochStart{0, 13});
}

TEST_CASE("a log whose checkpoint was lost begins with its first segment") {
  Partition partition;
  partition.log.WriteSegment(500, MakeBatches(500, 10));
  const RecoveredLog log = partition.Recover();
  CHECK(log.log_start == 500);
  CHECK(log.end == 510);
}

TEST_CASE("a log that was trimmed to its end is empty, and goes on from there") {
  Partition partition;
  const Bytes batches = MakeBatches(0, 10);
  partition.log.WriteSegment(0, batches);
  partition.SetCheckpoint(10, 0, batches.size(), 10);
  partition.SetEpochs({{0, 0}});
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 0, batches.size(), 10);
  CHECK(log.log_start == 10);
}

TEST_CASE("a log that lost what was trimmed anyway goes on from its log start") {
  Partition partition;
  const Bytes batches = MakeBatches(0, 10);
  partition.log.WriteSegment(0, std::span(batches).first(batches.size() / 2 + 3));
  partition.SetCheckpoint(4, 0, batches.size() / 10 * 4, 8);
  partition.SetEpochs({{0, 0}});
  const RecoveredLog log = partition.Recover();
  CheckIsEnd(log, 8, 0, 8);
  CHECK(log.log_start == 8);
  CHECK(log.max_timestamp == -1);
  CHECK(log.cut_bytes == 0);
  CHECK_FALSE(partition.log.Has(Name(0)));
  CHECK(partition.log.Has(Name(8)));
}

// Reading only.

TEST_CASE("a reader finds the same log and changes nothing") {
  Partition partition;
  Bytes bytes = MakeBatches(0, 10, 1, 2);
  const std::size_t end = bytes.size();
  AppendTo(bytes, std::span<const std::byte>(MakeBatches(10, 1)).first(50));
  partition.log.WriteSegment(0, bytes);
  partition.log.WriteSegment(30, MakeBatches(30, 3));
  partition.log.Write("next-1.tmp", "rest");
  partition.SetEpochs({{2, 0}});
  const auto before = partition.Everything();
  const RecoveredLog log = partition.Recover([](RecoveryInput& input) { input.writable = false; });
  CHECK(log.damage.ok());
  CHECK(log.end == 10);
  CHECK(log.flushed == 10);
  CHECK(log.position == static_cast<std::int64_t>(end));
  CHECK(log.file_size == static_cast<std::int64_t>(bytes.size()));
  CHECK(log.epoch == 2);
  CHECK(log.epoch_start == 0);
  CHECK(log.cut_bytes == 0);
  CHECK(partition.Everything() == before);
  CHECK(partition.Salvaged().empty());
}

TEST_CASE("a reader needs no call that changes anything") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 10));
  partition.log.WriteSegment(10, MakeBatches(10, 3));
  partition.Recover([](RecoveryInput& input) { input.writable = false; });
  for (const FileCall call : {FileCall::kWrite, FileCall::kAllocate, FileCall::kTruncate, FileCall::kSync,
                              FileCall::kLock, FileCall::kPermissions, FileCall::kMakeDirectory, FileCall::kRename,
                              FileCall::kRemove, FileCall::kSyncDirectory}) {
    CHECK(partition.files->calls(call) == 0);
  }
}

// Copies.

TEST_CASE("a whole copy is a log like any other, and synced") {
  Partition partition;
  const Bytes first = MakeBatches(0, 10);
  partition.log.WriteSegment(0, first);
  partition.WriteIndexesOf(0);
  partition.log.WriteSegment(10, MakeBatches(10, 6));
  partition.SetEpochs({{0, 0}});
  partition.SetCheckpoint(13, 10, first.size() / 10 * 3);
  const RecoveredLog log = partition.Recover([](RecoveryInput& input) { input.is_copy = true; });
  CHECK(log.damage.ok());
  CHECK(log.end == 16);
  // Both segments, the epochs, the checkpoint.
  CHECK(partition.files->calls(FileCall::kSync) == 4);
}

// Failures on the way.

TEST_CASE("recovery that is killed at any call and run again comes to the same log") {
  const Bytes first = MakeBatches(0, 30);
  const Bytes third = MakeBatches(50, 5);
  const auto prepare = [&](Partition& partition) {
    for (const Offset base : {0, 10}) partition.log.WriteSegment(base, MakeBatches(base, 10));
    Bytes torn = MakeBatches(20, 10);
    torn[torn.size() / 2 + 65] ^= std::byte{1};
    partition.log.WriteSegment(20, torn);
    partition.log.WriteSegment(30, MakeBatches(30, 20));
    partition.log.WriteSegment(50, third);
    partition.log.WriteSegment(55, Bytes(1000));
    partition.WriteIndexesOf(30);
    partition.log.Write("next-1.tmp", "rest");
    partition.SetEpochs({{0, 0}});
    partition.SetCheckpoint(12, 10, first.size() / 30 * 2, 4);
  };
  Partition model;
  prepare(model);
  const RecoveredLog expected = model.Recover();
  CHECK(expected.end == 25);
  CHECK(expected.cut_segments == 2);
  const auto files = model.Everything();
  const auto salvaged = model.Salvaged();
  CHECK(salvaged.size() == 3);

  for (const bool stays : {true, false}) {
    bool done = false;
    for (int n = 1; !done; ++n) {
      INFO("call " << n << (stays ? " and all after it" : ""));
      Partition partition;
      prepare(partition);
      const absl::Status killed = absl::ResourceExhaustedError("no room");
      stays ? partition.files->FailFrom(n, killed) : partition.files->FailAt(n, killed);
      done = RecoverLog(partition.Input()).ok();
      if (done && !stays) done = partition.files->calls() < n;
      partition.files->Heal();
      const RecoveredLog log = partition.Recover();
      CHECK(log.damage.ok());
      CHECK(log.end == expected.end);
      CHECK(log.log_start == expected.log_start);
      CHECK(log.segment_base == expected.segment_base);
      CHECK(log.position == expected.position);
      CHECK(log.max_timestamp == expected.max_timestamp);
      CHECK(partition.Salvaged() == salvaged);
      CHECK(partition.log.Names() == model.log.Names());
      for (const auto& [name, content] : files) {
        // How often an epoch began and a checkpoint was written may differ.
        if (name != "checkpoint" && name != "leader-epoch-checkpoint") CHECK(partition.log.Read(name) == content);
      }
    }
  }
}

TEST_CASE("no room for the salvage is an error, and nothing is lost") {
  Partition partition;
  const Bytes whole = MakeBatches(0, 4);
  const std::span<const std::byte> torn = std::span(whole).first(whole.size() - 5);
  partition.log.WriteSegment(0, torn);
  partition.files->FailAt(1, absl::ResourceExhaustedError("no room"), FileCall::kWrite);
  CHECK(absl::IsResourceExhausted(RecoverLog(partition.Input()).status()));
  CHECK(partition.log.ReadSegment(0) == Bytes(torn.begin(), torn.end()));
  CHECK(partition.Salvaged().empty());
  CHECK(partition.Recover().end == 3);
}

TEST_CASE("gaps that compaction left are no damage because the disk does not answer for a moment") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 4));
  partition.log.Write("compaction", Bytes(8, std::byte{'0'}));
  partition.files->FailAt(1, absl::DataLossError("Input/output error"), FileCall::kInfo, "/compaction");
  CHECK(absl::IsDataLoss(RecoverLog(partition.Input()).status()));
  CHECK(partition.Recover().compacted);
}

TEST_CASE("a failed sync is an error") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 4));
  partition.files->FailAt(1, absl::DataLossError("the disk"), FileCall::kSync);
  CHECK(absl::IsDataLoss(RecoverLog(partition.Input()).status()));
}

TEST_CASE("a sector that cannot be read is damage, also behind the checkpoint") {
  Partition partition;
  partition.log.WriteSegment(0, MakeBatches(0, 4));
  partition.SetEpochs({{0, 0}});
  partition.SetCheckpoint(2, 0, MakeBatches(0, 2).size());
  // The checkpoint and the epochs are read first.
  partition.files->FailAt(3, absl::DataLossError("cannot read it: Input/output error"), FileCall::kRead);
  const RecoveredLog log = partition.Recover();
  CHECK(log.end == 2);
  CheckNames(log.damage, Name(0), MakeBatches(0, 2).size());
  CHECK(std::string(log.damage.message()).find("Input/output error") != std::string::npos);
}

TEST_CASE("progress is told in bytes read") {
  Partition partition;
  const Bytes bytes = MakeBatches(0, 3000, 1, 0, 300);
  partition.log.WriteSegment(0, bytes);
  std::int64_t told = 0;
  int calls = 0;
  partition.Recover([&](RecoveryInput& input) {
    input.on_scanned = [&](std::int64_t size) {
      told += size;
      ++calls;
    };
  });
  CHECK(told >= static_cast<std::int64_t>(bytes.size()));
  CHECK(calls > 3);
}

}  // namespace
}  // namespace leat::log
