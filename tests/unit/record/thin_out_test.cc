#include "record/thin_out.h"

#include <leat/batch.h>
#include <leat/compression.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "record/compress.h"
#include "record/expand.h"
#include "support/catch.h"

namespace leat::record {
namespace {

struct Entry {
  Offset offset;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::int64_t timestamp;
  std::string header;
  friend bool operator==(const Entry&, const Entry&) = default;
};

constexpr Offset kBase = 1000;

// Ten records at offset 1000 on, of keys k0 to k4; those of k3 are tombstones. Timestamps go up and down.
std::vector<std::byte> Batch(Codec codec = Codec::kNone, std::optional<std::int64_t> append_time = {}) {
  BatchBuilder builder;
  for (int i = 0; i < 10; ++i) {
    const std::string key = "k" + std::to_string(i % 5);
    const std::string value = std::string(static_cast<std::size_t>(i) * 40, 'v');
    const Header header{.key = "h", .value = key};
    const BytesView bytes = i % 5 == 3 ? BytesView() : BytesView(value);
    REQUIRE(builder.Append(key, bytes, {&header, 1}, 5000 + (i % 2 == 0 ? i : -i)));
  }
  std::span<std::byte> sealed = builder.Seal({.append_timestamp = append_time,
                                              .producer_id = 77,
                                              .producer_epoch = 3,
                                              .base_sequence = 40,
                                              .transactional = true});
  ByteBuffer compressed;
  if (codec != Codec::kNone) sealed = CompressBatch(sealed, codec, CodecLevels{}.Of(codec), compressed);
  PatchBatch(sealed, kBase, 9);
  return {sealed.begin(), sealed.end()};
}

std::optional<std::string> Text(BytesView bytes) {
  if (bytes.is_null()) return std::nullopt;
  return std::string(bytes.as_string_view());
}

std::vector<Entry> Entries(std::span<const std::byte> bytes) {
  const BatchView batch(bytes);
  REQUIRE(ValidateInside(bytes, OffsetDeltas::kGrowing) == BatchVerdict::kOk);
  REQUIRE(batch.size_bytes() == bytes.size());
  BatchDecompressor decompressor;
  REQUIRE(decompressor.Decompress(batch) == BatchVerdict::kOk);
  std::vector<Entry> entries;
  for (RecordReader reader(decompressor.batch()); reader.Next();) {
    const RecordView& record = reader.record();
    std::string header;
    for (const Header& one : record.headers) header += std::string(one.key) + "=" + Text(one.value).value_or("null");
    entries.push_back({batch.base_offset() + record.offset_delta, Text(record.key), Text(record.value),
                       batch.base_timestamp() + record.timestamp_delta, header});
  }
  return entries;
}

const auto kOfEvenOffset = [](Offset offset, const RecordView&) { return offset % 2 == 0; };
const auto kAll = [](Offset, const RecordView&) { return true; };
const auto kNone = [](Offset, const RecordView&) { return false; };

constexpr Codec kCodecs[] = {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

TEST_CASE("records that stay are what they were, whatever the codec, and so is the header around them") {
  for (const Codec codec : kCodecs) {
    const std::vector<std::byte> bytes = Batch(codec);
    BatchThinner thinner;
    Thinned thinned;
    REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = kOfEvenOffset}, thinned) == BatchVerdict::kOk);
    CHECK(thinned.kept == 5);
    CHECK(thinned.removed == 5);
    std::vector<Entry> expected = Entries(bytes);
    std::erase_if(expected, [](const Entry& entry) { return entry.offset % 2 != 0; });
    CHECK(Entries(thinned.bytes) == expected);
    const BatchView before(bytes), after(thinned.bytes);
    CHECK(after.base_offset() == kBase);
    CHECK(after.last_offset() == before.last_offset());
    CHECK(after.leader_epoch() == 9);
    CHECK(after.codec() == codec);
    CHECK(after.attributes() == before.attributes());
    CHECK(after.producer_id() == 77);
    CHECK(after.producer_epoch() == 3);
    CHECK(after.base_sequence() == 40);
    CHECK(after.base_timestamp() == before.base_timestamp());
    // The greatest that is left: odd records were the older ones.
    CHECK(after.max_timestamp() == 5008);
    CHECK(after.size_bytes() < before.size_bytes());
  }
}

TEST_CASE("where nothing goes, the batch stays byte for byte, compressed or not") {
  for (const Codec codec : kCodecs) {
    const std::vector<std::byte> bytes = Batch(codec);
    BatchThinner thinner;
    Thinned thinned;
    REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = kAll}, thinned) == BatchVerdict::kOk);
    CHECK(thinned.bytes.data() == bytes.data());
    CHECK(thinned.bytes.size() == bytes.size());
    CHECK(thinned.removed == 0);
  }
}

TEST_CASE("with log-append time, the batch's time is its own") {
  const std::vector<std::byte> bytes = Batch(Codec::kZstd, 7777);
  BatchThinner thinner;
  Thinned thinned;
  REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = kOfEvenOffset}, thinned) == BatchVerdict::kOk);
  CHECK(BatchView(thinned.bytes).max_timestamp() == 7777);
  CHECK(BatchView(thinned.bytes).timestamp_type() == TimestampType::kLogAppendTime);
}

TEST_CASE("a batch with tombstones gets a horizon, once, and its records' times stay") {
  for (const Codec codec : kCodecs) {
    const std::vector<std::byte> bytes = Batch(codec);
    BatchThinner thinner, again;
    Thinned thinned, later;
    const std::int64_t horizon = 1'900'000'000'000;
    REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = kAll, .horizon = horizon, .most = 1 << 20}, thinned) ==
            BatchVerdict::kOk);
    CHECK(BatchView(thinned.bytes).has_delete_horizon());
    CHECK(BatchView(thinned.bytes).base_timestamp() == horizon);
    CHECK(Entries(thinned.bytes) == Entries(bytes));
    REQUIRE(again.ThinOut(BatchView(thinned.bytes), {.keep = kAll, .horizon = horizon + 1, .most = 1 << 20}, later) ==
            BatchVerdict::kOk);
    CHECK(later.bytes.data() == thinned.bytes.data());
    // Records go from it as from any other.
    REQUIRE(again.ThinOut(BatchView(thinned.bytes), {.keep = kOfEvenOffset, .most = 1 << 20}, later) ==
            BatchVerdict::kOk);
    CHECK(Entries(later.bytes).size() == 5);
    CHECK(Entries(later.bytes)[1] == Entries(bytes)[2]);
    CHECK(BatchView(later.bytes).base_timestamp() == horizon);
  }
}

TEST_CASE("a batch without tombstones gets no horizon") {
  const std::vector<std::byte> bytes = Batch();
  const auto values = [](Offset, const RecordView& record) { return !record.value.is_null(); };
  BatchThinner thinner;
  Thinned thinned;
  REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = values, .horizon = 5, .most = 1 << 20}, thinned) ==
          BatchVerdict::kOk);
  CHECK(thinned.kept == 8);
  CHECK(!BatchView(thinned.bytes).has_delete_horizon());
}

TEST_CASE("of a batch of which nothing is left there is nothing, or its header") {
  for (const Codec codec : kCodecs) {
    const std::vector<std::byte> bytes = Batch(codec);
    BatchThinner thinner;
    Thinned thinned;
    REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = kNone}, thinned) == BatchVerdict::kOk);
    CHECK(thinned.bytes.empty());
    CHECK(thinned.removed == 10);
    REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = kNone, .keep_header = true}, thinned) == BatchVerdict::kOk);
    CHECK(thinned.bytes.size() == batch_layout::kHeaderSize);
    const BatchView header(thinned.bytes);
    CHECK(Entries(thinned.bytes).empty());
    CHECK(header.count() == 0);
    CHECK(header.codec() == Codec::kNone);
    CHECK(header.base_offset() == kBase);
    CHECK(header.last_offset() == kBase + 9);
    CHECK(header.producer_id() == 77);
    CHECK(header.base_sequence() == 40);
    CHECK(header.base_timestamp() == -1);
    CHECK(header.max_timestamp() == BatchView(bytes).max_timestamp());
  }
}

TEST_CASE("a batch that would become larger than it may stays as it is") {
  const std::vector<std::byte> bytes = Batch();
  BatchThinner thinner;
  Thinned thinned;
  // Another base makes the distances to it longer.
  REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = kAll, .horizon = 1'900'000'000'000}, thinned) ==
          BatchVerdict::kOk);
  CHECK(thinned.bytes.data() == bytes.data());
  CHECK(thinned.removed == 0);
}

TEST_CASE("a batch that no reader would decompress is not made") {
  BatchBuilder builder;
  const std::string noise = [] {
    std::string bytes(4 << 20, ' ');
    std::uint64_t state = 88172645463325252;
    for (char& c : bytes) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      c = static_cast<char>(state);
    }
    return bytes;
  }();
  REQUIRE(builder.Append("noise", noise, {}, 1));
  REQUIRE(builder.Append("zeros", std::string(100 << 20, '\0'), {}, 1));
  ByteBuffer compressed;
  const std::span<const std::byte> bytes = CompressBatch(builder.Seal({}), Codec::kZstd, 3, compressed);
  const auto zeros = [](Offset offset, const RecordView&) { return offset == 1; };
  BatchThinner thinner;
  Thinned thinned;
  REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = zeros}, thinned) == BatchVerdict::kOk);
  CHECK(thinned.bytes.data() == bytes.data());
  CHECK(thinned.removed == 0);
  CHECK(thinned.unwritten == 1);
}

TEST_CASE("what is superseded goes also where there is no room for a horizon, which waits") {
  // A tombstone, whose distance to another base takes nine bytes, and a record that is too small to make room for them.
  BatchBuilder builder;
  for (const char* const key : {"a", "b", "c", "d"}) REQUIRE(builder.Append(key, nullptr, {}, 1));
  const std::span<std::byte> bytes = builder.Seal({});
  const auto but_first = [](Offset offset, const RecordView&) { return offset > 0; };
  BatchThinner thinner;
  Thinned thinned;
  REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = but_first, .horizon = INT64_MAX / 2}, thinned) ==
          BatchVerdict::kOk);
  CHECK(thinned.kept == 3);
  CHECK(thinned.removed == 1);
  CHECK(thinned.unwritten == 0);
  CHECK(!BatchView(thinned.bytes).has_delete_horizon());
  CHECK(Entries(thinned.bytes).size() == 3);
  REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = but_first, .horizon = INT64_MAX / 2, .most = 1000}, thinned) ==
          BatchVerdict::kOk);
  CHECK(BatchView(thinned.bytes).has_delete_horizon());
}

TEST_CASE("times that nobody has looked at make no trouble") {
  for (const std::int64_t time : {INT64_MIN, INT64_MAX, std::int64_t{-1}}) {
    BatchBuilder builder;
    REQUIRE(builder.Append("a", nullptr, {}, 0));
    REQUIRE(builder.Append("b", nullptr, {}, time));
    REQUIRE(builder.Append("c", "c", {}, 0));
    const std::span<std::byte> bytes = builder.Seal({});
    const auto first_two = [](Offset offset, const RecordView&) { return offset < 2; };
    BatchThinner thinner;
    Thinned thinned;
    REQUIRE(thinner.ThinOut(BatchView(bytes), {.keep = first_two, .horizon = INT64_MAX, .most = 1000}, thinned) ==
            BatchVerdict::kOk);
    CHECK(thinned.kept == 2);
    CHECK(ValidateBatch(thinned.bytes, OffsetDeltas::kGrowing) == BatchVerdict::kOk);
  }
}

TEST_CASE("what is compressed and is not what its codec makes is told") {
  std::vector<std::byte> bytes = Batch(Codec::kGzip);
  bytes[batch_layout::kHeaderSize + 1] = std::byte{0};
  BatchThinner thinner;
  Thinned thinned;
  CHECK(thinner.ThinOut(BatchView(bytes), {.keep = kAll}, thinned) == BatchVerdict::kBadCompression);
}

}  // namespace
}  // namespace leat::record
