#include "cli/line_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace leat::cli {

std::optional<std::string_view> LineReader::Next() {
  const char* const from = buffer_.data() + searched_;
  const auto* newline = static_cast<const char*>(std::memchr(from, '\n', end_ - searched_));
  if (newline == nullptr) {
    searched_ = end_;
    if (!ended_ || begin_ == end_) return std::nullopt;
    const std::string_view last(buffer_.data() + begin_, end_ - begin_);
    begin_ = end_;
    return last;
  }
  const std::string_view line(buffer_.data() + begin_, newline);
  begin_ = searched_ = static_cast<std::size_t>(newline + 1 - buffer_.data());
  return line;
}

absl::StatusOr<bool> LineReader::Fill() {
  if (ended_ || !stop_.Readable(descriptor_)) return false;
  const std::size_t left = end_ - begin_;
  if (left > longest_) return absl::OutOfRangeError(fmt::format("is longer than {} bytes", longest_));
  std::memmove(buffer_.data(), buffer_.data() + begin_, left);
  searched_ -= begin_;
  begin_ = 0;
  end_ = left;
  if (buffer_.size() - end_ < kPiece / 2) buffer_.resize(2 * buffer_.size());
  ssize_t got;
  do {
    got = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return absl::UnknownError(fmt::format("standard input: {}", std::strerror(errno)));
  end_ += static_cast<std::size_t>(got);
  ended_ = got == 0;
  return begin_ != end_ || !ended_;
}

}  // namespace leat::cli
