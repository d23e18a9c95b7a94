#include "log/offset_index.h"

#include <leat/batch.h>

#include "io/memory_file_system.h"
#include "io/posix_file_system.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

using testing::Bytes;

struct Raw {
  std::int32_t relative;
  std::int32_t position;
};

Bytes Encode(const std::vector<Raw>& entries) {
  Bytes bytes(entries.size() * kOffsetIndexEntrySize);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    StoreBig32(bytes.data() + 8 * i, static_cast<std::uint32_t>(entries[i].relative));
    StoreBig32(bytes.data() + 8 * i + 4, static_cast<std::uint32_t>(entries[i].position));
  }
  return bytes;
}

absl::StatusOr<OffsetIndex> Parse(Bytes bytes) {
  return OffsetIndex::Parse("/p/i.index", std::move(bytes), 100, 1000);
}

TEST_CASE("an empty index leads to the segment's beginning") {
  const auto index = Parse({});
  REQUIRE(index.ok());
  CHECK(index->count() == 0);
  CHECK(index->last() == std::nullopt);
  CHECK(index->Lookup(100) == 0);
  CHECK(index->Lookup(INT64_MAX) == 0);
}

TEST_CASE("an index of offsets leads to the last batch that does not end behind the offset") {
  const auto index = Parse(Encode({{9, 200}, {15, 500}, {40, 999}}));
  REQUIRE(index.ok());
  CHECK(index->Lookup(0) == 0);
  CHECK(index->Lookup(100) == 0);
  CHECK(index->Lookup(108) == 0);  // in the batch that ends with 109, perhaps, or before it
  CHECK(index->Lookup(109) == 200);
  CHECK(index->Lookup(114) == 200);
  CHECK(index->Lookup(115) == 500);
  CHECK(index->Lookup(139) == 500);
  CHECK(index->Lookup(140) == 999);
  CHECK(index->Lookup(INT64_MAX) == 999);
  CHECK(index->last()->last_offset == 140);
}

TEST_CASE("zeros at the end of an index of offsets are no entries") {
  const auto index = Parse(Encode({{9, 200}, {15, 500}, {0, 0}, {0, 0}}));
  REQUIRE(index.ok());
  CHECK(index->count() == 2);
  CHECK(index->Lookup(INT64_MAX) == 500);
  CHECK(Parse(Bytes(800))->count() == 0);
}

TEST_CASE("the greatest offset of a segment fits into its index") {
  const auto index = Parse(Encode({{INT32_MAX, 999}}));
  REQUIRE(index.ok());
  CHECK(index->last()->last_offset == 100 + std::int64_t{INT32_MAX});
}

TEST_CASE("an index of offsets that cannot be one is refused with file and entry") {
  const auto refused = [](Bytes bytes, const char* entry) {
    const auto index = Parse(std::move(bytes));
    CHECK(absl::IsDataLoss(index.status()));
    CHECK(std::string(index.status().message()).find(std::string("/p/i.index: entry ") + entry) == 0);
  };
  Bytes torn = Encode({{9, 200}, {15, 500}});
  torn.resize(13);
  refused(torn, "1");
  refused(Encode({{-1, 200}}), "0");
  refused(Encode({{5, -1}}), "0");
  refused(Encode({{5, 1000}}), "0");
  refused(Encode({{5, 200}, {5, 300}}), "1");
  refused(Encode({{5, 200}, {4, 300}}), "1");
  refused(Encode({{5, 200}, {6, 200}}), "1");
  refused(Encode({{5, 200}, {6, 100}}), "1");
  refused(Encode({{0, 0}, {0, 0}, {5, 200}}), "1");
}

TEST_CASE("a bit flipped in an index of offsets is refused or leads to a place in the log") {
  // What it cannot see is a wrong entry between right neighbours: the reader compares the offset of the batch it is
  // led to.
  const Bytes good = Encode({{9, 200}, {15, 500}, {40, 900}});
  int refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    const auto index = Parse(bytes);
    if (!index.ok()) {
      ++refused;
      continue;
    }
    for (Offset offset = 100; offset < 150; ++offset) {
      CHECK(index->Lookup(offset) >= 0);
      CHECK(index->Lookup(offset) < 1000);
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("the entries that Kafka wrote lead to the batches they speak of, zeros behind them or not") {
  const auto files = io::MakePosixFileSystem();
  std::size_t entries = 0;
  for (const char* golden :
       {"singles-0", "batches-0", "dense-index-0", "compacted-0", "trimmed-0", "unclean/killed-0"}) {
    testing::LogFiles log(*files, testing::GoldenFolder(golden));
    const auto segments = ListSegments(*files, log.folder());
    REQUIRE(segments.ok());
    for (const SegmentFiles& segment : *segments) {
      INFO(golden << " " << segment.base);
      const Bytes bytes = log.ReadSegment(segment.base);
      const auto index =
          OffsetIndex::Load(*files, log.folder(), segment.base, static_cast<std::int64_t>(bytes.size()));
      REQUIRE(index.ok());
      for (std::size_t i = 0; i < index->count(); ++i) {
        const OffsetIndex::Entry entry = index->entry(i);
        const auto rest = std::span(bytes).subspan(static_cast<std::size_t>(entry.position));
        REQUIRE(CheckBatchHeader(rest) == BatchVerdict::kOk);
        CHECK(BatchView(rest).last_offset() == entry.last_offset);
        CHECK(index->Lookup(entry.last_offset) == entry.position);
        ++entries;
      }
    }
  }
  CHECK(entries > 80);
}

TEST_CASE("an index that is not there is not found") {
  const auto files = io::MakeMemoryFileSystem();
  REQUIRE(files->MakeDirectory("/p").ok());
  CHECK(absl::IsNotFound(OffsetIndex::Load(*files, "/p", 0, 100).status()));
}

}  // namespace
}  // namespace leat::log
