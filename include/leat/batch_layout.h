// Where everything stands in a RecordBatch, Kafka's unit of append, of checksum and of visibility. This is the only
// place that says so.
//
//    0        8       12      16  17      21    23      27         35         43       51  53      57       61
//    +--------+--------+-------+---+-------+-----+-------+----------+----------+--------+---+-------+--------+---------
//    | base   | length | leader| 2 | CRC   | at- | last  | base     | max      | pro-   |ep-| base  | record |
//    records | offset | of the | epoch | m | of 21 | tri-| offset| time-    | time-    | ducer  |och| se-   | count
//    | ... |        | rest   |       | a | to the| bu- | delta | stamp    | stamp    | id     |   | quence|        |
//    |        |        |       | g | end   | tes |       |          |          |        |   |       |        |
//    +--------+--------+-------+---+-------+-----+-------+----------+----------+--------+---+-------+--------+---------
//    '------ not in the CRC -------'       '------------------------------- in the CRC
//    --------------------------------
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
namespace batch_layout {

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
inline constexpr std::size_t kCrcBegin = kAttributes;
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
