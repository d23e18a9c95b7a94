#include "broker/checked_text.h"

#include <fmt/format.h>

#include <leat/batch.h>
#include <algorithm>
#include <optional>

namespace leat::broker {
namespace {

constexpr std::string_view kCrcKey = "crc32c=";
constexpr std::string_view kFormatWord = ", format ";

std::string CrcLine(std::string_view before) {
  return fmt::format("{}{:08x}\n", kCrcKey, Crc32c(std::as_bytes(std::span(before.data(), before.size()))));
}

template <typename T>
std::optional<T> ToNumber(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

absl::Status Damaged(std::string_view path, std::string_view what) {
  return absl::DataLossError(fmt::format(
      "{}: {}; it is damaged: restore it from a copy of the folder, or remove it if nothing of it is needed", path,
      what));
}

// Looked at before the checksum, whose place another version may have moved.
absl::Status CheckTitle(std::string_view first_line, const TextKind& kind, std::string_view path) {
  const std::size_t at = first_line.find(kFormatWord);
  if (at == std::string_view::npos || first_line.substr(0, at) != kind.title) {
    return Damaged(path, fmt::format("its first line is not \"{}{}{}\"", kind.title, kFormatWord, kind.version));
  }
  const std::optional<int> version = ToNumber<int>(first_line.substr(at + kFormatWord.size()));
  if (!version.has_value()) return Damaged(path, "its format version is not a number");
  if (*version == kind.version) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format(
      "{}: is of format version {}, and this library reads version {}: use the version of leat that wrote it", path,
      *version, kind.version));
}

}  // namespace

absl::StatusOr<CheckedText> CheckedText::Parse(std::string_view text, const TextKind& kind, std::string_view path) {
  const std::size_t first_end = text.find('\n');
  if (first_end == std::string_view::npos) return Damaged(path, "it has no whole line");
  if (absl::Status status = CheckTitle(text.substr(0, first_end), kind, path); !status.ok()) return status;

  const std::size_t crc_at = text.rfind(kCrcKey);
  if (crc_at == std::string_view::npos || text.substr(crc_at) != CrcLine(text.substr(0, crc_at))) {
    return Damaged(path, "its checksum is wrong");
  }
  CheckedText parsed;
  parsed.path_ = std::string(path);
  std::string_view rest = text.substr(first_end + 1, crc_at - first_end - 1);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return Damaged(path, fmt::format("its line \"{}\" has no '='", line));
    parsed.Set(line.substr(0, equals), line.substr(equals + 1));
  }
  return parsed;
}

std::string CheckedText::Format(const TextKind& kind) const {
  std::string text = fmt::format("{}{}{}\n", kind.title, kFormatWord, kind.version);
  for (const auto& [key, value] : fields_) text += fmt::format("{}={}\n", key, value);
  return text + CrcLine(text);
}

absl::StatusOr<std::string> CheckedText::Text(std::string_view key) const {
  const auto found =
      std::find_if(fields_.begin(), fields_.end(), [&](const auto& field) { return field.first == key; });
  if (found == fields_.end()) return Damaged(path_, fmt::format("it has no \"{}\"", key));
  return found->second;
}

absl::StatusOr<std::int64_t> CheckedText::Number(std::string_view key) const {
  absl::StatusOr<std::string> text = Text(key);
  if (!text.ok()) return text.status();
  const std::optional<std::int64_t> value = ToNumber<std::int64_t>(*text);
  if (!value.has_value()) return Damaged(path_, fmt::format("its \"{}\" is not a number but \"{}\"", key, *text));
  return *value;
}

absl::StatusOr<std::int64_t> CheckedText::NumberOr(std::string_view key, std::int64_t absent) const {
  return Has(key) ? Number(key) : absent;
}

bool CheckedText::Has(std::string_view key) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](const auto& field) { return field.first == key; });
}

absl::Status CheckedText::CheckKeys(const std::vector<std::string_view>& known) const {
  for (const auto& field : fields_) {
    if (std::find(known.begin(), known.end(), field.first) != known.end()) continue;
    return absl::FailedPreconditionError(
        fmt::format("{}: has a setting \"{}\" that this library does not know: use the version of leat that wrote it",
                    path_, field.first));
  }
  return absl::OkStatus();
}

}  // namespace leat::broker
