#include "cli/record_filter.h"

#include <fmt/format.h>

#include <utility>

namespace leat::cli {

absl::StatusOr<RecordFilter> RecordFilter::Parse(std::string_view text) {
  constexpr std::pair<char, How> kHows[] = {
      {'=', How::kIs}, {'!', How::kIsNot}, {'^', How::kBegins}, {'$', How::kEnds}, {'*', How::kContains}};
  const absl::Status wrong = absl::InvalidArgumentError(
      fmt::format("a filter is key, value or header.NAME, then == != ^= $= or *=, then text; not '{}'", text));
  // The first = that has one of those in front of it.
  const std::size_t name_end = text.find_first_of("=!^$*");
  if (name_end == text.npos || name_end + 1 >= text.size() || text[name_end + 1] != '=') return wrong;
  RecordFilter filter;
  for (const auto& [sign, how] : kHows) {
    if (text[name_end] == sign) filter.how_ = how;
  }
  constexpr std::string_view kHeader = "header.";
  const std::string_view name = text.substr(0, name_end);
  if (name == "value") {
    filter.what_ = What::kValue;
  } else if (name.starts_with(kHeader)) {
    filter.what_ = What::kHeader;
    filter.header_ = name.substr(kHeader.size());
  } else if (name != "key") {
    return wrong;
  }
  filter.text_ = text.substr(name_end + 2);
  return filter;
}

bool RecordFilter::Lets(const ConsumerRecord& record) const {
  BytesView found;
  if (what_ == What::kKey) found = record.key();
  if (what_ == What::kValue) found = record.value();
  if (what_ == What::kHeader) found = record.headers().Find(header_).value_or(BytesView());
  if (found.is_null()) return how_ == How::kIsNot;
  const std::string_view bytes = found.as_string_view();
  switch (how_) {
    case How::kIs:
      return bytes == text_;
    case How::kIsNot:
      return bytes != text_;
    case How::kBegins:
      return bytes.starts_with(text_);
    case How::kEnds:
      return bytes.ends_with(text_);
    case How::kContains:
      break;
  }
  return bytes.find(text_) != bytes.npos;
}

}  // namespace leat::cli
