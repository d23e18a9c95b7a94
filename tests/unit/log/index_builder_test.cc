#include "log/index_builder.h"

#include "io/failing_file_system.h"
#include "io/memory_file_system.h"
#include "io/posix_file_system.h"
#include "log/offset_index.h"
#include "log/time_index.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

using testing::AppendTo;
using testing::Bytes;
using testing::MakeBatch;
using testing::MakeBatches;

BuiltIndexes Build(Offset base, const Bytes& bytes, std::int64_t interval = 4096) {
  auto built = BuildIndexes("/p/x.log", base, bytes, interval);
  REQUIRE(built.ok());
  return *std::move(built);
}

OffsetIndex Offsets(const BuiltIndexes& built, Offset base, std::int64_t log_size) {
  auto index = OffsetIndex::Parse("index", built.offset_index, base, log_size);
  REQUIRE(index.ok());
  return *std::move(index);
}

TimeIndex Times(const BuiltIndexes& built, Offset base) {
  auto index = TimeIndex::Parse("timeindex", built.time_index, base);
  REQUIRE(index.ok());
  return *std::move(index);
}

TEST_CASE("a segment without batches has empty indexes") {
  const BuiltIndexes built = Build(42, {});
  CHECK(built.offset_index.empty());
  CHECK(built.time_index.empty());
  CHECK(built.summary.base == 42);
  CHECK(built.summary.next_offset == 42);
  CHECK(built.summary.batches == 0);
  CHECK(built.summary.max_timestamp == -1);
  CHECK(built.summary.first_timestamp == -1);
}

TEST_CASE("the first batch of a segment gets no entry but the time index's last one") {
  const BuiltIndexes built = Build(42, MakeBatch({.base = 42, .count = 3, .timestamp = 700}));
  CHECK(built.offset_index.empty());
  const TimeIndex times = Times(built, 42);
  REQUIRE(times.count() == 1);
  CHECK(times.entry(0).timestamp == 702);
  CHECK(times.entry(0).last_offset == 44);
  CHECK(built.summary.next_offset == 45);
  CHECK(built.summary.batches == 1);
  CHECK(built.summary.first_timestamp == 700);
  CHECK(built.summary.max_timestamp == 702);
}

TEST_CASE("an entry comes when more than the interval has gone by, and not when it is just the interval") {
  const Bytes batches = MakeBatches(0, 6);
  const auto size = static_cast<std::int64_t>(batches.size() / 6);
  {
    const OffsetIndex index = Offsets(Build(0, batches, 2 * size), 0, 6 * size);
    REQUIRE(index.count() == 1);
    CHECK(index.entry(0).last_offset == 3);
    CHECK(index.entry(0).position == 3 * size);
  }
  {
    const OffsetIndex index = Offsets(Build(0, batches, 2 * size - 1), 0, 6 * size);
    REQUIRE(index.count() == 2);
    CHECK(index.entry(0).last_offset == 2);
    CHECK(index.entry(1).last_offset == 4);
    CHECK(index.entry(1).position == 4 * size);
  }
  CHECK(Offsets(Build(0, batches, 0), 0, 6 * size).count() == 5);
}

TEST_CASE("an entry speaks of the last offset of the batch that begins at its position") {
  const Bytes batches = MakeBatches(1000, 20, 7);
  const auto size = static_cast<std::int64_t>(batches.size() / 20);
  const OffsetIndex index = Offsets(Build(1000, batches, 1), 1000, 20 * size);
  REQUIRE(index.count() == 19);
  for (std::size_t i = 0; i < index.count(); ++i) {
    const auto batch = static_cast<std::int64_t>(i) + 1;
    CHECK(index.entry(i).position == batch * size);
    CHECK(index.entry(i).last_offset == 1000 + batch * 7 + 6);
  }
}

TEST_CASE("the time index has the greatest timestamp so far and the batch that had it first") {
  Bytes bytes;
  const std::int64_t timestamps[] = {500, 900, 300, 900, 901, 100};
  for (int i = 0; i < 6; ++i) AppendTo(bytes, MakeBatch({.base = 2 * i, .count = 1, .timestamp = timestamps[i]}));
  // Offsets 0, 2, 4 ...: there are gaps, as after compaction.
  const TimeIndex times = Times(Build(0, bytes, 0), 0);
  REQUIRE(times.count() == 2);
  CHECK(times.entry(0).timestamp == 900);
  CHECK(times.entry(0).last_offset == 2);
  CHECK(times.entry(1).timestamp == 901);
  CHECK(times.entry(1).last_offset == 8);
}

TEST_CASE("batches without timestamps make no time index") {
  Bytes bytes;
  for (int i = 0; i < 5; ++i) AppendTo(bytes, MakeBatch({.base = i, .timestamp = -1}));
  const BuiltIndexes built = Build(0, bytes, 0);
  CHECK(built.time_index.empty());
  CHECK(built.offset_index.size() == 4 * kOffsetIndexEntrySize);
  CHECK(built.summary.max_timestamp == -1);
}

TEST_CASE("what is no batch is refused with file and position") {
  const Bytes good = MakeBatches(0, 3);
  const std::size_t size = good.size() / 3;
  const auto fails_at = [&](Bytes bytes, std::size_t position) {
    const auto built = BuildIndexes("/p/x.log", 0, bytes, 4096);
    INFO(built.status().ToString());
    CHECK(absl::IsDataLoss(built.status()));
    const std::string message(built.status().message());
    CHECK(message.find("/p/x.log") != std::string::npos);
    CHECK(message.find(std::to_string(position)) != std::string::npos);
  };
  Bytes bytes = good;
  bytes.resize(bytes.size() - 1);
  fails_at(bytes, 2 * size);
  bytes = good;
  bytes.resize(bytes.size() + 100);
  fails_at(bytes, 3 * size);
  bytes = good;
  bytes[size + batch_layout::kMagic] = std::byte{7};
  fails_at(bytes, size);
  bytes = good;
  StoreBig32(bytes.data() + size + batch_layout::kLength, 10);
  fails_at(bytes, size);
  bytes = good;
  StoreBig32(bytes.data() + size + batch_layout::kLastOffsetDelta, static_cast<std::uint32_t>(-1));
  fails_at(bytes, size);
  bytes = good;
  StoreBig64(bytes.data() + size + batch_layout::kBaseOffset, 0);  // said already
  fails_at(bytes, size);
  bytes = good;
  StoreBig64(bytes.data() + size + batch_layout::kBaseOffset, std::uint64_t{1} << 31);  // too far from 0
  fails_at(bytes, size);
}

TEST_CASE("Kafka's old message formats are refused as such") {
  Bytes bytes = MakeBatches(0, 1);
  bytes[batch_layout::kMagic] = std::byte{1};
  CHECK(absl::IsUnimplemented(BuildIndexes("/p/x.log", 0, bytes, 4096).status()));
}

TEST_CASE("indexes are written beside the log in place of those that were there") {
  const auto files = io::MakeMemoryFileSystem();
  REQUIRE(files->MakeDirectory("/p").ok());
  testing::LogFiles log(*files, "/p");
  const Bytes bytes = MakeBatches(7, 50);
  log.Write("00000000000000000007.index", "rubbish");
  log.Write("00000000000000000007.index.tmp", std::string(5000, 'x'));
  const auto summary = WriteIndexes(*files, "/p", 7, bytes, 300, {});
  REQUIRE(summary.ok());
  CHECK(summary->next_offset == 57);
  const BuiltIndexes built = Build(7, bytes, 300);
  CHECK(log.Read("00000000000000000007.index") == built.offset_index);
  CHECK(log.Read("00000000000000000007.timeindex") == built.time_index);
  CHECK(log.Names().size() == 2);
  CHECK(OffsetIndex::Load(*files, "/p", 7, static_cast<std::int64_t>(bytes.size()))->count() > 5);
}

TEST_CASE("whatever call fails, an index that is there is whole") {
  const Bytes bytes = MakeBatches(0, 50);
  const BuiltIndexes built = Build(0, bytes, 300);
  bool done = false;
  for (int n = 1; !done; ++n) {
    const auto memory = io::MakeMemoryFileSystem();
    REQUIRE(memory->MakeDirectory("/p").ok());
    io::FailingFileSystem files(memory);
    files.FailFrom(n, absl::ResourceExhaustedError("full"));
    done = WriteIndexes(files, "/p", 0, bytes, 300, {}).ok();
    testing::LogFiles log(*memory, "/p");
    INFO(n);
    if (log.Has("00000000000000000000.index")) CHECK(log.Read("00000000000000000000.index") == built.offset_index);
    if (log.Has("00000000000000000000.timeindex"))
      CHECK(log.Read("00000000000000000000.timeindex") == built.time_index);
    if (done) CHECK(log.Names().size() == 2);
  }
}

// Kafka writes entries as batches come; after a restart it goes on counting from 0, and its cleaner makes other
// entries. So only segments that were written in one go are compared.
TEST_CASE("the indexes are, byte by byte, those that Kafka wrote for the same segments") {
  const auto files = io::MakePosixFileSystem();
  struct Golden {
    const char* folder;
    std::int64_t interval;
  };
  int compared = 0;
  for (const Golden& golden :
       {Golden{"singles-0", 4096}, Golden{"batches-0", 4096}, Golden{"shapes-0", 4096}, Golden{"dense-index-0", 100},
        Golden{"append-time-0", 1000}, Golden{"gzip-0", 4096}, Golden{"zstd-0", 4096}, Golden{"idempotent-0", 4096},
        Golden{"transactions-0", 4096}}) {
    testing::LogFiles log(*files, testing::GoldenFolder(golden.folder));
    const auto segments = ListSegments(*files, log.folder());
    REQUIRE(segments.ok());
    for (const SegmentFiles& segment : *segments) {
      INFO(golden.folder << " " << segment.base);
      const Bytes bytes = log.ReadSegment(segment.base);
      const BuiltIndexes built = Build(segment.base, bytes, golden.interval);
      CHECK(built.offset_index == log.Read(SegmentFileName(segment.base, kIndexSuffix)));
      CHECK(built.time_index == log.Read(SegmentFileName(segment.base, kTimeIndexSuffix)));
      ++compared;
    }
  }
  CHECK(compared > 15);
}

}  // namespace
}  // namespace leat::log
