#include <leat/batch.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "unit/record/sample_records.h"

namespace leat::record {
namespace {

std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The builder's bytes against the slow encoder's.
void CheckEncoding(const std::vector<SampleRecord>& records) {
  BatchBuilder builder(100);
  for (const SampleRecord& record : records) REQUIRE(Append(&builder, record));
  const std::span<std::byte> batch = builder.Seal({});
  REQUIRE(batch.size() == builder.size());
  if (Text(batch.subspan(batch_layout::kHeaderSize)) != EncodeSlowly(records)) FAIL("the bytes differ");
}

}  // namespace

TEST_CASE("a batch has the bytes that were computed by hand") {
  const std::vector<unsigned> expected = {
      // base offset, length, leader epoch
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x5c, 0xff, 0xff, 0xff, 0xff,
      // magic, CRC, attributes, last offset delta
      0x02, 0xaa, 0xe0, 0x99, 0xde, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
      // base and maximum timestamp
      0x00, 0x00, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x00, 0x00, 0x00, 0x01, 0x8b, 0xcf, 0xe5, 0x6b, 0xe8,
      // producer's id, epoch and sequence; count
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x03,
      // 17 bytes: "ada" = "countess"
      0x22, 0x00, 0x00, 0x00, 0x06, 0x61, 0x64, 0x61, 0x10, 0x63, 0x6f, 0x75, 0x6e, 0x74, 0x65, 0x73, 0x73, 0x00,
      // 6 bytes: 5 ms earlier, null = ""
      0x0c, 0x00, 0x09, 0x02, 0x01, 0x00, 0x00,
      // 17 bytes: 1000 ms later, "" = null, with the headers trace = 7 and "" = null
      0x22, 0x00, 0xd0, 0x0f, 0x04, 0x00, 0x01, 0x04, 0x0a, 0x74, 0x72, 0x61, 0x63, 0x65, 0x02, 0x37, 0x00, 0x01};
  BatchBuilder builder;
  REQUIRE(builder.Append("ada", "countess", {}, 1'700'000'000'000));
  REQUIRE(builder.Append(nullptr, "", {}, 1'699'999'999'995));
  REQUIRE(builder.Append("", nullptr, {{"trace", "7"}, {"", nullptr}}, 1'700'000'001'000));
  const std::span<std::byte> batch = builder.Seal({});
  REQUIRE(batch.size() == expected.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    INFO("byte " << i);
    CHECK(static_cast<unsigned>(batch[i]) == expected[i]);
  }
}

TEST_CASE("a batch without records is not sealed") {
  BatchBuilder builder;
  CHECK(builder.empty());
  CHECK(builder.count() == 0);
  CHECK(builder.size() == batch_layout::kHeaderSize);
  CHECK(builder.Seal({}).empty());
}

TEST_CASE("the short road and the long road of encoding meet at every border of a size") {
  for (std::size_t key = 0; key <= 70; ++key) {
    for (const std::size_t value : {0U, 1U, 3U, 4U, 7U, 8U, 15U, 16U, 31U, 32U, 33U, 57U, 58U, 63U, 64U, 100U}) {
      CheckEncoding({{std::string(key, 'k'), std::string(value, 'v'), {}, 1}});
    }
  }
  for (std::size_t value = 0; value <= 300; ++value) CheckEncoding({{std::nullopt, std::string(value, 'v'), {}, 1}});
  for (std::size_t value = 7900; value <= 8300; ++value) CheckEncoding({{"k", std::string(value, 'v'), {}, 1}});
  CheckEncoding({{std::nullopt, std::nullopt, {}, -1}});
  CheckEncoding({{"", "", {}, 0}});
}

TEST_CASE("offset deltas go on behind one and two bytes") {
  BatchBuilder builder;
  std::vector<SampleRecord> records(20'000, SampleRecord{std::nullopt, "v", {}, 5});
  for (const SampleRecord& record : records) REQUIRE(Append(&builder, record));
  const std::span<std::byte> batch = builder.Seal({});
  CHECK(BatchView(batch).count() == 20'000);
  CHECK(BatchView(batch).last_offset_delta() == 19'999);
  const bool same = Text(batch.subspan(batch_layout::kHeaderSize)) == EncodeSlowly(records);
  CHECK(same);
}

TEST_CASE("timestamps of any distance and sign come back") {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const std::vector<std::int64_t> times = {-1, 0, 62, 63, 64, -65, 1LL << 33, kMin, kMax, -1'000};
  std::vector<SampleRecord> records;
  BatchBuilder builder;
  for (const std::int64_t time : times) {
    records.push_back({"k", "v", {}, time});
    REQUIRE(Append(&builder, records.back()));
  }
  const BatchView batch(builder.Seal({}));
  CHECK(batch.base_timestamp() == -1);
  CHECK(batch.max_timestamp() == kMax);
  bool malformed = false;
  CHECK(ReadAll(batch, &malformed) == records);
  CHECK_FALSE(malformed);
}

TEST_CASE("the largest timestamp of a batch before 1970 is its own") {
  BatchBuilder builder;
  REQUIRE(builder.Append("k", "v", {}, -500));
  REQUIRE(builder.Append("k", "v", {}, -400));
  CHECK(BatchView(builder.Seal({})).max_timestamp() == -400);
  builder.Clear();
  REQUIRE(builder.Append("k", "v", {}, -900));
  CHECK(BatchView(builder.Seal({})).base_timestamp() == -900);
  CHECK(BatchView(builder.Seal({})).max_timestamp() == -900);
}

TEST_CASE("values of megabytes fit") {
  const std::string value(5 << 20, 'v');
  const std::string name(70'000, 'h');
  BatchBuilder builder;
  REQUIRE(builder.Append(value, value, {{name, value}}, 1));
  REQUIRE(builder.Append("k", "v", {}, 1));
  bool malformed = false;
  const std::vector<SampleRecord> records = ReadAll(BatchView(builder.Seal({})), &malformed);
  CHECK_FALSE(malformed);
  REQUIRE(records.size() == 2);
  const bool same = records[0] == SampleRecord{value, value, {{name, value}}, 1};
  CHECK(same);
}

TEST_CASE("a record that the format cannot hold is refused and changes nothing") {
  constexpr std::size_t kTooMuch = std::size_t{1} << 31;
  BatchBuilder builder;
  REQUIRE(builder.Append("k", "v", {}, 1));
  const std::string before = Text(builder.Seal({}));
  for (const std::size_t size : {kTooMuch - 1, kTooMuch, 2 * kTooMuch, std::numeric_limits<std::size_t>::max()}) {
    CHECK(builder.Claim(nullptr, size, {}, 2).data() == nullptr);
    CHECK(builder.Claim("k", size, {{"h", "v"}}, 2).data() == nullptr);
    // Refused before anyone looks at the bytes.
    CHECK_FALSE(builder.Append(BytesView("", size), nullptr, {}, 2));
    CHECK_FALSE(builder.Append(nullptr, BytesView("", size), {}, 2));
    CHECK_FALSE(builder.Append(nullptr, nullptr, {{"h", BytesView("", size)}}, 2));
  }
  CHECK(builder.count() == 1);
  CHECK(Text(builder.Seal({})) == before);
}

TEST_CASE("a claimed value is filled in place") {
  BatchBuilder builder;
  const std::span<std::byte> place = builder.Claim("k", 5, {{"h", "x"}}, 7);
  REQUIRE(place.size() == 5);
  std::ranges::fill(place, std::byte{'c'});
  bool malformed = false;
  CHECK(ReadAll(BatchView(builder.Seal({})), &malformed) ==
        std::vector<SampleRecord>{{"k", "ccccc", {{"h", "x"}}, 7}});
  const std::span<std::byte> none = builder.Claim("k", 0, {}, 7);
  CHECK(none.empty());
  CHECK(none.data() != nullptr);
}

TEST_CASE("the last record is taken back once, as if it had never been") {
  BatchBuilder builder;
  CHECK_FALSE(builder.Undo());
  REQUIRE(builder.Append("a", "1", {}, 10));
  const std::string before = Text(builder.Seal({}));
  REQUIRE(builder.Claim("b", 100'000, {}, 99).data() != nullptr);
  CHECK(builder.Undo());
  CHECK(builder.count() == 1);
  CHECK(Text(builder.Seal({})) == before);
  CHECK_FALSE(builder.Undo());
  builder.Clear();
  CHECK_FALSE(builder.Undo());
  REQUIRE(builder.Append("c", "1", {}, 10));
  CHECK(builder.Undo());
  CHECK(builder.empty());
  REQUIRE(builder.Append("a", "1", {}, 10));
  CHECK(Text(builder.Seal({})) == before);
}

TEST_CASE("a cleared builder builds the same batch again") {
  BatchBuilder builder;
  SampleRecords samples(1);
  const std::vector<SampleRecord> records = samples.Some(50);
  std::string first;
  for (int round = 0; round < 3; ++round) {
    builder.Clear();
    for (const SampleRecord& record : records) REQUIRE(Append(&builder, record));
    const std::string sealed = Text(builder.Seal({}));
    if (round == 0) first = sealed;
    CHECK((sealed == first));
  }
}

TEST_CASE("a builder that was moved from is empty and usable") {
  BatchBuilder from;
  REQUIRE(from.Append("a", "1", {}, 10));
  const std::byte* const bytes = from.Seal({}).data();
  BatchBuilder to(std::move(from));
  CHECK(to.count() == 1);
  CHECK(to.Seal({}).data() == bytes);
  CHECK(from.empty());  // NOLINT(bugprone-use-after-move): what is tested
  REQUIRE(from.Append("b", "2", {}, 20));
  CHECK(from.count() == 1);
  to = std::move(from);
  CHECK(BatchView(to.Seal({})).base_timestamp() == 20);
}

TEST_CASE("the header says what the attributes said") {
  BatchBuilder builder;
  REQUIRE(builder.Append("a", "1", {}, 10));
  const BatchView plain(builder.Seal({}));
  CHECK(plain.attributes() == 0);
  CHECK(plain.producer_id() == -1);
  CHECK(plain.producer_epoch() == -1);
  CHECK(plain.base_sequence() == -1);
  CHECK(plain.timestamp_type() == TimestampType::kCreateTime);
  const BatchView batch(builder.Seal({.append_timestamp = 77,
                                      .producer_id = 1LL << 40,
                                      .producer_epoch = 3,
                                      .base_sequence = 9,
                                      .transactional = true,
                                      .control = true}));
  CHECK(batch.timestamp_type() == TimestampType::kLogAppendTime);
  CHECK(batch.base_timestamp() == 10);
  CHECK(batch.max_timestamp() == 77);
  CHECK(batch.producer_id() == 1LL << 40);
  CHECK(batch.producer_epoch() == 3);
  CHECK(batch.base_sequence() == 9);
  CHECK(batch.is_transactional());
  CHECK(batch.is_control());
  CHECK(batch.crc() == batch.ComputeCrc());
}

TEST_CASE("patching touches the base offset and the epoch only, and leaves the checksum right") {
  BatchBuilder builder;
  REQUIRE(builder.Append("a", "1", {}, 10));
  const std::span<std::byte> batch = builder.Seal({});
  const std::string before = Text(batch);
  PatchBatch(batch, 0x0102030405060708, 0x11121314);
  const BatchView view(batch);
  CHECK(view.base_offset() == 0x0102030405060708);
  CHECK(view.leader_epoch() == 0x11121314);
  CHECK(view.next_offset() == 0x0102030405060709);
  CHECK(view.crc() == view.ComputeCrc());
  const std::string after = Text(batch);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool patched = i < 8 || (i >= 12 && i < 16);
    CHECK((patched || after[i] == before[i]));
  }
}

TEST_CASE("a record never takes more than its bound") {
  const std::uint32_t seed = Seed();
  CAPTURE(seed);
  SampleRecords samples(seed);
  for (int round = 0; round < 2'000; ++round) {
    BatchBuilder builder;
    const SampleRecord record = samples.Next();
    const std::size_t bound =
        BatchBuilder::EncodedSizeBound(record.key, BytesView(record.value).size(), Views(record));
    REQUIRE(Append(&builder, record));
    REQUIRE(builder.size() <= batch_layout::kHeaderSize + bound);
  }
}

TEST_CASE("any records are encoded as the format says and read back as they were") {
  const std::uint32_t seed = Seed();
  CAPTURE(seed);
  SampleRecords samples(seed);
  BatchBuilder builder(64);
  for (int round = 0; round < 300; ++round) {
    const std::vector<SampleRecord> records = samples.Some(40);
    builder.Clear();
    for (const SampleRecord& record : records) {
      REQUIRE(Append(&builder, record));
      if (samples.Below(5) == 0) {
        REQUIRE(Append(&builder, samples.Next()));
        REQUIRE(builder.Undo());
      }
    }
    const std::span<std::byte> batch = builder.Seal({});
    const bool same_bytes = Text(batch.subspan(batch_layout::kHeaderSize)) == EncodeSlowly(records);
    REQUIRE(same_bytes);
    bool malformed = false;
    const bool same_records = ReadAll(BatchView(batch), &malformed) == records;
    REQUIRE(same_records);
    REQUIRE_FALSE(malformed);
  }
}

}  // namespace leat::record
