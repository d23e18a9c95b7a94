#include "record/expand.h"

#include <leat/compression.h>

#include <string>
#include <vector>

#include "record/codec.h"
#include "record/compress.h"
#include "support/catch.h"
#include "unit/record/sample_records.h"

namespace leat::record {
namespace {

using Bytes = std::vector<std::byte>;

constexpr Codec kCodecs[] = {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};
constexpr std::int32_t kLevel = 3;

Bytes Build(const std::vector<SampleRecord>& records, const BatchAttributes& attributes = {}) {
  BatchBuilder builder;
  for (const SampleRecord& record : records) REQUIRE(Append(&builder, record));
  const std::span<std::byte> batch = builder.Seal(attributes);
  return {batch.begin(), batch.end()};
}

Bytes CompressedBatch(const Bytes& sealed, Codec codec) {
  ByteBuffer buffer;
  const std::span<std::byte> batch = CompressBatch(sealed, codec, kLevel, buffer);
  return {batch.begin(), batch.end()};
}

// The batch with these bytes behind its header, all sums right.
Bytes WithRecordBytes(const Bytes& batch, std::span<const std::byte> records) {
  Bytes changed(batch.begin(), batch.begin() + batch_layout::kHeaderSize);
  for (const std::byte byte : records) changed.push_back(byte);
  StoreBig32(changed.data() + batch_layout::kLength,
             static_cast<std::uint32_t>(changed.size() - batch_layout::kLengthOverhead));
  StoreBig32(changed.data() + batch_layout::kCrc, BatchView(changed).ComputeCrc());
  return changed;
}

BatchVerdict Inside(std::span<const std::byte> bytes, OffsetDeltas deltas = OffsetDeltas::kDense) {
  return ValidateInside(bytes, deltas);
}

}  // namespace

TEST_CASE("a compressed batch has the records of the one that it was made of, and the same header otherwise") {
  const std::uint32_t seed = Seed();
  INFO("LEAT_TEST_SEED=" << seed);
  SampleRecords chance(seed);
  BatchDecompressor decompressor;
  for (int round = 0; round < 20; ++round) {
    const std::vector<SampleRecord> records = chance.Some(50);
    const Bytes plain =
        Build(records, {.append_timestamp = round % 2 == 0 ? std::optional<std::int64_t>(77) : std::nullopt,
                        .producer_id = 5,
                        .producer_epoch = 6,
                        .base_sequence = 7,
                        .transactional = round % 3 == 0});
    for (const Codec codec : kCodecs) {
      Bytes batch = CompressedBatch(plain, codec);
      PatchBatch(batch, 1000, 3);
      const BatchView view(batch);
      CHECK(view.codec() == codec);
      CHECK(view.crc() == view.ComputeCrc());
      CHECK(view.size_bytes() == batch.size());
      CHECK(ValidateBatch(batch, OffsetDeltas::kDense) == BatchVerdict::kCompressed);
      CHECK(Inside(batch) == BatchVerdict::kOk);
      REQUIRE(decompressor.Decompress(view) == BatchVerdict::kOk);

      const BatchView expanded = decompressor.batch();
      CHECK(expanded.codec() == Codec::kNone);
      CHECK(expanded.base_offset() == 1000);
      CHECK(expanded.leader_epoch() == 3);
      CHECK(expanded.producer_id() == 5);
      CHECK(expanded.max_timestamp() == view.max_timestamp());
      CHECK(expanded.timestamp_type() == view.timestamp_type());
      CHECK(expanded.is_transactional() == view.is_transactional());
      bool malformed = true;
      CHECK(ReadAll(expanded, &malformed) == records);
      CHECK_FALSE(malformed);
    }
  }
}

TEST_CASE("batches are expanded one behind the other, and what is wrong with one leaves the others alone") {
  const Bytes plain = Build({{"ada", "countess", {}, 1}, {"b", std::string(500, 'v'), {}, 2}});
  ByteBuffer all;
  for (const Codec codec : kCodecs) {
    const Bytes batch = CompressedBatch(plain, codec);
    const std::size_t before = all.size();
    REQUIRE(ExpandBatch(BatchView(batch), OffsetDeltas::kDense, all) == BatchVerdict::kOk);
    CHECK(all.size() == before + plain.size());
    const Bytes broken = WithRecordBytes(batch, std::as_bytes(std::span("nonsense")));
    CHECK(ExpandBatch(BatchView(broken), OffsetDeltas::kDense, all) == BatchVerdict::kBadCompression);
    CHECK(all.size() == before + plain.size());
  }
  std::span<const std::byte> rest = all.bytes();
  for (std::size_t i = 0; i < std::size(kCodecs); ++i) {
    REQUIRE(CheckBatchHeader(rest) == BatchVerdict::kOk);
    bool malformed = true;
    CHECK(ReadAll(BatchView(rest), &malformed).size() == 2);
    CHECK_FALSE(malformed);
    rest = rest.subspan(BatchView(rest).size_bytes());
  }
  CHECK(rest.empty());
}

TEST_CASE("the records inside of a compressed batch are checked as strictly as others") {
  const Bytes plain = Build({{"a", "1", {}, 1}, {"b", "2", {{"h", "x"}}, 2}, {"c", "3", {}, 3}});
  const std::span<const std::byte> records = BatchView(plain).record_bytes();
  for (const Codec codec : kCodecs) {
    INFO("codec " << static_cast<int>(codec));
    const Bytes batch = CompressedBatch(plain, codec);
    const auto with = [&](std::span<const std::byte> inside) {
      ByteBuffer buffer;
      Compress(codec, kLevel, inside, buffer);
      return Inside(WithRecordBytes(batch, buffer.bytes()));
    };
    CHECK(with(records) == BatchVerdict::kOk);
    for (std::size_t size = 0; size < records.size(); ++size) {
      CHECK(with(records.first(size)) == BatchVerdict::kBadRecord);
    }
    Bytes more(records.begin(), records.end());
    more.push_back(std::byte{0});
    CHECK(with(more) == BatchVerdict::kBadRecord);
    // The second record's offset delta, which has to be 1.
    Bytes wrong_delta(records.begin(), records.end());
    const std::size_t second = static_cast<std::size_t>(records[0]) / 2 + 1;
    wrong_delta[second + 3] = std::byte{6};
    CHECK(with(wrong_delta) == BatchVerdict::kBadRecord);

    Bytes fewer = batch;
    StoreBig32(fewer.data() + batch_layout::kRecordCount, 2);
    CHECK(Inside(WithRecordBytes(fewer, BatchView(batch).record_bytes())) == BatchVerdict::kBadCount);
    CHECK(Inside(WithRecordBytes(fewer, BatchView(batch).record_bytes()), OffsetDeltas::kGrowing) ==
          BatchVerdict::kBadRecord);
  }
}

TEST_CASE("a batch that compaction has emptied has no records to decompress") {
  Bytes batch = CompressedBatch(Build({{"a", "1", {}, 1}}), Codec::kZstd);
  StoreBig32(batch.data() + batch_layout::kRecordCount, 0);
  const Bytes empty = WithRecordBytes(batch, {});
  CHECK(Inside(empty, OffsetDeltas::kGrowing) == BatchVerdict::kOk);
  CHECK(Inside(empty, OffsetDeltas::kDense) == BatchVerdict::kBadCount);
}

TEST_CASE("an unknown codec is told by name of what it is") {
  Bytes batch = Build({{"a", "1", {}, 1}});
  for (const int number : {5, 6, 7}) {
    batch[batch_layout::kAttributes + 1] = static_cast<std::byte>(number);
    CHECK(Inside(WithRecordBytes(batch, BatchView(batch).record_bytes())) == BatchVerdict::kUnknownCodec);
  }
}

TEST_CASE("a bomb is refused at 64 MiB, and what is 32 times as large as its bytes never is") {
  CHECK(ExpandedSizeLimit(0) == std::size_t{64} << 20);
  CHECK(ExpandedSizeLimit(std::size_t{2} << 20) == std::size_t{64} << 20);
  CHECK(ExpandedSizeLimit(std::size_t{10} << 20) == std::size_t{320} << 20);
  CHECK(ExpandedSizeLimit(std::size_t{1} << 30) < std::size_t{1} << 31);

  // One record that is a few bytes more than that, with its lengths.
  const std::size_t limit = std::size_t{64} << 20;
  for (const bool is_bomb : {false, true}) {
    BatchBuilder builder(limit + 1000);
    const std::size_t value = limit - 13 + (is_bomb ? 1 : 0);
    REQUIRE(builder.Append(nullptr, std::string(value, '\0'), {}, 1));
    const std::span<std::byte> sealed = builder.Seal({});
    REQUIRE(sealed.size() - batch_layout::kHeaderSize == limit + (is_bomb ? 1 : 0));
    for (const Codec codec : {Codec::kGzip, Codec::kLz4, Codec::kZstd}) {
      INFO("codec " << static_cast<int>(codec));
      ByteBuffer buffer;
      const std::span<std::byte> batch = CompressBatch(sealed, codec, 1, buffer);
      CHECK(batch.size() < 1'000'000);
      CHECK(Inside(batch) == (is_bomb ? BatchVerdict::kExpandsTooMuch : BatchVerdict::kOk));
    }
    // Snappy does not get that far: it makes no more than 64 bytes out of three.
    ByteBuffer buffer;
    CHECK(Inside(CompressBatch(sealed, Codec::kSnappy, 0, buffer)) == BatchVerdict::kOk);
  }
}

}  // namespace leat::record
