// Logs that a real Kafka wrote, compacted by leat: tests/golden/README.md says what is in them.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <leat/batch.h>
#include "io/posix_file_system.h"
#include "log/compaction.h"
#include "log/page.h"
#include "log/recovery.h"
#include "log/segment_files.h"
#include "record/expand.h"
#include "shared/layout.h"
#include "support/catch.h"
#include "support/keyed_log.h"
#include "support/log_files.h"
#include "support/shared_folder.h"

namespace leat::log {
namespace {

using testing::Bytes;
using testing::GoldenFolder;
using testing::KeyedRecord;
using testing::KeyedRecords;
using testing::LogFiles;
using testing::Must;
using testing::ReadKeyed;
using testing::SharedFolder;
using testing::Value;

// A golden folder, adopted.
class AdoptedLog {
 public:
  explicit AdoptedLog(const std::string& golden) : process_(folder_) {
    Must(folder_.files().Remove(folder_.SegmentPath(0)));
    files_.CopyFrom(*io::MakePosixFileSystem(), GoldenFolder(golden));
    const RecoveredLog recovered = Recover(true);
    LogSettings settings = folder_.Settings(process_);
    settings.allow_gaps = true;
    FillPage(*settings.page, PageContentOf(recovered));
    log_ = Log::Open(settings);
    // So that all of it is in finished segments.
    REQUIRE(Value(log_->RollOlderThan(0, INT64_MAX)));
  }

  RecoveredLog Recover(bool adopting) {
    RecoveredLog recovered = Value(RecoverLog({.files = folder_.files(),
                                               .folder = folder_.partition_folder(),
                                               .topic = "t",
                                               .salvage_folder = folder_ / "salvage",
                                               .like = Value(folder_.files().Info(folder_.partition_folder())),
                                               .adopting = adopting}));
    Must(recovered.damage);
    return recovered;
  }

  // Copies of all batches of the finished segments, in order.
  std::vector<Bytes> Batches() {
    std::vector<Bytes> batches;
    for (const SegmentFiles& segment : Value(ListSegments(folder_.files(), folder_.partition_folder()))) {
      if (segment.base == log_->end()) continue;
      const Bytes bytes = files_.ReadSegment(segment.base);
      for (std::span<const std::byte> rest = bytes; !rest.empty();
           rest = rest.subspan(BatchView(rest).size_bytes())) {
        if (CheckBatchHeader(rest) == BatchVerdict::kUnwritten) break;  // room of one that has not been sealed
        REQUIRE(record::ValidateInside(rest, record::OffsetDeltas::kGrowing) == BatchVerdict::kOk);
        const auto batch = BatchView(rest).bytes();
        batches.emplace_back(batch.begin(), batch.end());
      }
    }
    return batches;
  }

  const std::shared_ptr<Log>& log() { return log_; }
  KeyedRecords Read() { return Value(ReadKeyed(log_, log_->log_start())); }

 private:
  SharedFolder folder_;
  SharedFolder::Process process_;
  LogFiles files_{folder_.files(), folder_.partition_folder()};
  std::shared_ptr<Log> log_;
};

CompactionRules Rules(std::int64_t now) { return {.now = now, .delete_retention_ms = 1000, .hash_key = {.low = 1}}; }

bool IsCommit(BatchView marker) {
  RecordReader reader(marker);
  REQUIRE(reader.Next());
  return reader.record().key.data()[3] == std::byte{1};
}

// The offsets of records that count: those of no transaction, and of committed ones. From the end, where each producer's next
// marker has been seen.
std::set<Offset> Counting(const std::vector<Bytes>& batches) {
  std::set<Offset> counting;
  std::map<std::int64_t, bool> committed;
  for (auto at = batches.rbegin(); at != batches.rend(); ++at) {
    const BatchView batch(*at);
    if (batch.is_control()) {
      committed[batch.producer_id()] = IsCommit(batch);
      continue;
    }
    if (batch.is_transactional() && !committed.at(batch.producer_id())) continue;
    for (RecordReader reader(batch); reader.Next();)
      counting.insert(batch.base_offset() + reader.record().offset_delta);
  }
  return counting;
}

// What is to be left when all is compacted, tombstones kept.
KeyedRecords Left(const KeyedRecords& records, const std::set<Offset>& counting) {
  std::map<std::string, Offset> newest;
  for (const KeyedRecord& record : records) {
    if (record.key.has_value() && counting.contains(record.offset)) newest[*record.key] = record.offset;
  }
  KeyedRecords left;
  for (const KeyedRecord& record : records) {
    const auto known = record.key.has_value() ? newest.find(*record.key) : newest.end();
    if (known == newest.end() || known->second <= record.offset) left.push_back(record);
  }
  return left;
}

std::vector<Bytes> ControlBatches(const std::vector<Bytes>& batches) {
  std::vector<Bytes> control;
  for (const Bytes& batch : batches) {
    if (BatchView(batch).is_control()) control.push_back(batch);
  }
  return control;
}

TEST_CASE("a log that Kafka compacted is compacted on: the last record of each key, Kafka's horizons as they are") {
  AdoptedLog adopted("compacted-0");
  const KeyedRecords before = adopted.Read();
  const std::set<Offset> counting = Counting(adopted.Batches());
  std::map<Offset, std::int64_t> horizons;
  for (const Bytes& bytes : adopted.Batches()) {
    const BatchView batch(bytes);
    if (batch.has_delete_horizon()) horizons[batch.base_offset()] = batch.base_timestamp();
  }
  REQUIRE(horizons.size() == 5);
  const std::int64_t horizon = horizons.begin()->second;

  const Offset end = adopted.log()->end();
  const auto result = Value(CompactLog(*adopted.log(), Rules(horizon - 2000)));
  CHECK(result.clean_to == end);
  const KeyedRecords left = adopted.Read();
  CHECK(left == Left(before, counting));
  REQUIRE(std::any_of(left.begin(), left.end(), [](const auto& record) { return !record.value.has_value(); }));
  for (const Bytes& bytes : adopted.Batches()) {
    const BatchView batch(bytes);
    if (horizons.contains(batch.base_offset()) && batch.count() > 0) {
      CHECK(batch.has_delete_horizon());
      CHECK(batch.base_timestamp() == horizons[batch.base_offset()]);
    }
  }
  // When their time has come the tombstones go, those to which Kafka had given it and those to which we have.
  Value(CompactLog(*adopted.log(), Rules(horizon)));
  KeyedRecords values = left;
  std::erase_if(values, [](const KeyedRecord& record) { return !record.value.has_value(); });
  CHECK(adopted.Read() == values);
  CHECK(adopted.log()->end() == end);
  CHECK(adopted.Recover(false).end == end);
}

TEST_CASE("of a log with Kafka's transactions what was aborted replaces nothing, and markers stay byte for byte") {
  for (const char* const golden : {"transactions-0", "transactions-1"}) {
    INFO(golden);
    AdoptedLog adopted(golden);
    const KeyedRecords before = adopted.Read();
    const std::vector<Bytes> batches = adopted.Batches();
    const std::set<Offset> counting = Counting(batches);
    REQUIRE(counting.size() < before.size());
    REQUIRE(!ControlBatches(batches).empty());
    const KeyedRecords left = Left(before, counting);
    REQUIRE(left.size() < before.size());
    const Offset end = adopted.log()->end();
    const auto result = Value(CompactLog(*adopted.log(), Rules(1000)));
    CHECK(result.is_done);
    CHECK(result.clean_to == end);
    CHECK(adopted.Read() == left);
    CHECK(ControlBatches(adopted.Batches()) == ControlBatches(batches));
    CHECK(adopted.log()->end() == end);
    CHECK(adopted.Recover(false).end == end);
    CHECK(adopted.Read() == left);
  }
}

}  // namespace
}  // namespace leat::log
