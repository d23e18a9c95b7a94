// Where everything stands in a RecordBatch, Kafka's unit of append, of checksum and of visibility. This is the only
// place that says so.
//
//    byte  bytes  field
//       0      8  base offset          of its first record in the log            not in the CRC
//       8      4  length               of all that follows it                    not in the CRC
//      12      4  leader epoch         of the log when it was appended           not in the CRC
//      16      1  magic                2: this format                            not in the CRC
//      17      4  CRC                  CRC-32C of everything from byte 21 on
//      21      2  attributes           codec, timestamp type, transactional, control
//      23      4  last offset delta    of the last record to the base offset
//      27      8  base timestamp       what the records' timestamps count from
//      35      8  max timestamp
//      43      8  producer id          -1: none
//      51      2  producer epoch
//      53      4  base sequence
//      57      4  record count
//      61         the records
//
// Numbers of the header are big-endian. The length counts what comes after it, so the whole batch is 12 bytes more.
// Base offset and epoch stand outside of the CRC, so that a log can fill them in without looking at the records.
//
// A record, all numbers zigzag varints but the attributes (one byte, always 0); a size of -1 is null:
//
//    | length of the rest | attributes | timestamp delta | offset delta | key size | key | value size | value |
//    | header count | { key size | key | value size | value } ...
#ifndef LEAT_BATCH_LAYOUT_H_
#define LEAT_BATCH_LAYOUT_H_

#include <cstddef>
#include <cstdint>

namespace leat {
inline namespace v1 {
// The fields' places and the attributes' bits, by name.
namespace batch_layout {

// Where each field begins: bytes from the beginning of the batch.
inline constexpr std::size_t kBaseOffset = 0;
inline constexpr std::size_t kLength = 8;
inline constexpr std::size_t kLeaderEpoch = 12;
inline constexpr std::size_t kMagic = 16;
inline constexpr std::size_t kCrc = 17;
inline constexpr std::size_t kAttributes = 21;
inline constexpr std::size_t kLastOffsetDelta = 23;
inline constexpr std::size_t kBaseTimestamp = 27;
inline constexpr std::size_t kMaxTimestamp = 35;
inline constexpr std::size_t kProducerId = 43;
inline constexpr std::size_t kProducerEpoch = 51;
inline constexpr std::size_t kBaseSequence = 53;
inline constexpr std::size_t kRecordCount = 57;
inline constexpr std::size_t kHeaderSize = 61;

// What the length does not count: the base offset and the length itself.
inline constexpr std::size_t kLengthOverhead = 12;
// Where the bytes begin that the CRC is of.
inline constexpr std::size_t kCrcBegin = kAttributes;
// What the magic byte is in this format.
inline constexpr std::int8_t kMagicV2 = 2;

// Bits of the attributes; 7 to 15 are unused.
inline constexpr std::uint16_t kCodecMask = 0x07;
inline constexpr std::uint16_t kLogAppendTimeBit = 0x08;
inline constexpr std::uint16_t kTransactionalBit = 0x10;
inline constexpr std::uint16_t kControlBit = 0x20;
inline constexpr std::uint16_t kDeleteHorizonBit = 0x40;

}  // namespace batch_layout
}  // namespace v1
}  // namespace leat

#endif  // LEAT_BATCH_LAYOUT_H_
