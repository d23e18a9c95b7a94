// Arithmetic with CRC-32C's polynomial, computed by the compiler: no magic number to copy wrong.
//
// Bits are reflected: the lowest bit of the first byte is the highest power of x. A 32-bit register holds x^31 in bit
// 0.
//
// Folding moves 16 bytes that stand D bits before others on top of those, so that they can be added: multiply by x^D
// modulo the polynomial. The first eight bytes (the low half of a register) stand another 64 bits ahead. A carry-less
// product of two reflected 64-bit numbers, read as a reflected 128-bit register, comes out one power of x too high,
// and a constant of 32 bits in the low half of 64 is another 32 too high: hence the 33 less below.
#ifndef LEAT_RECORD_CRC32C_POLYNOMIAL_H_
#define LEAT_RECORD_CRC32C_POLYNOMIAL_H_

#include <cstdint>

namespace leat::record {

inline constexpr std::uint32_t kCrc32cPolynomial = 0x82f63b78;

// Multiplies by x, modulo the polynomial.
constexpr std::uint32_t Crc32cTimesX(std::uint32_t value) {
  return (value >> 1) ^ ((value & 1) != 0 ? kCrc32cPolynomial : 0);
}

// x^power modulo the polynomial.
constexpr std::uint32_t Crc32cPowerOfX(unsigned power) {
  std::uint32_t value = 0x80000000;
  for (; power > 0; --power) value = Crc32cTimesX(value);
  return value;
}

// What to multiply the low and the high eight bytes of a register with, to fold it over `bits` bits.
constexpr long long Crc32cFoldLow(unsigned bits) { return Crc32cPowerOfX(bits + 64 - 33); }
constexpr long long Crc32cFoldHigh(unsigned bits) { return Crc32cPowerOfX(bits - 33); }

}  // namespace leat::record

#endif  // LEAT_RECORD_CRC32C_POLYNOMIAL_H_
