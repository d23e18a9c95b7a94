#include "record/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "unit/record/sample_records.h"

namespace leat::record {
namespace {

using Bytes = std::vector<std::byte>;

constexpr Codec kCodecs[] = {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};
constexpr std::size_t kNoLimit = std::size_t{1} << 30;
const std::string kQuote = "to be or not to be, to be or not to be, to be or not to be";

std::span<const std::byte> AsBytes(const std::string& text) { return std::as_bytes(std::span(text)); }
std::string AsText(ByteBuffer& buffer) { return {reinterpret_cast<const char*>(buffer.data()), buffer.size()}; }

std::int32_t DefaultLevel(Codec codec) {
  return codec == Codec::kGzip ? -1 : codec == Codec::kLz4 ? 9 : codec == Codec::kZstd ? 3 : 0;
}

Bytes Compressed(Codec codec, std::span<const std::byte> from) {
  ByteBuffer buffer;
  Compress(codec, DefaultLevel(codec), from, buffer);
  return {buffer.bytes().begin(), buffer.bytes().end()};
}

// The text that comes out, or what is wrong.
std::string Read(Codec codec, std::span<const std::byte> from, std::size_t limit = kNoLimit) {
  ByteBuffer out;
  out.Append(AsBytes("before"));
  const BatchVerdict verdict = Decompress(codec, from, limit, out);
  if (verdict != BatchVerdict::kOk) {
    return AsText(out) == "before" ? fmt::format("verdict {}", static_cast<int>(verdict)) : "something is left over";
  }
  return AsText(out).substr(6);
}

std::string Verdict(BatchVerdict verdict) { return fmt::format("verdict {}", static_cast<int>(verdict)); }

Bytes FromHex(const std::string& hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Bytes Twice(const Bytes& bytes) {
  Bytes both = bytes;
  both.insert(both.end(), bytes.begin(), bytes.end());
  return both;
}

enum class Shape { kZeros, kText, kNoise, kLayers };

std::string Sample(Shape shape, std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    switch (shape) {
      case Shape::kZeros:
        break;
      case Shape::kText:
        bytes[i] = kQuote[(i + i / 997) % kQuote.size()];
        break;
      case Shape::kNoise:
        bytes[i] = static_cast<char>(random());
        break;
      case Shape::kLayers:
        bytes[i] = (i / 5000) % 2 == 0 ? static_cast<char>(random()) : kQuote[i % kQuote.size()];
        break;
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("every codec gives back what it was given, at every size and shape") {
  const std::uint32_t seed = Seed();
  std::vector<std::size_t> sizes;
  for (std::size_t size = 0; size < 70; ++size) sizes.push_back(size);
  for (const std::size_t border : {32768U, 65536U, 131072U, 262144U}) {
    for (const std::size_t size : {border - 1, border, border + 1}) sizes.push_back(size);
  }
  sizes.push_back(1'500'000);
  for (const Codec codec : kCodecs) {
    for (const Shape shape : {Shape::kZeros, Shape::kText, Shape::kNoise, Shape::kLayers}) {
      for (const std::size_t size : sizes) {
        const std::string sample = Sample(shape, size, seed);
        const std::string back = Read(codec, Compressed(codec, AsBytes(sample)), size);
        if (back == sample) continue;
        FAIL("codec " << static_cast<int>(codec) << " shape " << static_cast<int>(shape) << " size " << size
                      << " seed " << seed << ": " << back.substr(0, 30));
      }
    }
  }
}

TEST_CASE("every level of a codec can be read, in whatever order levels are used") {
  const std::string sample = Sample(Shape::kLayers, 100'000, 1);
  const std::map<Codec, std::vector<std::int32_t>> levels = {
      {Codec::kGzip, {9, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1}},
      {Codec::kLz4, {17, 1, 9, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 9}},
      {Codec::kZstd, {22, -131072, 3, -5, -1, 0, 1, 2, 9, 15, 19, 3}},
      {Codec::kSnappy, {0}}};
  for (const auto& [codec, tried] : levels) {
    for (const std::int32_t level : tried) {
      INFO("codec " << static_cast<int>(codec) << " level " << level);
      ByteBuffer buffer;
      Compress(codec, level, AsBytes(sample), buffer);
      CHECK(Read(codec, buffer.bytes(), sample.size()) == sample);
    }
  }
}

TEST_CASE("more is smaller: levels reach the libraries") {
  const std::string sample = Sample(Shape::kText, 300'000, 1) + Sample(Shape::kLayers, 300'000, 2);
  const auto size = [&](Codec codec, std::int32_t level) {
    ByteBuffer buffer;
    Compress(codec, level, AsBytes(sample), buffer);
    return buffer.size();
  };
  CHECK(size(Codec::kGzip, 9) < size(Codec::kGzip, 1));
  CHECK(size(Codec::kLz4, 12) < size(Codec::kLz4, 9));  // 9 is Kafka's default, the quick one
  CHECK(size(Codec::kZstd, 19) < size(Codec::kZstd, -20));
}

TEST_CASE("what other programs compress can be read") {
  // gzip -9 -n; zstd by a pipe (a checksum, no content size), and without the checksum; lz4 (with a checksum).
  const std::string gzip = "1f8b08000000000002032bc957484a55c82f52c8cb2f5128017174201441310017977d203a000000";
  const std::string zstd = "28b52ffd0458e5000098746f206265206f72206e6f7420746f2062652c0200370728ac8401bedb2bca";
  const std::string bare_zstd = "28b52ffd0058e5000098746f206265206f72206e6f7420746f2062652c0200370728ac8401";
  const std::string lz4 =
      "04224d186440a71e000000d1746f206265206f72206e6f74200d00122c07000f14000950746f20626500000000a7831937";
  CHECK(Read(Codec::kGzip, FromHex(gzip)) == kQuote);
  CHECK(Read(Codec::kZstd, FromHex(zstd)) == kQuote);
  CHECK(Read(Codec::kZstd, FromHex(bare_zstd)) == kQuote);
  CHECK(Read(Codec::kLz4, FromHex(lz4)) == kQuote);
  // A block by itself, written down by the description of the format: a length of 58, twenty bytes as they are, and 38
  // bytes that stand 20 before.
  Bytes snappy = FromHex("3a4c");
  for (const char c : kQuote.substr(0, 20)) snappy.push_back(static_cast<std::byte>(c));
  for (const std::byte b : FromHex("961400")) snappy.push_back(b);
  CHECK(Read(Codec::kSnappy, snappy) == kQuote);
}

TEST_CASE("several members, frames or streams one behind the other are read as one") {
  for (const Codec codec : kCodecs) {
    INFO("codec " << static_cast<int>(codec));
    CHECK(Read(codec, Twice(Compressed(codec, AsBytes(kQuote)))) == kQuote + kQuote);
    CHECK(Read(codec, Twice(Twice(Compressed(codec, AsBytes(kQuote))))) == kQuote + kQuote + kQuote + kQuote);
    const std::string sample = Sample(Shape::kLayers, 200'000, 3);
    CHECK(Read(codec, Twice(Compressed(codec, AsBytes(sample)))) == sample + sample);
  }
}

TEST_CASE("snappy and lz4 are written in the frames that Kafka's Java client writes") {
  const std::string sample = Sample(Shape::kNoise, 100'000, 1);
  const Bytes snappy = Compressed(Codec::kSnappy, AsBytes(sample));
  CHECK(std::memcmp(snappy.data(), "\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16) == 0);
  std::size_t blocks = 0;
  for (std::size_t at = 16; at < snappy.size(); at += 4 + LoadBig32(snappy.data() + at)) ++blocks;
  CHECK(blocks == (100'000 + 32'767) / 32'768);

  const Bytes lz4 = Compressed(Codec::kLz4, AsBytes(sample));
  CHECK(std::memcmp(lz4.data(), "\x04\x22\x4d\x18\x60\x40\x82", 7) == 0);
}

TEST_CASE("what breaks off anywhere is refused") {
  const std::string sample = Sample(Shape::kLayers, 9'000, 1);
  for (const Codec codec : kCodecs) {
    const Bytes whole = Compressed(codec, AsBytes(sample));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      // Behind its header, or between two blocks, a snappy stream cannot be told from a shorter one.
      if (codec == Codec::kSnappy && size == 16) continue;
      // Bytes of their own, so that a reader who goes on behind the end is seen by the sanitizers.
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string read = Read(codec, part);
      if (read != Verdict(BatchVerdict::kBadCompression)) {
        FAIL("codec " << static_cast<int>(codec) << " cut at " << size << ": " << read.substr(0, 30));
      }
    }
  }
}

TEST_CASE("what goes on behind the end is refused") {
  for (const Codec codec : kCodecs) {
    for (const std::size_t more : {1U, 2U, 4U, 7U, 20U}) {
      INFO("codec " << static_cast<int>(codec) << " and " << more);
      Bytes bytes = Compressed(codec, AsBytes(kQuote));
      bytes.resize(bytes.size() + more, std::byte{'x'});
      CHECK(Read(codec, bytes) == Verdict(BatchVerdict::kBadCompression));
    }
  }
}

TEST_CASE("one codec does not read another's bytes") {
  for (const Codec written : kCodecs) {
    for (const Codec read : kCodecs) {
      if (read == written) continue;
      INFO("written by " << static_cast<int>(written) << " read by " << static_cast<int>(read));
      CHECK(Read(read, Compressed(written, AsBytes(kQuote))) == Verdict(BatchVerdict::kBadCompression));
    }
    CHECK(Read(written, AsBytes(kQuote)) == Verdict(BatchVerdict::kBadCompression));
    CHECK(Read(written, {}) == Verdict(BatchVerdict::kBadCompression));
  }
  for (const int number : {5, 6, 7}) {
    CHECK(Read(static_cast<Codec>(number), AsBytes(kQuote)) == Verdict(BatchVerdict::kUnknownCodec));
  }
}

TEST_CASE("flipped bits and noise are refused, or read as other bytes, within the limit") {
  const std::uint32_t seed = Seed();
  INFO("LEAT_TEST_SEED=" << seed);
  std::mt19937 random(seed);
  const std::string sample = Sample(Shape::kLayers, 6'000, 1);
  bool within = true;
  for (const Codec codec : kCodecs) {
    const Bytes whole = Compressed(codec, AsBytes(sample));
    for (std::size_t at = 0; at < whole.size(); ++at) {
      Bytes broken = whole;
      broken[at] ^= static_cast<std::byte>(1U << (random() % 8));
      within &= Read(codec, broken, 10'000).size() <= 10'000;
    }
    for (int i = 0; i < 500; ++i) {
      Bytes noise(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(random() % 40));
      for (auto more = random() % 60; more > 0; --more) noise.push_back(static_cast<std::byte>(random()));
      within &= Read(codec, noise, 10'000).size() <= 10'000;
    }
  }
  CHECK(within);
}

TEST_CASE("bytes that would become more than the limit are refused, and those that reach it are read") {
  const std::string zeros(3'000'000, '\0');
  for (const Codec codec : kCodecs) {
    INFO("codec " << static_cast<int>(codec));
    const Bytes bomb = Compressed(codec, AsBytes(zeros));
    CHECK(bomb.size() < zeros.size() / 15);
    CHECK(Read(codec, bomb, zeros.size()) == zeros);
    for (const std::size_t limit : {zeros.size() - 1, zeros.size() / 2, std::size_t{1}, std::size_t{0}}) {
      CHECK(Read(codec, bomb, limit) == Verdict(BatchVerdict::kExpandsTooMuch));
    }
    CHECK(Read(codec, Twice(bomb), 2 * zeros.size() - 1) == Verdict(BatchVerdict::kExpandsTooMuch));
    CHECK(Read(codec, Twice(bomb), 2 * zeros.size()).size() == 2 * zeros.size());
  }
}

TEST_CASE("no memory is taken for a mere promise of many bytes") {
  // Both say 4 GiB less one, in a few bytes.
  const std::map<Codec, Bytes> promises = {{Codec::kSnappy, FromHex("ffffffff0f0061")},
                                           {Codec::kZstd, FromHex("28b52ffda0ffffffff09000061")}};
  for (const auto& [codec, promise] : promises) {
    ByteBuffer out;
    CHECK(Decompress(codec, promise, kNoLimit, out) != BatchVerdict::kOk);
    CHECK(out.capacity() < 1'000'000);
  }
  // A frame of zstd that wants a window of 128 MiB, and has five bytes in it.
  ByteBuffer out;
  CHECK(Decompress(Codec::kZstd, FromHex("28b52ffd008829000068656c6c6f"), kNoLimit, out) == BatchVerdict::kOk);
  CHECK(AsText(out) == "hello");
  CHECK(out.capacity() < 1'000'000);
}

TEST_CASE("many threads compress and decompress at once, more of them than contexts are kept") {
  std::vector<std::string> wrong(24);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([t, &wrong] {
      for (std::uint32_t i = 0; i < 20; ++i) {
        const Codec codec = kCodecs[(t + i) % 4];
        const std::string sample = Sample(Shape::kLayers, 1000 * (t + 1) + i, i);
        if (Read(codec, Compressed(codec, AsBytes(sample))) != sample) wrong[t] = "codec " + std::to_string(i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& one : wrong) CHECK(one.empty());
}

}  // namespace leat::record
