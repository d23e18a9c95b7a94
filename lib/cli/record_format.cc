#include "cli/record_format.h"

#include <fmt/format.h>
#include <leat/encoding.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cli/text_escapes.h"

namespace leat::cli {
namespace {

std::int64_t SizeOf(BytesView bytes) { return bytes.is_null() ? -1 : static_cast<std::int64_t>(bytes.size()); }

void PrintNumber(std::int64_t number, Output& out) {
  const fmt::format_int text(number);
  out.Write({text.data(), text.size()});
}

void PrintHeaders(const ConsumerRecord& record, Output& out) {
  std::string_view between;
  for (const Header& header : record.headers()) {
    out.Write(between);
    out.Write(header.key);
    out.Write("=");
    out.Write(header.value.is_null() ? "NULL" : header.value.as_string_view());
    between = ",";
  }
}

void PrintBinarySize(BytesView value, Output& out) {
  std::array<std::byte, 4> bytes;
  StoreBig32(bytes.data(), static_cast<std::uint32_t>(SizeOf(value)));
  out.Write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

absl::StatusOr<RecordFormat> RecordFormat::Parse(std::string_view text) {
  RecordFormat format;
  std::string plain;
  for (std::string_view left = text; !left.empty();) {
    const char next = left.front();
    left.remove_prefix(1);
    if (next == '\\') {
      const auto byte = TakeEscape(&left);
      if (!byte.has_value()) {
        return absl::InvalidArgumentError(
            fmt::format("'{}': behind a backslash stands n, t, r, 0, xHH or another backslash", text));
      }
      plain += *byte;
    } else if (next != '%') {
      plain += next;
    } else if (left.starts_with('%')) {
      left.remove_prefix(1);
      plain += '%';
    } else {
      constexpr std::string_view kLetters = "tpoksSKThR";
      if (left.empty() || kLetters.find(left.front()) == kLetters.npos) {
        return absl::InvalidArgumentError(
            fmt::format("'{}': behind a percent sign stands one of t p o k s S K T h R or %", text));
      }
      format.pieces_.push_back({std::move(plain), left.front()});
      plain.clear();
      left.remove_prefix(1);
    }
  }
  if (!plain.empty()) format.pieces_.push_back({std::move(plain), 0});
  return format;
}

RecordFormat RecordFormat::WithKey(std::string separator) {
  RecordFormat format;
  format.pieces_ = {{"", 'k'}, {std::move(separator), 's'}, {"\n", 0}};
  return format;
}

void RecordFormat::Print(const ConsumerRecord& record, Output& out) const {
  for (const Piece& piece : pieces_) {
    out.Write(piece.text);
    switch (piece.letter) {
      case 't':
        out.Write(record.topic());
        break;
      case 'p':
        PrintNumber(record.partition(), out);
        break;
      case 'o':
        PrintNumber(record.offset(), out);
        break;
      case 'k':
        out.Write(record.key().as_string_view());
        break;
      case 's':
        out.Write(record.value().as_string_view());
        break;
      case 'S':
        PrintNumber(SizeOf(record.value()), out);
        break;
      case 'K':
        PrintNumber(SizeOf(record.key()), out);
        break;
      case 'T':
        PrintNumber(record.timestamp().time_since_epoch().count(), out);
        break;
      case 'h':
        PrintHeaders(record, out);
        break;
      case 'R':
        PrintBinarySize(record.value(), out);
        break;
      default:
        break;
    }
  }
}

}  // namespace leat::cli
