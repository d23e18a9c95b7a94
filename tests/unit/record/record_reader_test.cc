#include <leat/batch.h>

#include <random>
#include <vector>

#include "support/catch.h"
#include "unit/record/sample_records.h"

namespace leat::record {
namespace {

std::vector<std::byte> Build(const std::vector<SampleRecord>& records) {
  BatchBuilder builder;
  for (const SampleRecord& record : records) REQUIRE(Append(&builder, record));
  const std::span<std::byte> batch = builder.Seal({});
  return {batch.begin(), batch.end()};
}

const std::vector<SampleRecord> kMixed = {
    {"ada", "countess", {}, 1'000},
    {std::nullopt, std::string(200, 'v'), {}, 1'000},
    {"k", std::nullopt, {{"trace", "7"}, {"empty", ""}, {"null", std::nullopt}}, -5'000'000'000},
    {std::string(100, 'k'), "", {}, 1'001},
    {std::nullopt, std::nullopt, {}, 1'000},
};

// Reads everything that can be reached, so that a sanitizer sees each byte that is touched.
std::size_t Touch(RecordReader reader) {
  std::size_t sum = 0;
  while (reader.Next()) {
    for (const std::byte byte : reader.record().key.bytes()) sum += static_cast<std::size_t>(byte);
    for (const std::byte byte : reader.record().value.bytes()) sum += static_cast<std::size_t>(byte);
    for (const Header& header : reader.record().headers) {
      for (const char byte : header.key) sum += static_cast<std::uint8_t>(byte);
      for (const std::byte byte : header.value.bytes()) sum += static_cast<std::size_t>(byte);
    }
    sum += reader.record().headers.FillExactly() ? 1 : 0;
  }
  return sum;
}

// In memory of exactly its size, so that reading behind it is noticed.
std::vector<std::byte> Exactly(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

TEST_CASE("a reader shows the records in order, with their sizes") {
  const std::vector<std::byte> bytes = Build(kMixed);
  const BatchView batch(bytes);
  RecordReader reader(batch);
  std::int32_t expected = 0;
  std::size_t size = batch_layout::kHeaderSize;
  while (reader.Next()) {
    CHECK(reader.record().offset_delta == expected++);
    size += static_cast<std::size_t>(reader.record().size);
  }
  CHECK(expected == batch.count());
  CHECK(size == batch.size_bytes());
  CHECK_FALSE(reader.malformed());
  CHECK_FALSE(reader.Next());
}

TEST_CASE("a reader does not go on into the next batch") {
  std::vector<std::byte> bytes = Build({kMixed[0]});
  const std::vector<std::byte> second = Build({kMixed[1]});
  bytes.insert(bytes.end(), second.begin(), second.end());
  bool malformed = true;
  CHECK(ReadAll(BatchView(bytes), &malformed) == std::vector<SampleRecord>{kMixed[0]});
  CHECK_FALSE(malformed);
}

TEST_CASE("a batch that is cut off anywhere reads as malformed and never beyond the cut") {
  const std::vector<std::byte> bytes = Build(kMixed);
  for (std::size_t size = batch_layout::kHeaderSize; size < bytes.size(); ++size) {
    const std::vector<std::byte> part = Exactly(std::span(bytes).first(size));
    RecordReader whole((BatchView(part)));
    CHECK_FALSE(whole.Next());
    CHECK(whole.malformed());

    // The same with a header that claims that all is well.
    std::vector<std::byte> lying = part;
    StoreBig32(lying.data() + batch_layout::kLength,
               static_cast<std::uint32_t>(size - batch_layout::kLengthOverhead));
    RecordReader reader((BatchView(lying)));
    while (reader.Next()) {
    }
    CHECK(reader.malformed());
    Touch(RecordReader((BatchView(lying))));
  }
}

TEST_CASE("records that are cut at every byte on both sides are read within their bounds") {
  const std::vector<std::byte> bytes = Build(kMixed);
  const std::span<const std::byte> records = BatchView(bytes).record_bytes();
  std::size_t sum = 0;
  for (std::size_t from = 0; from <= records.size(); ++from) {
    for (std::size_t size = 0; size <= records.size() - from && size < 40; ++size) {
      const std::vector<std::byte> part = Exactly(records.subspan(from, size));
      sum += Touch(RecordReader(part, 5));
    }
  }
  CHECK(sum > 0);
}

TEST_CASE("bytes of chance are read within their bounds") {
  const std::uint32_t seed = Seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::vector<std::byte> bytes = Build(kMixed);
  std::size_t sum = 0;
  for (unsigned round = 0; round < 20'000; ++round) {
    std::vector<std::byte> broken = Exactly(bytes);
    for (unsigned i = 0; i < 1 + round % 3; ++i) {
      const std::size_t at = batch_layout::kHeaderSize + random() % (broken.size() - batch_layout::kHeaderSize);
      broken[at] = static_cast<std::byte>(random());
    }
    sum += Touch(RecordReader((BatchView(broken))));
  }
  for (unsigned round = 0; round < 20'000; ++round) {
    std::vector<std::byte> noise(random() % 64);
    // Small numbers are more often plausible.
    for (std::byte& byte : noise) byte = static_cast<std::byte>(random() % (round % 2 == 0 ? 256 : 32));
    sum += Touch(RecordReader(noise, 1000));
  }
  CHECK(sum > 0);
}

TEST_CASE("sizes below null, and lengths below zero, are malformed") {
  const auto read = [](std::initializer_list<unsigned> values) {
    std::vector<std::byte> bytes;
    for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
    RecordReader reader(bytes, 1);
    const bool any = reader.Next();
    reader.Next();
    return any && !reader.malformed();
  };
  // Length 6, attributes, timestamp, offset, key size, value size, headers; the padding is for the short road.
  CHECK(read({0x0c, 0, 0, 0, 0x01, 0x01, 0}));
  CHECK_FALSE(read({0x0c, 0, 0, 0, 0x03, 0x01, 0}));
  CHECK_FALSE(read({0x0c, 0, 0, 0, 0x01, 0x03, 0}));
  CHECK_FALSE(read({0x01, 0, 0, 0, 0x01, 0x01, 0}));
  CHECK_FALSE(read({0x00, 0, 0, 0, 0x01, 0x01, 0}));
  CHECK(read({0x0e, 0, 0, 0, 0x01, 0x02, 'v', 0}));
  CHECK_FALSE(read({0x0e, 0, 0, 0, 0x03, 0x02, 'v', 0}));
  CHECK_FALSE(read({0x0e, 0, 0, 0, 0x01, 0x04, 'v', 0, 'x'}));
  CHECK_FALSE(read({0x0f, 0, 0, 0, 0x01, 0x02, 'v', 0}));
}

TEST_CASE("numbers that are longer than they need to be are read") {
  std::vector<std::byte> bytes;
  for (const unsigned value : {0x16U, 0U, 0x80U, 0U, 0x80U, 0x80U, 0U, 0x81U, 0U, 0x80U, 0U, 0U}) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  RecordReader reader(bytes, 1);
  REQUIRE(reader.Next());
  CHECK(reader.record().key.is_null());
  CHECK(reader.record().value == "");
  CHECK_FALSE(reader.Next());
  CHECK_FALSE(reader.malformed());
}

TEST_CASE("attributes of a record say nothing, whatever they are") {
  std::vector<std::byte> bytes = Build({kMixed[0]});
  bytes[batch_layout::kHeaderSize + 1] = std::byte{0xff};
  bool malformed = true;
  CHECK(ReadAll(BatchView(bytes), &malformed) == std::vector<SampleRecord>{kMixed[0]});
  CHECK_FALSE(malformed);
}

TEST_CASE("a compressed batch has no records that could be read in place") {
  std::vector<std::byte> bytes = Build(kMixed);
  bytes[batch_layout::kAttributes + 1] = std::byte{4};
  const BatchView batch(bytes);
  CHECK(batch.codec() == Codec::kZstd);
  RecordReader reader(batch);
  CHECK_FALSE(reader.Next());
  CHECK(reader.malformed());
}

TEST_CASE("a batch that compaction has emptied reads as empty") {
  std::vector<std::byte> bytes = Build({kMixed[0]});
  bytes.resize(batch_layout::kHeaderSize);
  StoreBig32(bytes.data() + batch_layout::kLength, batch_layout::kHeaderSize - batch_layout::kLengthOverhead);
  StoreBig32(bytes.data() + batch_layout::kRecordCount, 0);
  RecordReader reader((BatchView(bytes)));
  CHECK_FALSE(reader.Next());
  CHECK_FALSE(reader.malformed());
}

}  // namespace leat::record
