#include <leat/batch.h>
#include <lz4frame.h>
#include <lz4hc.h>

#include <algorithm>
#include <new>

#include "base/check.h"
#include "record/codec.h"
#include "record/idle_store.h"

namespace leat::record {
namespace {

constexpr std::int32_t kDefaultLevel = 9;

LZ4F_preferences_t PreferencesFor(std::int32_t level) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  // To the library 0 is the quick compressor, and what is less than its least level of the other is the quick one, too.
  preferences.compressionLevel = level == kDefaultLevel ? 0 : std::max(level, std::int32_t{LZ4HC_CLEVEL_MIN});
  preferences.autoFlush = 1;
  return preferences;
}

class Lz4Compressor {
 public:
  Lz4Compressor() {
    if (LZ4F_isError(LZ4F_createCompressionContext(&context_, LZ4F_VERSION)) != 0) throw std::bad_alloc();
  }
  Lz4Compressor(const Lz4Compressor&) = delete;
  Lz4Compressor& operator=(const Lz4Compressor&) = delete;
  ~Lz4Compressor() { LZ4F_freeCompressionContext(context_); }

  void Run(std::int32_t level, std::span<const std::byte> from, ByteBuffer& to) {
    const LZ4F_preferences_t preferences = PreferencesFor(level);
    // The bound is of blocks and the end mark.
    to.Reserve(LZ4F_HEADER_SIZE_MAX + LZ4F_compressBound(from.size(), &preferences));
    Took(to, LZ4F_compressBegin(context_, to.room().data(), to.room().size(), &preferences));
    LZ4F_compressOptions_t options{};
    options.stableSrc = 1;
    Took(to, LZ4F_compressUpdate(context_, to.room().data(), to.room().size(), from.data(), from.size(), &options));
    Took(to, LZ4F_compressEnd(context_, to.room().data(), to.room().size(), &options));
  }

  bool IsWorthKeeping() const { return true; }  // 16 KiB, or 256 KiB of high compression, and a block

 private:
  static void Took(ByteBuffer& to, std::size_t result) {
    LEAT_CHECK(LZ4F_isError(result) == 0);
    to.Take(result);
  }

  LZ4F_cctx* context_ = nullptr;
};

class Lz4Decompressor {
 public:
  Lz4Decompressor() {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)) != 0) throw std::bad_alloc();
  }
  Lz4Decompressor(const Lz4Decompressor&) = delete;
  Lz4Decompressor& operator=(const Lz4Decompressor&) = delete;
  ~Lz4Decompressor() { LZ4F_freeDecompressionContext(context_); }

  BatchVerdict Run(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to) {
    const std::size_t begin = to.size();
    to.Reserve(std::min(limit, 4 * from.size()) + 1);
    LZ4F_resetDecompressionContext(context_);
    // What the library still wants: 0 at the end of a frame. It begins the next one by itself.
    std::size_t wanted = 1;
    for (bool more = true; more;) {
      if (to.room().empty()) to.Reserve(1);
      std::size_t out = to.room().size();
      std::size_t in = from.size();
      wanted = LZ4F_decompress(context_, to.room().data(), &out, from.data(), &in, nullptr);
      if (LZ4F_isError(wanted) != 0) return BatchVerdict::kBadCompression;
      to.Take(out);
      from = from.subspan(in);
      if (to.size() - begin > limit) return BatchVerdict::kExpandsTooMuch;
      // With all input taken and room left over, nothing is held back.
      more = !from.empty() || (wanted != 0 && to.room().empty());
    }
    return wanted == 0 ? BatchVerdict::kOk : BatchVerdict::kBadCompression;
  }

  bool IsWorthKeeping() const { return true; }  // two of the largest blocks there are, 8 MiB; Kafka's take 128 KiB

 private:
  LZ4F_dctx* context_ = nullptr;
};

constinit IdleStore<Lz4Compressor> compressors;
constinit IdleStore<Lz4Decompressor> decompressors;

}  // namespace

void Lz4Compress(std::int32_t level, std::span<const std::byte> from, ByteBuffer& to) {
  IdleStore<Lz4Compressor>::Lease(compressors)->Run(level, from, to);
}

BatchVerdict Lz4Decompress(std::span<const std::byte> from, std::size_t limit, ByteBuffer& to) {
  return IdleStore<Lz4Decompressor>::Lease(decompressors)->Run(from, limit, to);
}

}  // namespace leat::record
