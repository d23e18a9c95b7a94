#include "record/validate.h"

#include <string>
#include <vector>

#include "support/catch.h"
#include "unit/record/sample_records.h"

namespace leat::record {
namespace {

std::vector<std::byte> Build(const std::vector<SampleRecord>& records, const BatchAttributes& attributes = {}) {
  BatchBuilder builder;
  for (const SampleRecord& record : records) REQUIRE(Append(&builder, record));
  const std::span<std::byte> batch = builder.Seal(attributes);
  return {batch.begin(), batch.end()};
}

std::vector<SampleRecord> Mixed() {
  return {{"ada", "countess", {}, 1'000},
          {std::nullopt, std::string(200, 'v'), {}, 1'000},
          {"k", std::nullopt, {{"trace", "7"}, {"null", std::nullopt}}, -5'000'000'000},
          {"", "", {}, 1'001}};
}

void FixCrc(std::vector<std::byte>* batch) {
  StoreBig32(batch->data() + batch_layout::kCrc, BatchView(*batch).ComputeCrc());
}

BatchVerdict Dense(std::span<const std::byte> bytes) { return ValidateBatch(bytes, OffsetDeltas::kDense); }
BatchVerdict Growing(std::span<const std::byte> bytes) { return ValidateBatch(bytes, OffsetDeltas::kGrowing); }

// The batch with the same records and other bytes behind the header, all sums right.
std::vector<std::byte> WithRecords(std::vector<std::byte> batch, const std::string& records) {
  batch.resize(batch_layout::kHeaderSize);
  for (const char byte : records) batch.push_back(static_cast<std::byte>(byte));
  StoreBig32(batch.data() + batch_layout::kLength,
             static_cast<std::uint32_t>(batch.size() - batch_layout::kLengthOverhead));
  FixCrc(&batch);
  return batch;
}

}  // namespace

TEST_CASE("what a builder builds is right, and stays so when a log has filled in its part") {
  std::vector<std::byte> batch = Build(Mixed());
  CHECK(Dense(batch) == BatchVerdict::kOk);
  PatchBatch(batch, 123'456'789'012, 7);
  CHECK(Dense(batch) == BatchVerdict::kOk);
  CHECK(Growing(batch) == BatchVerdict::kOk);
  CHECK(Dense(Build(Mixed(), {.append_timestamp = 5, .producer_id = 1, .producer_epoch = 0, .base_sequence = 0})) ==
        BatchVerdict::kOk);
}

TEST_CASE("what stands behind a batch does not matter") {
  std::vector<std::byte> batch = Build(Mixed());
  batch.resize(batch.size() + 100, std::byte{0xee});
  CHECK(Dense(batch) == BatchVerdict::kOk);
}

TEST_CASE("a batch that is cut off at any byte is truncated") {
  const std::vector<std::byte> batch = Build(Mixed());
  for (std::size_t size = 0; size < batch.size(); ++size) {
    const std::vector<std::byte> part(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(size));
    INFO(size);
    CHECK(Dense(part) == BatchVerdict::kTruncated);
  }
}

TEST_CASE("every flipped bit is noticed but those of the base offset and the leader epoch") {
  std::vector<std::byte> batch = Build(Mixed());
  const std::size_t size = batch.size();
  // With more bytes behind it, a length that grew is not simply too long.
  for (const std::size_t behind : {0U, 1000U}) {
    batch.resize(size + behind);
    for (std::size_t at = 0; at < size; ++at) {
      const bool covered = !(at < 8 || (at >= 12 && at < 16));
      for (unsigned flip = 1; flip < 256; ++flip) {
        batch[at] ^= static_cast<std::byte>(flip);
        if ((Dense(batch) != BatchVerdict::kOk) != covered) FAIL("byte " << at << " flip " << flip);
        if ((Growing(batch) != BatchVerdict::kOk) != covered) FAIL("byte " << at << " flip " << flip);
        batch[at] ^= static_cast<std::byte>(flip);
      }
    }
  }
  SUCCEED();
}

TEST_CASE("with the checksum made right again, every flipped byte of the records is read within its bounds") {
  const std::vector<std::byte> batch = Build(Mixed());
  int noticed = 0;
  for (std::size_t at = batch_layout::kHeaderSize; at < batch.size(); ++at) {
    for (unsigned flip = 1; flip < 256; ++flip) {
      std::vector<std::byte> broken = batch;
      broken[at] ^= static_cast<std::byte>(flip);
      FixCrc(&broken);
      noticed += Dense(broken) == BatchVerdict::kBadRecord ? 1 : 0;
    }
  }
  CHECK(noticed > 0);
}

TEST_CASE("the verdict says what is wrong with a header") {
  const std::vector<std::byte> good = Build(Mixed());
  const auto with = [&good](std::size_t at, unsigned value) {
    std::vector<std::byte> batch = good;
    batch[at] = static_cast<std::byte>(value);
    return Dense(batch);
  };
  CHECK(with(batch_layout::kMagic, 0) == BatchVerdict::kOldMagic);
  CHECK(with(batch_layout::kMagic, 1) == BatchVerdict::kOldMagic);
  CHECK(with(batch_layout::kMagic, 3) == BatchVerdict::kBadMagic);
  CHECK(with(batch_layout::kMagic, 0xff) == BatchVerdict::kBadMagic);
  CHECK(with(batch_layout::kCrc, 0) == BatchVerdict::kBadCrc);
  CHECK(with(batch_layout::kLength, 0xff) == BatchVerdict::kBadLength);
  CHECK(with(batch_layout::kLength, 0x7f) == BatchVerdict::kTruncated);
  CHECK(Dense(std::vector<std::byte>(100)) == BatchVerdict::kUnwritten);
  CHECK(Dense(std::vector<std::byte>(100, std::byte{0xff})) == BatchVerdict::kBadMagic);
  std::vector<std::byte> tiny = good;
  StoreBig32(tiny.data() + batch_layout::kLength, batch_layout::kHeaderSize - batch_layout::kLengthOverhead - 1);
  CHECK(Dense(tiny) == BatchVerdict::kBadLength);
}

TEST_CASE("the count has to fit the offsets") {
  const auto with = [](std::size_t field, std::uint32_t value) {
    std::vector<std::byte> batch = Build(Mixed());
    StoreBig32(batch.data() + field, value);
    FixCrc(&batch);
    return batch;
  };
  for (const std::uint32_t count : {0U, 3U, 5U, 0xffffffffU}) {
    CHECK(Dense(with(batch_layout::kRecordCount, count)) == BatchVerdict::kBadCount);
  }
  CHECK(Dense(with(batch_layout::kLastOffsetDelta, 4)) == BatchVerdict::kBadCount);
  CHECK(Dense(with(batch_layout::kLastOffsetDelta, 0xffffffff)) == BatchVerdict::kBadCount);
  // After compaction the last offset delta stays and records go.
  CHECK(Growing(with(batch_layout::kLastOffsetDelta, 9)) == BatchVerdict::kOk);
  CHECK(Growing(with(batch_layout::kLastOffsetDelta, 2)) == BatchVerdict::kBadCount);
  CHECK(Growing(with(batch_layout::kLastOffsetDelta, 0x7fffffff)) == BatchVerdict::kOk);
  CHECK(Growing(with(batch_layout::kRecordCount, 3)) == BatchVerdict::kBadRecord);
}

TEST_CASE("a compacted batch has growing offsets, and may have no records at all") {
  std::vector<SampleRecord> records(5, SampleRecord{"k", "v", {}, 1});
  const std::vector<std::byte> whole = Build(records);
  const std::string bytes = EncodeSlowly(records);
  const std::size_t one = bytes.size() / 5;
  const auto keep = [&](const std::string& kept, std::uint32_t count) {
    std::vector<std::byte> batch = WithRecords(whole, kept);
    StoreBig32(batch.data() + batch_layout::kRecordCount, count);
    FixCrc(&batch);
    return batch;
  };
  const std::string second_and_fifth = bytes.substr(one, one) + bytes.substr(4 * one, one);
  CHECK(Growing(keep(second_and_fifth, 2)) == BatchVerdict::kOk);
  CHECK(Dense(keep(second_and_fifth, 2)) == BatchVerdict::kBadCount);
  CHECK(Growing(keep(bytes.substr(4 * one, one) + bytes.substr(one, one), 2)) == BatchVerdict::kBadRecord);
  CHECK(Growing(keep(bytes.substr(one, one) + bytes.substr(one, one), 2)) == BatchVerdict::kBadRecord);
  CHECK(Growing(keep("", 0)) == BatchVerdict::kOk);
}

TEST_CASE("records have to fill the batch exactly") {
  const std::vector<std::byte> good = Build(Mixed());
  const std::string records = EncodeSlowly(Mixed());
  CHECK(Dense(WithRecords(good, records)) == BatchVerdict::kOk);
  CHECK(Dense(WithRecords(good, records + '\0')) == BatchVerdict::kBadRecord);
  CHECK(Dense(WithRecords(good, records.substr(0, records.size() - 1))) == BatchVerdict::kBadRecord);
  CHECK(Dense(WithRecords(good, "")) == BatchVerdict::kBadRecord);
}

TEST_CASE("headers have to fill their record exactly") {
  const std::vector<std::byte> good = Build({{"k", "v", {}, 1}});
  const auto verdict = [&good](const std::string& headers) {
    std::string record = std::string("\0\0\0\2k\2v", 7) + headers;
    std::string size;
    AppendVarint(&size, static_cast<std::int64_t>(record.size()));
    return Dense(WithRecords(good, size + record));
  };
  CHECK(verdict(std::string("\0", 1)) == BatchVerdict::kOk);
  CHECK(verdict(std::string("\2\2h\2x", 5)) == BatchVerdict::kOk);
  CHECK(verdict(std::string("\2\2h\1", 4)) == BatchVerdict::kOk);
  CHECK(verdict("") == BatchVerdict::kBadRecord);
  CHECK(verdict(std::string("\0\0", 2)) == BatchVerdict::kBadRecord);
  CHECK(verdict(std::string("\1", 1)) == BatchVerdict::kBadRecord);
  CHECK(verdict(std::string("\4\2h\2x", 5)) == BatchVerdict::kBadRecord);
  CHECK(verdict(std::string("\2\1\2x", 4)) == BatchVerdict::kBadRecord);
  CHECK(verdict(std::string("\2\2h\3", 4)) == BatchVerdict::kBadRecord);
  CHECK(verdict(std::string("\2\2h\4x", 5)) == BatchVerdict::kBadRecord);
}

TEST_CASE("compressed batches are said to be so when all that can be seen is right") {
  std::vector<std::byte> batch = Build(Mixed());
  batch[batch_layout::kAttributes + 1] = std::byte{2};
  CHECK(Dense(batch) == BatchVerdict::kBadCrc);
  FixCrc(&batch);
  CHECK(Dense(batch) == BatchVerdict::kCompressed);
}

TEST_CASE("a control batch has one record") {
  CHECK(Dense(Build({{"k", "v", {}, 1}}, {.control = true})) == BatchVerdict::kOk);
  CHECK(Dense(Build(Mixed(), {.control = true})) == BatchVerdict::kBadCount);
}

TEST_CASE("errors name the file, the position and the way out") {
  for (const BatchVerdict verdict :
       {BatchVerdict::kUnwritten, BatchVerdict::kTruncated, BatchVerdict::kBadLength, BatchVerdict::kOldMagic,
        BatchVerdict::kBadMagic, BatchVerdict::kBadCrc, BatchVerdict::kBadCount, BatchVerdict::kBadRecord,
        BatchVerdict::kCompressed, BatchVerdict::kBadCompression, BatchVerdict::kExpandsTooMuch,
        BatchVerdict::kUnknownCodec}) {
    const absl::Status status = ReadError(verdict, "users-0/00000000000000000000.log", 4711);
    const std::string message(status.message());
    INFO(message);
    CHECK(message.find("users-0/00000000000000000000.log") == 0);
    CHECK(message.find("position 4711") != std::string::npos);
    CHECK(message.find(';') != std::string::npos);
    const bool unimplemented = verdict == BatchVerdict::kOldMagic || verdict == BatchVerdict::kUnknownCodec;
    CHECK(status.code() == (unimplemented ? absl::StatusCode::kUnimplemented : absl::StatusCode::kDataLoss));
    CHECK(AppendError(verdict).code() == absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace leat::record
