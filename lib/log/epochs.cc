#include "log/epochs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace leat::log {
namespace {

// Takes the text's first line off it.
std::string_view NextLine(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<EpochStart> ParseEntry(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::optional<LeaderEpoch> epoch = ParseNumber<LeaderEpoch>(line.substr(0, space));
  const std::optional<Offset> start = ParseNumber<Offset>(line.substr(space + 1));
  if (!epoch.has_value() || !start.has_value() || *epoch < 0 || *start < 0) return std::nullopt;
  return EpochStart{*epoch, *start};
}

absl::Status Bad(std::string_view path, std::size_t line, std::string_view what) {
  return absl::DataLossError(fmt::format(
      "{}: line {}: {}; the records are not touched by that: remove the file, and it will be made anew from them",
      path, line, what));
}

}  // namespace

absl::StatusOr<Epochs> Epochs::Parse(std::string_view text, std::string_view path) {
  if (NextLine(text) != "0") return Bad(path, 1, "the version is not 0");
  const std::optional<std::size_t> count = ParseNumber<std::size_t>(NextLine(text));
  if (!count.has_value()) return Bad(path, 2, "there is no number of entries");
  Epochs epochs;
  std::size_t line = 3;
  for (; !text.empty(); ++line) {
    const std::optional<EpochStart> entry = ParseEntry(NextLine(text));
    if (!entry.has_value()) return Bad(path, line, "it is not an epoch and an offset");
    if (!epochs.entries_.empty() &&
        (entry->epoch <= epochs.latest() || entry->start <= epochs.entries_.back().start)) {
      return Bad(path, line, "it is not greater than the one before it");
    }
    epochs.entries_.push_back(*entry);
  }
  if (epochs.entries_.size() != *count) {
    return Bad(path, line, fmt::format("{} entries were announced, {} are there", *count, epochs.entries_.size()));
  }
  return epochs;
}

std::string Epochs::Format() const {
  std::string text = fmt::format("0\n{}\n", entries_.size());
  for (const EpochStart& entry : entries_) text += fmt::format("{} {}\n", entry.epoch, entry.start);
  return text;
}

LeaderEpoch Epochs::At(Offset offset) const {
  const auto after = std::upper_bound(entries_.begin(), entries_.end(), offset,
                                      [](Offset value, const EpochStart& entry) { return value < entry.start; });
  return after == entries_.begin() ? -1 : std::prev(after)->epoch;
}

void Epochs::Append(LeaderEpoch epoch, Offset start) {
  while (!entries_.empty() && (entries_.back().epoch >= epoch || entries_.back().start >= start)) {
    entries_.pop_back();
  }
  entries_.push_back({epoch, start});
}

void Epochs::TruncateFromEnd(Offset end) {
  while (!entries_.empty() && entries_.back().start >= end) entries_.pop_back();
}

void Epochs::TruncateFromStart(Offset start) {
  const auto after = std::upper_bound(entries_.begin(), entries_.end(), start,
                                      [](Offset value, const EpochStart& entry) { return value < entry.start; });
  if (after == entries_.begin()) return;
  entries_.erase(entries_.begin(), std::prev(after));
  entries_.front().start = start;
}

absl::StatusOr<Epochs> ReadEpochs(io::FileSystem& files, const std::string& partition_folder) {
  const std::string path = io::JoinPath(partition_folder, kEpochsFileName);
  absl::StatusOr<std::string> text = io::ReadWholeFile(files, path);
  if (!text.ok()) return text.status();
  return Epochs::Parse(*text, path);
}

absl::Status WriteEpochs(io::FileSystem& files, const std::string& partition_folder, const Epochs& epochs,
                         const io::FileInfo& like) {
  return io::ReplaceFile(files, io::JoinPath(partition_folder, kEpochsFileName), epochs.Format(), "new", like);
}

}  // namespace leat::log
