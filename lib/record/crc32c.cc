#include "record/crc32c.h"

#include <leat/batch.h>

#include <atomic>

#if defined(__aarch64__)
#include <sys/auxv.h>
#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif
#endif

namespace leat::record {
namespace {

std::uint32_t ChooseAndCompute(std::uint32_t state, const std::byte* data, std::size_t size);

// Constant-initialized, so that checksums are right even in the constructors of other globals. Relaxed is enough:
// whatever a thread reads here computes the same.
std::atomic<Crc32cFunction> chosen{&ChooseAndCompute};

std::uint32_t ChooseAndCompute(std::uint32_t state, const std::byte* data, std::size_t size) {
  for (const Crc32cImplementation& implementation : Crc32cImplementations()) {
    if (!implementation.supported) continue;
    chosen.store(implementation.function, std::memory_order_relaxed);
    return implementation.function(state, data, size);
  }
  return Crc32cTable(state, data, size);
}

}  // namespace

std::span<const Crc32cImplementation> Crc32cImplementations() {
#if defined(__x86_64__)
  // The compiler's run-time answers to whether the operating system saves the registers, too.
  __builtin_cpu_init();
  static const bool sse42 = __builtin_cpu_supports("sse4.2") != 0;
  static const bool pclmul = sse42 && __builtin_cpu_supports("pclmul") != 0;
  static const bool vpclmul256 =
      pclmul && __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("vpclmulqdq") != 0;
  static const bool vpclmul512 = vpclmul256 && __builtin_cpu_supports("avx512f") != 0;
  static const Crc32cImplementation implementations[] = {{"vpclmul512", &Crc32cVpclmul512, vpclmul512},
                                                         {"vpclmul256", &Crc32cVpclmul256, vpclmul256},
                                                         {"pclmul", &Crc32cPclmul, pclmul},
                                                         {"sse42", &Crc32cSse42, sse42},
                                                         {"table", &Crc32cTable, true}};
#elif defined(__aarch64__)
  static const Crc32cImplementation implementations[] = {
      {"arm", &Crc32cArm, (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0}, {"table", &Crc32cTable, true}};
#else
  static const Crc32cImplementation implementations[] = {{"table", &Crc32cTable, true}};
#endif
  return implementations;
}

}  // namespace leat::record

namespace leat {
inline namespace v1 {

std::uint32_t Crc32c(std::span<const std::byte> bytes, std::uint32_t crc) {
  return ~record::chosen.load(std::memory_order_relaxed)(~crc, bytes.data(), bytes.size());
}

}  // namespace v1
}  // namespace leat
