#include "log/time_index.h"

#include <leat/encoding.h>

#include "io/memory_file_system.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

using testing::Bytes;

struct Raw {
  std::int64_t timestamp;
  std::int32_t relative;
};

Bytes Encode(const std::vector<Raw>& entries) {
  Bytes bytes(entries.size() * kTimeIndexEntrySize);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    StoreBig64(bytes.data() + 12 * i, static_cast<std::uint64_t>(entries[i].timestamp));
    StoreBig32(bytes.data() + 12 * i + 8, static_cast<std::uint32_t>(entries[i].relative));
  }
  return bytes;
}

absl::StatusOr<TimeIndex> Parse(Bytes bytes) { return TimeIndex::Parse("/p/t.timeindex", std::move(bytes), 100); }

TEST_CASE("an empty time index leads to the segment's base") {
  const auto index = Parse({});
  REQUIRE(index.ok());
  CHECK(index->last() == std::nullopt);
  CHECK(index->Lookup(0) == 100);
  CHECK(index->Lookup(INT64_MAX) == 100);
}

TEST_CASE("a time index leads to where no record before is of that time or later") {
  const auto index = Parse(Encode({{1000, 9}, {2000, 15}, {5000, 40}}));
  REQUIRE(index.ok());
  CHECK(index->Lookup(INT64_MIN) == 100);
  CHECK(index->Lookup(999) == 100);
  CHECK(index->Lookup(1000) == 109);  // the batch that ends there was the first with this time
  CHECK(index->Lookup(1999) == 109);
  CHECK(index->Lookup(2000) == 115);
  CHECK(index->Lookup(5000) == 140);
  CHECK(index->Lookup(INT64_MAX) == 140);
  CHECK(index->last()->timestamp == 5000);
}

TEST_CASE("zeros at the end of a time index are no entries") {
  CHECK(Parse(Encode({{1000, 9}, {0, 0}, {0, 0}}))->count() == 1);
  CHECK(Parse(Bytes(1200))->count() == 0);
  CHECK(Parse(Encode({{0, 5}, {0, 0}}))->count() == 1);
}

TEST_CASE("times before 1970 have their place") {
  const auto index = Parse(Encode({{-500, 3}, {0, 5}}));
  REQUIRE(index.ok());
  CHECK(index->Lookup(-501) == 100);
  CHECK(index->Lookup(-500) == 103);
  CHECK(index->Lookup(0) == 105);
}

TEST_CASE("a time index that cannot be one is refused with file and entry") {
  const auto refused = [](Bytes bytes, const char* entry) {
    const auto index = Parse(std::move(bytes));
    CHECK(absl::IsDataLoss(index.status()));
    CHECK(std::string(index.status().message()).find(std::string("/p/t.timeindex: entry ") + entry) == 0);
  };
  Bytes torn = Encode({{1000, 9}, {2000, 15}});
  torn.resize(20);
  refused(torn, "1");
  refused(Encode({{1000, -1}}), "0");
  refused(Encode({{1000, 9}, {1000, 15}}), "1");
  refused(Encode({{1000, 9}, {999, 15}}), "1");
  refused(Encode({{1000, 9}, {2000, 9}}), "1");
  refused(Encode({{1000, 9}, {2000, 8}}), "1");
}

TEST_CASE("a time index that is not there is not found") {
  const auto files = io::MakeMemoryFileSystem();
  REQUIRE(files->MakeDirectory("/p").ok());
  CHECK(absl::IsNotFound(TimeIndex::Load(*files, "/p", 0).status()));
}

}  // namespace
}  // namespace leat::log
