#include <leat/batch.h>
#include <snappy.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "record/codec.h"

namespace leat::record {
namespace {

// Of the stream: eight bytes by which it is known, then the version that wrote it and the oldest that reads it.
constexpr std::array<unsigned char, 8> kMagic = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::size_t kStreamHeader = kMagic.size() + 8;
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kBlock = 32 * 1024;
constexpr std::size_t kBlockLength = 4;

const char* Chars(const std::byte* bytes) { return reinterpret_cast<const char*>(bytes); }
char* Chars(std::byte* bytes) { return reinterpret_cast<char*>(bytes); }

bool BeginsWithMagic(std::span<const std::byte> bytes) {
  return bytes.size() >= kStreamHeader && std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

// One block without any frame. Three bytes of it stand for 64 at most, so a length that promises more is a lie, for
// which no memory is taken.
BatchVerdict DecompressBlock(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(Chars(from.data()), from.size(), &size)) return BatchVerdict::kBadCompression;
  if (size > 22 * from.size()) return BatchVerdict::kBadCompression;
  if (size > limit) return BatchVerdict::kExpandsTooMuch;
  to.Reserve(size);
  if (!snappy::RawUncompress(Chars(from.data()), from.size(), Chars(to.room().data()))) {
    return BatchVerdict::kBadCompression;
  }
  to.Take(size);
  return BatchVerdict::kOk;
}

// The blocks of a stream, or of several.
BatchVerdict DecompressStream(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to) {
  const std::size_t begin = to.size();
  while (!from.empty()) {
    if (BeginsWithMagic(from)) {
      if (LoadBig32(from.data() + kMagic.size()) < kVersion) return BatchVerdict::kBadCompression;
      from = from.subspan(kStreamHeader);
      continue;
    }
    if (from.size() < kBlockLength) return BatchVerdict::kBadCompression;
    const std::size_t size = LoadBig32(from.data());
    from = from.subspan(kBlockLength);
    if (size > from.size()) return BatchVerdict::kBadCompression;
    const BatchVerdict verdict = DecompressBlock(from.first(size), limit - (to.size() - begin), to);
    if (verdict != BatchVerdict::kOk) return verdict;
    from = from.subspan(size);
  }
  return BatchVerdict::kOk;
}

}  // namespace

void SnappyCompress(std::span<const std::byte> from, ByteBuffer& to) {
  const std::size_t blocks = (from.size() + kBlock - 1) / kBlock;
  to.Reserve(kStreamHeader + blocks * (kBlockLength + snappy::MaxCompressedLength(kBlock)));
  std::memcpy(to.room().data(), kMagic.data(), kMagic.size());
  StoreBig32(to.room().data() + kMagic.size(), kVersion);
  StoreBig32(to.room().data() + kMagic.size() + 4, kVersion);
  to.Take(kStreamHeader);
  for (; !from.empty(); from = from.subspan(std::min(kBlock, from.size()))) {
    const std::span<const std::byte> block = from.first(std::min(kBlock, from.size()));
    std::byte* const place = to.room().data();
    std::size_t size = 0;
    snappy::RawCompress(Chars(block.data()), block.size(), Chars(place + kBlockLength), &size);
    StoreBig32(place, static_cast<std::uint32_t>(size));
    to.Take(kBlockLength + size);
  }
}

BatchVerdict SnappyDecompress(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to) {
  return BeginsWithMagic(from) ? DecompressStream(from, limit, to) : DecompressBlock(from, limit, to);
}

}  // namespace leat::record
