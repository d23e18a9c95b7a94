#include <leat/batch.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <new>

#include "base/check.h"
#include "record/codec.h"
#include "record/idle_store.h"

namespace leat::record {
namespace {

class ZstdCompressor {
 public:
  ZstdCompressor() : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
  }
  ZstdCompressor(const ZstdCompressor&) = delete;
  ZstdCompressor& operator=(const ZstdCompressor&) = delete;
  ~ZstdCompressor() { ZSTD_freeCCtx(context_); }

  void Run(std::int32_t level, std::span<const std::byte> from, ByteBuffer& to) {
    to.Reserve(ZSTD_compressBound(from.size()));
    const std::size_t size =
        ZSTD_compressCCtx(context_, to.room().data(), to.room().size(), from.data(), from.size(), level);
    if (ZSTD_getErrorCode(size) == ZSTD_error_memory_allocation) throw std::bad_alloc();
    LEAT_CHECK(ZSTD_isError(size) == 0);
    to.Take(size);
  }

  bool IsWorthKeeping() const { return ZSTD_sizeof_CCtx(context_) <= kMostIdleContext; }

 private:
  ZSTD_CCtx* const context_;
};

class ZstdDecompressor {
 public:
  ZstdDecompressor() : context_(ZSTD_createDCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
  }
  ZstdDecompressor(const ZstdDecompressor&) = delete;
  ZstdDecompressor& operator=(const ZstdDecompressor&) = delete;
  ~ZstdDecompressor() { ZSTD_freeDCtx(context_); }

  // All at once, and again into more room where that was too little: unlike the library's streams, that needs no memory
  // for a window, which a frame may claim to be 128 MiB.
  BatchVerdict Run(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to) {
    if (from.empty()) return BatchVerdict::kBadCompression;
    to.Reserve(std::min(limit, FirstGuess(from)));
    for (;;) {
      const std::size_t room = std::min(limit, to.room().size());
      const std::size_t size = ZSTD_decompressDCtx(context_, to.room().data(), room, from.data(), from.size());
      if (ZSTD_isError(size) == 0) {
        to.Take(size);
        return BatchVerdict::kOk;
      }
      if (ZSTD_getErrorCode(size) == ZSTD_error_memory_allocation) throw std::bad_alloc();
      if (ZSTD_getErrorCode(size) != ZSTD_error_dstSize_tooSmall) return BatchVerdict::kBadCompression;
      if (room == limit) return BatchVerdict::kExpandsTooMuch;
      to.Reserve(std::min(limit, std::max<std::size_t>(4 * room, 4096)));
    }
  }

  bool IsWorthKeeping() const { return ZSTD_sizeof_DCtx(context_) <= kMostIdleContext; }

 private:
  static std::size_t FirstGuess(std::span<const std::byte> from) {
    const std::size_t usual = std::max<std::size_t>(4 * from.size(), 4096);
    const unsigned long long said = ZSTD_getFrameContentSize(from.data(), from.size());
    if (said == ZSTD_CONTENTSIZE_UNKNOWN || said == ZSTD_CONTENTSIZE_ERROR) return usual;
    // Believed as far as it is not out of the ordinary.
    return static_cast<std::size_t>(std::min<unsigned long long>(said, 64 * usual));
  }

  ZSTD_DCtx* const context_;
};

constinit IdleStore<ZstdCompressor> compressors;
constinit IdleStore<ZstdDecompressor> decompressors;

}  // namespace

void ZstdCompress(std::int32_t level, std::span<const std::byte> from, ByteBuffer& to) {
  IdleStore<ZstdCompressor>::Lease(compressors)->Run(level, from, to);
}

BatchVerdict ZstdDecompress(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to) {
  return IdleStore<ZstdDecompressor>::Lease(decompressors)->Run(from, limit, to);
}

}  // namespace leat::record
