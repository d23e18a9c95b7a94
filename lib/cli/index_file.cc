#include "cli/index_file.h"

#include <fmt/format.h>
#include <leat/encoding.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>

#include "cli/number.h"

namespace leat::cli {
namespace {

// The file, cut behind the last entry that is not zeros.
absl::StatusOr<std::vector<char>> ReadEntries(const std::string& path, std::size_t entry_size) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: {}", path, std::strerror(errno)));
  std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) return absl::UnknownError(fmt::format("{}: cannot be read", path));
  const std::size_t whole = bytes.size() / entry_size * entry_size;
  if (whole != bytes.size()) {
    return absl::DataLossError(
        fmt::format("{}: {} bytes, which are no whole number of entries of {}", path, bytes.size(), entry_size));
  }
  std::size_t end = bytes.size();
  while (end > 0 && bytes[end - 1] == 0) --end;
  bytes.resize((end + entry_size - 1) / entry_size * entry_size);
  return bytes;
}

const std::byte* At(const std::vector<char>& bytes, std::size_t position) {
  return reinterpret_cast<const std::byte*>(bytes.data()) + position;
}

}  // namespace

std::optional<Offset> BaseOffsetOf(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::string_view stem = name.substr(0, name.find('.'));
  if (stem.size() != 20) return std::nullopt;
  const auto base = ParseNumber<Offset>(stem);
  return base.has_value() && *base >= 0 ? base : std::nullopt;
}

absl::StatusOr<std::vector<OffsetEntry>> ReadOffsetIndex(const std::string& path) {
  constexpr std::size_t kSize = 8;
  const auto bytes = ReadEntries(path, kSize);
  if (!bytes.ok()) return bytes.status();
  const Offset base = BaseOffsetOf(path).value_or(0);
  std::vector<OffsetEntry> entries;
  for (std::size_t at = 0; at < bytes->size(); at += kSize) {
    entries.push_back({.offset = base + LoadBig32(At(*bytes, at)), .position = LoadBig32(At(*bytes, at + 4))});
  }
  return entries;
}

absl::StatusOr<std::vector<TimeEntry>> ReadTimeIndex(const std::string& path) {
  constexpr std::size_t kSize = 12;
  const auto bytes = ReadEntries(path, kSize);
  if (!bytes.ok()) return bytes.status();
  const Offset base = BaseOffsetOf(path).value_or(0);
  std::vector<TimeEntry> entries;
  for (std::size_t at = 0; at < bytes->size(); at += kSize) {
    entries.push_back({.timestamp = static_cast<std::int64_t>(LoadBig64(At(*bytes, at))),
                       .offset = base + LoadBig32(At(*bytes, at + 8))});
  }
  return entries;
}

}  // namespace leat::cli
