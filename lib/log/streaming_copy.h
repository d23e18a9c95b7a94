// Copying past the caches.
#ifndef LEAT_LOG_STREAMING_COPY_H_
#define LEAT_LOG_STREAMING_COPY_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace leat::log {

// memcpy for more than will be read back from this processor's caches: pages that were zeroed long ago are written
// whole, without being fetched first. Done when it returns: the stores are ordered before any that follow.
inline void StreamingCopy(std::byte* to, const std::byte* from, std::size_t size) {
#if defined(__SSE2__)
  constexpr std::size_t kLine = 64;
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(to) % kLine;
  if (size < kLine + before) {
    std::memcpy(to, from, size);
    return;
  }
  std::memcpy(to, from, before);
  to += before;
  from += before;
  size -= before;
  for (; size >= kLine; to += kLine, from += kLine, size -= kLine) {
    const auto* const source = reinterpret_cast<const __m128i*>(from);
    auto* const target = reinterpret_cast<__m128i*>(to);
    const __m128i a = _mm_loadu_si128(source);
    const __m128i b = _mm_loadu_si128(source + 1);
    const __m128i c = _mm_loadu_si128(source + 2);
    const __m128i d = _mm_loadu_si128(source + 3);
    _mm_stream_si128(target, a);
    _mm_stream_si128(target + 1, b);
    _mm_stream_si128(target + 2, c);
    _mm_stream_si128(target + 3, d);
  }
  std::memcpy(to, from, size);
  _mm_sfence();
#else
  std::memcpy(to, from, size);
#endif
}

}  // namespace leat::log

#endif  // LEAT_LOG_STREAMING_COPY_H_
