#include <leat/batch.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "base/check.h"
#include "record/codec.h"
#include "record/idle_store.h"

namespace leat::record {
namespace {

// zlib's way to say: the greatest window, in a gzip wrapper.
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemoryLevel = 8;

// zlib counts in 32 bits and takes its input as not const.
uInt Count(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}
Bytef* Input(std::span<const std::byte> bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
}
Bytef* Output(std::span<std::byte> bytes) { return reinterpret_cast<Bytef*>(bytes.data()); }

class Deflater {
 public:
  Deflater() {
    if (deflateInit2(&stream_, level_, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream_); }

  void Run(std::int32_t level, std::span<const std::byte> from, ByteBuffer& to) {
    LEAT_CHECK(deflateReset(&stream_) == Z_OK);
    if (level != level_) LEAT_CHECK(deflateParams(&stream_, level, Z_DEFAULT_STRATEGY) == Z_OK);
    level_ = level;
    to.Reserve(deflateBound(&stream_, static_cast<uLong>(from.size())));
    const std::span<std::byte> room = to.room();
    stream_.next_in = Input(from);
    stream_.avail_in = Count(from.size());
    stream_.next_out = Output(room);
    stream_.avail_out = Count(room.size());
    const uInt given = stream_.avail_out;
    LEAT_CHECK(deflate(&stream_, Z_FINISH) == Z_STREAM_END);
    to.Take(given - stream_.avail_out);
  }

  bool IsWorthKeeping() const { return true; }  // 268 KiB

 private:
  z_stream stream_{};
  std::int32_t level_ = Z_DEFAULT_COMPRESSION;
};

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  BatchVerdict Run(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to) {
    const std::size_t begin = to.size();
    // Text becomes a quarter, or less: then the room doubles.
    to.Reserve(std::min(limit, 4 * from.size()) + 1);
    stream_.next_in = Input(from);
    stream_.avail_in = Count(from.size());
    // Of one member after the other.
    do {
      LEAT_CHECK(inflateReset(&stream_) == Z_OK);
      if (const BatchVerdict verdict = Member(begin, limit, to); verdict != BatchVerdict::kOk) return verdict;
    } while (stream_.avail_in > 0);
    return BatchVerdict::kOk;
  }

  bool IsWorthKeeping() const { return true; }  // 40 KiB

 private:
  BatchVerdict Member(std::size_t begin, std::size_t limit, ByteBuffer& to) {
    for (;;) {
      if (to.room().empty()) to.Reserve(1);
      const std::span<std::byte> room = to.room();
      stream_.next_out = Output(room);
      stream_.avail_out = Count(room.size());
      const uInt given = stream_.avail_out;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      to.Take(given - stream_.avail_out);
      if (to.size() - begin > limit) return BatchVerdict::kExpandsTooMuch;
      if (result == Z_STREAM_END) return BatchVerdict::kOk;
      if (result == Z_MEM_ERROR) throw std::bad_alloc();
      // Room was there: who stops with some left has no more input.
      if (result != Z_OK || stream_.avail_out > 0) return BatchVerdict::kBadCompression;
    }
  }

  z_stream stream_{};
};

constinit IdleStore<Deflater> deflaters;
constinit IdleStore<Inflater> inflaters;

}  // namespace

void GzipCompress(std::int32_t level, std::span<const std::byte> from, ByteBuffer& to) {
  IdleStore<Deflater>::Lease(deflaters)->Run(level, from, to);
}

BatchVerdict GzipDecompress(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to) {
  return IdleStore<Inflater>::Lease(inflaters)->Run(from, limit, to);
}

}  // namespace leat::record
