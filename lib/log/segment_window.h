// A segment's file, looked at through a buffer that grows with the largest batch: read(2) tells of a bad sector, and of
// a file that others cut, what a mapping would make a signal.
#ifndef LEAT_LOG_SEGMENT_WINDOW_H_
#define LEAT_LOG_SEGMENT_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "io/file_system.h"

namespace leat::log {

class SegmentWindow {
 public:
  // Of the first `size` bytes of `file`. `on_read` hears how many bytes were read.
  SegmentWindow(const io::File& file, std::int64_t size, const std::function<void(std::int64_t)>& on_read)
      : file_(file), size_(size), on_read_(on_read) {}

  std::int64_t size() const { return size_; }

  // The bytes from `position` on: at least `least`, unless the file ends before. Good until the next call.
  absl::StatusOr<std::span<const std::byte>> At(std::int64_t position, std::size_t least);

  // The same, for a batch: its header, and if that tells a length that the file has room for, all of it.
  absl::StatusOr<std::span<const std::byte>> BatchAt(std::int64_t position);

 private:
  const io::File& file_;
  const std::int64_t size_;
  const std::function<void(std::int64_t)>& on_read_;
  std::vector<std::byte> buffer_;
  std::int64_t begin_ = 0;
  std::int64_t read_to_ = 0;
};

}  // namespace leat::log

#endif  // LEAT_LOG_SEGMENT_WINDOW_H_
