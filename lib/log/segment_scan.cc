#include "log/segment_scan.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

namespace leat::log {
namespace {

// Fits the second-level cache, where the checksum then finds it.
constexpr std::size_t kWindow = 256 * 1024;
constexpr std::int64_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();
// Kafka's first message format, with neither key nor value.
constexpr std::int32_t kLeastOldLength = 14;

// The part of a file that is in the buffer.
class Window {
 public:
  Window(const io::File& file, std::int64_t file_size, std::vector<std::byte>& buffer, const ScanRules& rules)
      : file_(file), file_size_(file_size), buffer_(buffer), rules_(rules) {
    buffer_.resize(kWindow);
  }

  // The bytes from `position` on: at least `least` of them, at most a window's, unless the file ends before.
  absl::StatusOr<std::span<const std::byte>> At(std::int64_t position, std::size_t least) {
    if (!Has(position, least)) {
      if (absl::Status status = Fill(position); !status.ok()) return status;
    }
    return View(position);
  }

  bool Has(std::int64_t position, std::size_t least) const {
    const std::int64_t end = position_ + static_cast<std::int64_t>(size_);
    if (position < position_ || position > end) return false;
    return end - position >= static_cast<std::int64_t>(least) || end >= file_size_;
  }
  // Of what it has.
  std::span<const std::byte> View(std::int64_t position) const {
    const auto skipped = static_cast<std::size_t>(position - position_);
    return {buffer_.data() + skipped, size_ - skipped};
  }

  // CRC-32C of bytes that may be more than a window; they are below the file's end.
  absl::StatusOr<std::uint32_t> CrcOf(std::int64_t position, std::int64_t end) {
    std::uint32_t crc = 0;
    while (position < end) {
      const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(end - position, kWindow));
      absl::StatusOr<std::span<const std::byte>> bytes = At(position, wanted);
      if (!bytes.ok()) return bytes.status();
      const std::size_t size = std::min(bytes->size(), static_cast<std::size_t>(end - position));
      if (size == 0) break;  // the file became shorter
      crc = Crc32c(bytes->first(size), crc);
      position += static_cast<std::int64_t>(size);
    }
    return crc;
  }

  std::int64_t bytes_read() const { return bytes_read_; }

 private:
  absl::Status Fill(std::int64_t position) {
    position_ = position;
    size_ = 0;
    const std::int64_t left = std::max<std::int64_t>(file_size_ - position, 0);
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(left, kWindow));
    absl::StatusOr<std::size_t> size = file_.ReadAt(position, std::span(buffer_).first(wanted));
    if (!size.ok()) return size.status();
    size_ = *size;
    bytes_read_ += static_cast<std::int64_t>(size_);
    if (rules_.on_scanned) rules_.on_scanned(static_cast<std::int64_t>(size_));
    return absl::OkStatus();
  }

  const io::File& file_;
  const std::int64_t file_size_;
  std::vector<std::byte>& buffer_;
  const ScanRules& rules_;
  std::int64_t position_ = 0;
  std::size_t size_ = 0;
  std::int64_t bytes_read_ = 0;
};

// What a header must say besides length and magic. All of it but the count stands outside of the checksum.
struct Order {
  Offset base;      // of the segment
  Offset expected;  // offset
  LeaderEpoch epoch;
  bool allow_gaps;
  Offset gaps_to;

  bool MayHaveGap(Offset first, Offset next) const { return allow_gaps || (first < gaps_to && next <= gaps_to); }
  bool Follows(BatchView batch) const {
    return MayHaveGap(expected, batch.base_offset()) ? batch.base_offset() >= expected
                                                     : batch.base_offset() == expected;
  }
  bool CountIsRight(BatchView batch) const {
    const std::int64_t room = std::int64_t{batch.last_offset_delta()} + 1;
    const bool gaps = MayHaveGap(batch.base_offset(), batch.next_offset());
    return room >= 1 && batch.count() >= 0 && (gaps ? batch.count() <= room : batch.count() == room);
  }
  bool IsNear(BatchView batch) const { return batch.base_offset() - base <= kMaxInt32 - batch.last_offset_delta(); }
  // What Kafka converted from older formats has no epoch.
  bool EpochIsRight(BatchView batch) const {
    return batch.leader_epoch() >= epoch || (allow_gaps && batch.leader_epoch() == -1);
  }

  bool IsRight(BatchView batch) const {
    return Follows(batch) && CountIsRight(batch) && IsNear(batch) && EpochIsRight(batch);
  }
  std::string WhatIsWrong(BatchView batch) const {
    if (!Follows(batch)) return fmt::format("the batch there begins with offset {}", batch.base_offset());
    if (!CountIsRight(batch)) {
      return fmt::format("the batch there has {} records for {} offsets", batch.count(),
                         std::int64_t{batch.last_offset_delta()} + 1);
    }
    if (!IsNear(batch)) return fmt::format("offset {} is too far from the segment's first", batch.base_offset());
    return fmt::format("the batch there has leader epoch {} after {}", batch.leader_epoch(), epoch);
  }
};

const char* Describe(BatchVerdict verdict) {
  switch (verdict) {
    case BatchVerdict::kUnwritten:
      return "the beginning of a batch is missing there";
    case BatchVerdict::kTruncated:
      return "the batch there is cut off";
    case BatchVerdict::kBadLength:
      return "the batch there is shorter than its header";
    default:
      return "there is no batch";
  }
}

// One past the last byte that is not 0; 0 when all are.
std::size_t ContentEnd(std::span<const std::byte> bytes) {
  std::size_t end = bytes.size();
  for (std::uint64_t word = 0; end >= sizeof(word); end -= sizeof(word)) {
    std::memcpy(&word, bytes.data() + end - sizeof(word), sizeof(word));
    if (word != 0) break;
  }
  while (end > 0 && bytes[end - 1] == std::byte{0}) --end;
  return end;
}

// One walk.
class Walk {
 public:
  Walk(Window& window, Offset base, const ScanStart& start, const ScanRules& rules, std::int64_t file_size)
      : window_(window), base_(base), rules_(rules) {
    scan_.next_offset = start.offset;
    scan_.position = start.position;
    scan_.file_size = file_size;
    scan_.epoch = start.epoch;
  }

  // As far as whole batches are in the window, all is right, and nothing has to be read.
  void RunInWindow() {
    while (window_.Has(scan_.position, batch_layout::kHeaderSize)) {
      const std::span<const std::byte> bytes = window_.View(scan_.position);
      if (CheckBatchHeader(bytes) != BatchVerdict::kOk) return;
      const BatchView batch(bytes);
      if (!Order{base_, scan_.next_offset, scan_.epoch, rules_.allow_gaps, rules_.gaps_to}.IsRight(batch)) return;
      if (rules_.check_crc && batch.ComputeCrc() != batch.crc()) return;
      Add(batch);
    }
  }

  // One batch, whatever it takes; false when the walk is over.
  absl::StatusOr<bool> Next() {
    if (scan_.position >= scan_.file_size) return false;
    absl::StatusOr<std::span<const std::byte>> bytes = window_.At(scan_.position, batch_layout::kHeaderSize);
    if (!bytes.ok()) return bytes.status();
    BatchVerdict verdict = CheckBatchHeader(*bytes);
    if (verdict == BatchVerdict::kTruncated && bytes->size() >= batch_layout::kHeaderSize &&
        Size(*bytes) <= scan_.file_size - scan_.position) {
      verdict = BatchVerdict::kOk;  // of the window, not of the file
    }
    if (verdict != BatchVerdict::kOk) {
      scan_.old_format = verdict == BatchVerdict::kOldMagic && FitsOldFormat(*bytes);
      return Bad(Describe(verdict));
    }
    const BatchView batch(*bytes);
    const Order order{base_, scan_.next_offset, scan_.epoch, rules_.allow_gaps, rules_.gaps_to};
    if (!order.IsRight(batch)) return Bad(order.WhatIsWrong(batch));
    // Reading on may move the bytes under `batch`.
    std::byte header[batch_layout::kHeaderSize];
    std::memcpy(header, bytes->data(), sizeof(header));
    if (rules_.check_crc) {
      absl::StatusOr<bool> right = CrcIsRight(batch, bytes->size());
      if (!right.ok()) return right.status();
      if (!*right) return Bad("the checksum of the batch there is wrong");
    }
    Add(BatchView(header));
    return true;
  }

  SegmentScan& scan() { return scan_; }

 private:
  static std::int64_t Size(std::span<const std::byte> header) {
    return static_cast<std::int64_t>(BatchView(header).size_bytes());
  }

  bool FitsOldFormat(std::span<const std::byte> bytes) const {
    const auto length = static_cast<std::int32_t>(LoadBig32(bytes.data() + batch_layout::kLength));
    return length >= kLeastOldLength &&
           length <= scan_.file_size - scan_.position - static_cast<std::int64_t>(batch_layout::kLengthOverhead);
  }

  absl::StatusOr<bool> CrcIsRight(BatchView batch, std::size_t available) {
    if (batch.size_bytes() <= available) return batch.ComputeCrc() == batch.crc();
    const std::uint32_t crc = batch.crc();
    const std::int64_t end = scan_.position + static_cast<std::int64_t>(batch.size_bytes());
    absl::StatusOr<std::uint32_t> computed =
        window_.CrcOf(scan_.position + static_cast<std::int64_t>(batch_layout::kCrcBegin), end);
    if (!computed.ok()) return computed.status();
    return *computed == crc;
  }

  void Add(BatchView batch) {
    if (scan_.batches++ == 0) {
      scan_.first_timestamp = batch.has_delete_horizon() ? batch.max_timestamp() : batch.base_timestamp();
    }
    scan_.max_timestamp = std::max(scan_.max_timestamp, batch.max_timestamp());
    if (scan_.epochs.empty() || batch.leader_epoch() > scan_.epochs.back().epoch) {
      scan_.epochs.push_back({batch.leader_epoch(), batch.base_offset()});
    }
    scan_.epoch = std::max(scan_.epoch, batch.leader_epoch());
    scan_.last_batch_position = scan_.position;
    scan_.next_offset = batch.next_offset();
    scan_.position += static_cast<std::int64_t>(batch.size_bytes());
  }

  bool Bad(std::string what) {
    scan_.stop = SegmentScan::Stop::kBad;
    scan_.what = std::move(what);
    return false;
  }

  Window& window_;
  const Offset base_;
  const ScanRules& rules_;
  SegmentScan scan_;
};

}  // namespace

absl::StatusOr<SegmentScan> SegmentScanner::Scan(const io::File& file, Offset base, const ScanStart& start,
                                                 const ScanRules& rules) {
  absl::StatusOr<io::FileInfo> info = file.Info();
  if (!info.ok()) return info.status();
  Window window(file, info->size, buffer_, rules);
  Walk walk(window, base, start, rules, info->size);
  absl::Status status;
  for (bool more = true; more;) {
    walk.RunInWindow();
    absl::StatusOr<bool> next = walk.Next();
    status = next.status();
    more = next.ok() && *next;
  }
  SegmentScan scan = std::move(walk.scan());
  scan.bytes_read = window.bytes_read();
  scan.content_end = scan.position;
  if (status.ok() && scan.stop == SegmentScan::Stop::kBad) {
    absl::StatusOr<std::int64_t> end = FindContentEnd(file, scan.position, scan.file_size);
    status = end.status();
    if (end.ok()) scan.content_end = *end;
    if (scan.content_end == scan.position) scan.stop = SegmentScan::Stop::kUnwritten;
  }
  if (absl::IsDataLoss(status)) {
    scan.stop = SegmentScan::Stop::kUnreadable;
    scan.error = status;
    status = absl::OkStatus();
  }
  if (!status.ok()) return status;
  return scan;
}

absl::StatusOr<std::int64_t> SegmentScanner::FindContentEnd(const io::File& file, std::int64_t position,
                                                            std::int64_t file_size) {
  std::int64_t content_end = position;
  buffer_.resize(kWindow);
  while (position < file_size) {
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(file_size - position, kWindow));
    absl::StatusOr<std::size_t> size = file.ReadAt(position, std::span(buffer_).first(wanted));
    if (!size.ok()) return size.status();
    if (*size == 0) break;  // the file became shorter
    const std::size_t end = ContentEnd(std::span(buffer_).first(*size));
    if (end > 0) content_end = position + static_cast<std::int64_t>(end);
    position += static_cast<std::int64_t>(*size);
  }
  return content_end;
}

}  // namespace leat::log
