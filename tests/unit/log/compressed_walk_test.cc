#include <leat/compression.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "log/cursor.h"
#include "log/time_search.h"
#include "log/unread.h"
#include "record/codec.h"
#include "record/compress.h"
#include "support/catch.h"
#include "support/log_reading.h"
#include "support/shared_folder.h"

namespace leat::log {
namespace {

using testing::ReadAll;
using testing::SealedBatch;
using testing::SharedFolder;
using testing::Value;
using Bytes = std::vector<std::byte>;
using Strings = std::vector<std::string>;

constexpr Codec kCodecs[] = {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

Bytes Batch(Codec codec, const Strings& values, std::int64_t first_timestamp = 1000) {
  const SealedBatch sealed(values, first_timestamp);
  if (codec == Codec::kNone) return {sealed.bytes().begin(), sealed.bytes().end()};
  record::ByteBuffer buffer;
  const auto batch = record::CompressBatch(sealed.bytes(), codec, 3, buffer);
  return {batch.begin(), batch.end()};
}

// Compressed nonsense behind a right header and checksum.
Bytes WithRecordBytes(Bytes batch, const std::string& records) {
  batch.resize(batch_layout::kHeaderSize);
  for (const char byte : records) batch.push_back(static_cast<std::byte>(byte));
  StoreBig32(batch.data() + batch_layout::kLength,
             static_cast<std::uint32_t>(batch.size() - batch_layout::kLengthOverhead));
  StoreBig32(batch.data() + batch_layout::kCrc, BatchView(batch).ComputeCrc());
  return batch;
}

bool IsInside(std::span<const std::byte> bytes, std::span<const std::byte> whole) {
  return bytes.data() >= whole.data() && bytes.data() < whole.data() + whole.size();
}

TEST_CASE("batches of every codec and of none read as one log, from every offset and with every bound") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  std::mt19937 random(20261121);
  Strings all;
  for (int i = 0; i < 60; ++i) {
    Strings values;
    for (auto count = 1 + random() % 6; count > 0; --count) {
      values.push_back(std::to_string(all.size()) + std::string(random() % 200, 'x'));
      all.push_back(values.back());
    }
    const auto codec = static_cast<Codec>(random() % 5);
    Value(log->Append(Batch(codec, values)));
  }
  for (const std::size_t max_bytes : {std::size_t{0}, std::size_t{1}, std::size_t{700}, std::size_t{1} << 20}) {
    CHECK(Value(ReadAll(log, 0, max_bytes)) == all);
  }
  for (std::size_t from = 0; from < all.size(); ++from) {
    const Strings rest(all.begin() + static_cast<std::ptrdiff_t>(from), all.end());
    if (Value(ReadAll(log, static_cast<Offset>(from))) != rest) FAIL("from " << from);
  }
}

TEST_CASE("what is not compressed is handed out where it stands, also between compressed batches") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const Bytes plain = Batch(Codec::kNone, {"a", "b"});
  const Bytes packed = Batch(Codec::kLz4, {"c", "d"});
  for (const Bytes& batch : {plain, plain, packed, packed, packed, plain}) Value(log->Append(batch));
  Cursor cursor(log, 0);
  const auto first = Value(cursor.Fetch(1 << 20));
  CHECK(first.bytes.size() == 2 * plain.size());
  CHECK(first.stored_bytes == 2 * plain.size());
  CHECK(first.end == 4);
  const auto second = Value(cursor.Fetch(1 << 20));
  CHECK(second.stored_bytes == 3 * packed.size());
  CHECK(second.end == 10);
  CHECK_FALSE(IsInside(second.bytes, first.bytes));
  const auto third = Value(cursor.Fetch(1 << 20));
  CHECK(third.bytes.size() == plain.size());
  CHECK(third.bytes.data() == first.bytes.data() + first.bytes.size() + second.stored_bytes);
  CHECK(third.end == 12);
}

TEST_CASE("max_bytes bounds what decompressed batches take, but for the last of them") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const Strings values = {std::string(10'000, 'x')};
  const std::size_t size = SealedBatch(values).bytes().size();
  for (int i = 0; i < 10; ++i) Value(log->Append(Batch(Codec::kZstd, values)));
  Cursor cursor(log, 0);
  CHECK(Value(cursor.Fetch(0)).bytes.size() == size);
  CHECK(Value(cursor.Fetch(size)).bytes.size() == size);
  CHECK(Value(cursor.Fetch(size + 1)).bytes.size() == 2 * size);
  CHECK(Value(cursor.Fetch(1 << 20)).bytes.size() == 6 * size);
}

TEST_CASE("what was handed out stays as it is when the cursor goes on, and when it is gone") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  for (int i = 0; i < 50; ++i) {
    Value(log->Append(Batch(kCodecs[i % 4], {std::to_string(i) + std::string(5000, 'v')})));
  }
  std::vector<Fetched> kept;
  {
    Cursor cursor(log, 0);
    for (int i = 0; i < 50; ++i) kept.push_back(Value(cursor.Fetch(1)));
  }
  for (int i = 0; i < 50; ++i) {
    RecordReader reader{BatchView(kept[static_cast<std::size_t>(i)].bytes)};
    REQUIRE(reader.Next());
    CHECK(reader.record().value == std::to_string(i) + std::string(5000, 'v'));
  }
}

TEST_CASE("records that cannot be decompressed are damage that names codec and offset, and Seek leads past it") {
  for (const Codec codec : kCodecs) {
    const std::string name(record::CodecName(codec));
    INFO(name);
    SharedFolder folder;
    SharedFolder::Process process(folder);
    auto log = folder.OpenLog(process);
    Value(log->Append(Batch(codec, {"a", "b"})));
    Value(log->Append(WithRecordBytes(Batch(codec, {"c", "d"}), "nonsense")));
    Value(log->Append(Batch(codec, {"e", "f"})));
    Cursor cursor(log, 0);
    CHECK(Value(cursor.Fetch(1 << 20)).end == 2);
    for (int again = 0; again < 2; ++again) {
      const auto met = cursor.Fetch(1 << 20);
      REQUIRE(met.status().code() == absl::StatusCode::kDataLoss);
      const std::string message = met.status().ToString();
      INFO(message);
      CHECK(message.find("offset 2 of " + log->Name()) != std::string::npos);
      CHECK(message.find("codec " + name) != std::string::npos);
      CHECK(message.find(folder.SegmentPath(0)) != std::string::npos);
      CHECK(cursor.position() == 2);
    }
    cursor.Seek(4);
    CHECK(Value(cursor.Fetch(1 << 20)).end == 6);
  }
}

TEST_CASE("a bomb is an error that says what it would take, and Seek leads past it") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(log->Append(Batch(Codec::kZstd, {"a"})));
  record::ByteBuffer bomb;
  record::Compress(Codec::kZstd, 1, Bytes((std::size_t{64} << 20) + 1), bomb);
  Value(log->Append(
      WithRecordBytes(Batch(Codec::kZstd, {"b"}), {reinterpret_cast<const char*>(bomb.data()), bomb.size()})));
  Value(log->Append(Batch(Codec::kZstd, {"c"})));
  Cursor cursor(log, 0);
  CHECK(Value(cursor.Fetch(1 << 20)).end == 1);
  const auto met = cursor.Fetch(1 << 20);
  REQUIRE(met.status().code() == absl::StatusCode::kDataLoss);
  const std::string message = met.status().ToString();
  INFO(message);
  CHECK(message.find("64 MiB") != std::string::npos);
  CHECK(message.find("offset 1 of " + log->Name()) != std::string::npos);
  CHECK(message.find("seek behind it") != std::string::npos);
  cursor.Seek(2);
  CHECK(Value(cursor.Fetch(1 << 20)).end == 3);
}

TEST_CASE("an unknown codec is kUnimplemented, and Seek leads past it") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Bytes batch = Batch(Codec::kNone, {"a"});
  batch[batch_layout::kAttributes + 1] = std::byte{6};
  StoreBig32(batch.data() + batch_layout::kCrc, BatchView(batch).ComputeCrc());
  Value(log->Append(batch));
  Value(log->Append(Batch(Codec::kNone, {"b"})));
  Cursor cursor(log, 0);
  CHECK(cursor.Fetch(1 << 20).status().code() == absl::StatusCode::kUnimplemented);
  cursor.Seek(1);
  CHECK(Value(cursor.Fetch(1 << 20)).end == 2);
}

TEST_CASE("every flipped byte of a compressed batch is met as damage") {
  for (const Codec codec : kCodecs) {
    const Bytes good = Batch(codec, {"first", "second", std::string(300, 'x')});
    for (std::size_t at = batch_layout::kCrc; at < good.size(); ++at) {
      INFO("codec " << static_cast<int>(codec) << " byte " << at);
      Bytes bad = good;
      bad[at] ^= std::byte{0x10};
      CHECK(record::ValidateBatch(bad, record::OffsetDeltas::kDense) == BatchVerdict::kBadCrc);
    }
  }
}

TEST_CASE("times are found inside of compressed batches") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  for (int i = 0; i < 40; ++i) Value(log->Append(Batch(kCodecs[i % 4], {"a", "b", "c"}, 1000 * (i + 1))));
  for (int i = 0; i < 40; ++i) {
    for (const int inside : {0, 1, 2}) {
      const auto found = Value(FindOffsetForTime(*log, 1000 * (i + 1) + inside));
      REQUIRE(found.has_value());
      CHECK(found->offset == 3 * i + inside);
      CHECK(found->timestamp == 1000 * (i + 1) + inside);
    }
  }
  CHECK_FALSE(Value(FindOffsetForTime(*log, 40'003)).has_value());
}

TEST_CASE("what is unread of compressed batches is counted as they stand in the file") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const Bytes first = Batch(Codec::kGzip, {std::string(5000, 'a'), "b"}, 1000);
  const Bytes second = Batch(Codec::kSnappy, {std::string(5000, 'c'), "d"}, 2000);
  Value(log->Append(first));
  Value(log->Append(second));
  const auto both = static_cast<std::int64_t>(first.size() + second.size());
  CHECK(Value(UnreadFrom(*log, 0)).bytes == both);
  CHECK(Value(UnreadFrom(*log, 1)).bytes == both);
  CHECK(Value(UnreadFrom(*log, 1)).oldest == 1001);
  CHECK(Value(UnreadFrom(*log, 3)).bytes == static_cast<std::int64_t>(second.size()));
  CHECK(Value(UnreadFrom(*log, 3)).oldest == 2001);
}

TEST_CASE("readers on many threads, more of them than buffers are kept, read the same") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Strings all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(10 * i), 'v'));
    Value(log->Append(Batch(kCodecs[i % 4], {all.back()})));
  }
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 20; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        const auto read = ReadAll(log, 0, 1 << 13);
        if (read.ok() && *read == all) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 100);
}

}  // namespace
}  // namespace leat::log
