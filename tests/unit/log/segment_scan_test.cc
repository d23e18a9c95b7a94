#include "log/segment_scan.h"

#include "io/failing_file_system.h"
#include "io/memory_file_system.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

using testing::AppendTo;
using testing::Bytes;
using testing::MakeBatch;
using testing::MakeBatches;
using Stop = SegmentScan::Stop;

SegmentScan Scan(const Bytes& bytes, const ScanRules& rules = {}, const ScanStart& start = {}, Offset base = 0) {
  const auto files = io::MakeMemoryFileSystem();
  REQUIRE(files->MakeDirectory("/p").ok());
  testing::LogFiles log(*files, "/p");
  log.WriteSegment(base, bytes);
  const auto file = files->Open(log.Path(testing::LogFiles::LogName(base)), io::OpenMode::kRead);
  REQUIRE(file.ok());
  const auto scan = SegmentScanner().Scan(**file, base, start, rules);
  REQUIRE(scan.ok());
  return *scan;
}

TEST_CASE("an empty file has no batches") {
  const SegmentScan scan = Scan({}, {}, {0, 7, 3}, 7);
  CHECK(scan.stop == Stop::kEnd);
  CHECK(scan.next_offset == 7);
  CHECK(scan.position == 0);
  CHECK(scan.epoch == 3);
  CHECK(scan.batches == 0);
  CHECK(scan.last_batch_position == -1);
}

TEST_CASE("a scan says what it walked over") {
  Bytes bytes = MakeBatches(7, 2, 3, 1);
  const auto half = static_cast<std::int64_t>(bytes.size() / 2);
  AppendTo(bytes, MakeBatch({.base = 13, .count = 1, .epoch = 4, .timestamp = 5}));
  const SegmentScan scan = Scan(bytes, {}, {0, 7, -1}, 7);
  CHECK(scan.stop == Stop::kEnd);
  CHECK(scan.next_offset == 14);
  CHECK(scan.batches == 3);
  CHECK(scan.position == static_cast<std::int64_t>(bytes.size()));
  CHECK(scan.last_batch_position == 2 * half);
  CHECK(scan.first_timestamp == 1007);
  CHECK(scan.max_timestamp == 1012);
  CHECK(scan.epoch == 4);
  CHECK(scan.epochs == std::vector<EpochStart>{{1, 7}, {4, 13}});
  CHECK(scan.bytes_read == scan.position);
}

TEST_CASE("a scan may begin at any batch") {
  const Bytes bytes = MakeBatches(0, 10);
  const auto size = static_cast<std::int64_t>(bytes.size() / 10);
  for (std::int64_t batch = 0; batch <= 10; ++batch) {
    const SegmentScan scan = Scan(bytes, {}, {batch * size, batch, 0});
    CHECK(scan.stop == Stop::kEnd);
    CHECK(scan.next_offset == 10);
    CHECK(scan.batches == 10 - batch);
  }
  CHECK(Scan(bytes, {}, {size, 2, 0}).stop == Stop::kBad);
  CHECK(Scan(bytes, {}, {size + 1, 1, 0}).stop == Stop::kBad);
}

TEST_CASE("a walk over headers alone does not see a wrong checksum") {
  Bytes bytes = MakeBatches(0, 10);
  bytes[bytes.size() / 2 + 65] ^= std::byte{1};
  CHECK(Scan(bytes).next_offset == 5);
  CHECK(Scan(bytes, {.check_crc = false}).next_offset == 10);
}

TEST_CASE("batches may stand anywhere to the borders of what is read at once") {
  // Sizes that are no divisors of it, so that headers and records are split at each place.
  for (const std::size_t value_size : {1U, 50U, 1000U, 100'003U, 262'000U, 262'144U, 600'000U}) {
    const int count = static_cast<int>(1'500'000 / (value_size + 70)) + 2;
    const Bytes bytes = MakeBatches(0, count, 1, 0, value_size);
    for (const bool crc : {true, false}) {
      const SegmentScan scan = Scan(bytes, {.check_crc = crc});
      CHECK(scan.stop == Stop::kEnd);
      CHECK(scan.batches == count);
    }
  }
}

TEST_CASE("only zeros behind the last batch are told from anything else") {
  Bytes bytes = MakeBatches(0, 2);
  const auto end = static_cast<std::int64_t>(bytes.size());
  bytes.resize(bytes.size() + 600'000);
  SegmentScan scan = Scan(bytes);
  CHECK(scan.stop == Stop::kUnwritten);
  CHECK(scan.position == end);
  CHECK(scan.content_end == end);
  for (const std::int64_t position : {end, end + 1, end + 16, end + 70, end + 300'000, end + 599'999}) {
    Bytes dirty = bytes;
    dirty[static_cast<std::size_t>(position)] = std::byte{0x80};
    scan = Scan(dirty);
    CHECK(scan.stop == Stop::kBad);
    CHECK(scan.position == end);
    CHECK(scan.content_end == position + 1);
    CHECK(scan.file_size == static_cast<std::int64_t>(bytes.size()));
    CHECK_FALSE(scan.what.empty());
  }
}

TEST_CASE("missing offsets are right where gaps are allowed only") {
  Bytes between = MakeBatches(0, 2);
  AppendTo(between, MakeBatch({.base = 10, .count = 2}));
  CHECK(Scan(between).next_offset == 2);
  CHECK(Scan(between, {.allow_gaps = true}).next_offset == 12);

  Bytes within = MakeBatch({.base = 0, .count = 3});
  StoreBig32(within.data() + batch_layout::kLastOffsetDelta, 9);
  testing::Reseal(within);
  CHECK(Scan(within).stop == Stop::kBad);
  CHECK(Scan(within, {.allow_gaps = true}).next_offset == 10);

  Bytes too_many = MakeBatch({.base = 0, .count = 3});
  StoreBig32(too_many.data() + batch_layout::kLastOffsetDelta, 1);
  testing::Reseal(too_many);
  CHECK(Scan(too_many, {.allow_gaps = true}).stop == Stop::kBad);
}

TEST_CASE("offsets that no segment can hold are wrong, gaps or not") {
  Bytes bytes = MakeBatches(0, 1);
  AppendTo(bytes, MakeBatch({.base = std::int64_t{1} << 31}));
  CHECK(Scan(bytes, {.allow_gaps = true}).next_offset == 1);
  bytes = MakeBatch({.base = INT32_MAX});
  CHECK(Scan(bytes, {.allow_gaps = true}).stop == Stop::kEnd);
  bytes = MakeBatch({.base = INT32_MAX, .count = 2});
  CHECK(Scan(bytes, {.allow_gaps = true}).stop == Stop::kBad);
  bytes = MakeBatch({.base = INT64_MAX - 1});
  CHECK(Scan(bytes, {}, {0, INT64_MAX - 1, 0}, INT64_MAX - 1).stop == Stop::kEnd);
}

TEST_CASE("counts that make no sense are wrong though their checksum is right") {
  for (const auto& [count, delta] : std::initializer_list<std::pair<int, int>>{{0, 0},
                                                                               {2, 0},
                                                                               {1, 1},
                                                                               {-1, -2},
                                                                               {0, -1},
                                                                               {INT32_MIN, INT32_MAX},
                                                                               {INT32_MAX, INT32_MAX},
                                                                               {1, INT32_MIN}}) {
    Bytes bytes = MakeBatches(0, 1);
    StoreBig32(bytes.data() + batch_layout::kRecordCount, static_cast<std::uint32_t>(count));
    StoreBig32(bytes.data() + batch_layout::kLastOffsetDelta, static_cast<std::uint32_t>(delta));
    testing::Reseal(bytes);
    INFO(count << " " << delta);
    CHECK(Scan(bytes).stop == Stop::kBad);
  }
}

TEST_CASE("an epoch may be missing where Kafka converted the batch, and never goes back otherwise") {
  Bytes bytes = MakeBatches(0, 1, 1, 3);
  AppendTo(bytes, MakeBatches(1, 1, 1, -1));
  AppendTo(bytes, MakeBatches(2, 1, 1, 3));
  CHECK(Scan(bytes).next_offset == 1);
  CHECK(Scan(bytes, {.allow_gaps = true}).next_offset == 3);
  AppendTo(bytes, MakeBatches(3, 1, 1, 2));
  CHECK(Scan(bytes, {.allow_gaps = true}).next_offset == 3);
  CHECK(Scan(MakeBatches(0, 1, 1, 3), {}, {0, 0, 4}).stop == Stop::kBad);
}

TEST_CASE("a length that goes beyond the file takes no memory to refuse") {
  Bytes bytes = MakeBatches(0, 1);
  StoreBig32(bytes.data() + batch_layout::kLength, INT32_MAX);
  CHECK(Scan(bytes).stop == Stop::kBad);
}

TEST_CASE("old message formats are told from rubbish by their length") {
  Bytes bytes(200, std::byte{1});
  bytes[batch_layout::kMagic] = std::byte{1};
  StoreBig32(bytes.data() + batch_layout::kLength, 100);
  CHECK(Scan(bytes).old_format);
  StoreBig32(bytes.data() + batch_layout::kLength, 189);
  CHECK_FALSE(Scan(bytes).old_format);
  StoreBig32(bytes.data() + batch_layout::kLength, 13);
  CHECK_FALSE(Scan(bytes).old_format);
}

TEST_CASE("an error of the medium stops the scan where it is, other errors are the caller's") {
  const auto memory = io::MakeMemoryFileSystem();
  io::FailingFileSystem files(memory);
  REQUIRE(memory->MakeDirectory("/p").ok());
  testing::LogFiles(*memory, "/p").WriteSegment(0, MakeBatches(0, 1000, 1, 0, 1000));
  const auto file = files.Open("/p/00000000000000000000.log", io::OpenMode::kRead);
  REQUIRE(file.ok());
  files.FailAt(3, absl::DataLossError("the medium"), FileCall::kRead);
  auto scan = SegmentScanner().Scan(**file, 0, {}, {});
  REQUIRE(scan.ok());
  CHECK(scan->stop == Stop::kUnreadable);
  CHECK(scan->error.message() == "the medium");
  CHECK(scan->next_offset > 100);
  files.FailAt(3, absl::InternalError("else"), FileCall::kRead);
  CHECK(absl::IsInternal(SegmentScanner().Scan(**file, 0, {}, {}).status()));
}

}  // namespace
}  // namespace leat::log
