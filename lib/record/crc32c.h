// The siblings behind leat::Crc32c(), each for what some processors have. All compute the same, at every length and
// alignment, on the checksum's register: what Crc32c() inverts at the beginning and at the end.
#ifndef LEAT_RECORD_CRC32C_H_
#define LEAT_RECORD_CRC32C_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace leat::record {

using Crc32cFunction = std::uint32_t (*)(std::uint32_t state, const std::byte* data, std::size_t size);

// Eight tables, eight bytes a step; the last resort, some fifty times slower than the best.
std::uint32_t Crc32cTable(std::uint32_t state, const std::byte* data, std::size_t size);

#if defined(__x86_64__)
// The processor's own instruction, eight bytes each three cycles.
std::uint32_t Crc32cSse42(std::uint32_t state, const std::byte* data, std::size_t size);
// Folds 64 bytes at a time by carry-less multiplication from 128 bytes on; Crc32cSse42 below.
std::uint32_t Crc32cPclmul(std::uint32_t state, const std::byte* data, std::size_t size);
// Folds 256 bytes at a time from 512 bytes on; Crc32cPclmul below. On 32-byte registers, for processors without
// AVX-512.
std::uint32_t Crc32cVpclmul256(std::uint32_t state, const std::byte* data, std::size_t size);
// The same on the 64-byte registers of AVX-512.
std::uint32_t Crc32cVpclmul512(std::uint32_t state, const std::byte* data, std::size_t size);
#elif defined(__aarch64__)
// The instructions of the crc extension.
std::uint32_t Crc32cArm(std::uint32_t state, const std::byte* data, std::size_t size);
#endif

struct Crc32cImplementation {
  std::string_view name;
  Crc32cFunction function;
  bool supported;  // by this processor and this operating system: each feature that the function uses
};

// All of this architecture, the best first; the last, the table, is always supported. Crc32c() uses the first
// supported.
std::span<const Crc32cImplementation> Crc32cImplementations();

}  // namespace leat::record

#endif  // LEAT_RECORD_CRC32C_H_
