#include "cli/fake_lines.h"

namespace leat::cli {

std::optional<std::string_view> FakeLines::Next() {
  if (next_ == ends_.size()) return std::nullopt;
  const std::size_t begin = next_ == 0 ? 0 : ends_[next_ - 1];
  return std::string_view(text_).substr(begin, ends_[next_++] - begin);
}

absl::StatusOr<bool> FakeLines::Fill() {
  text_.clear();
  ends_.clear();
  next_ = 0;
  // A line may be empty.
  while (text_.size() + ends_.size() < enough_) {
    template_.Make(source_, text_);
    ends_.push_back(text_.size());
  }
  return true;
}

}  // namespace leat::cli
