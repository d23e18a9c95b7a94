#include "log/compaction_mark.h"

#include <charconv>

#include "fmt/format.h"

namespace leat::log {
namespace {

constexpr std::int64_t kVersion = 0;

// Takes a line with a number off the front of `text`; false when there is none.
bool TakeLine(std::string_view& text, std::int64_t& number) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  const auto [read_to, error] = std::from_chars(text.data(), text.data() + end, number);
  if (error != std::errc() || read_to != text.data() + end) return false;
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace

absl::StatusOr<CompactionMark> ReadCompactionMark(io::FileSystem& files, const std::string& partition_folder) {
  const auto content = io::ReadWholeFile(files, io::JoinPath(partition_folder, kCompactionFileName));
  if (absl::IsNotFound(content.status())) return CompactionMark{};
  if (!content.ok()) return content.status();
  std::string_view text = *content;
  CompactionMark mark;
  std::int64_t version = -1;
  Offset keeps = -1;
  const bool whole = TakeLine(text, version) && version == kVersion && TakeLine(text, mark.clean_to) &&
                     TakeLine(text, mark.next_horizon) && TakeLine(text, keeps) && text.empty() && mark.clean_to >= 0;
  if (!whole) return CompactionMark{};
  if (keeps >= 0) mark.keeps_tombstones_from = keeps;
  return mark;
}

absl::StatusOr<bool> HasCompactionMark(io::FileSystem& files, const std::string& partition_folder) {
  const absl::Status looked = files.Info(io::JoinPath(partition_folder, kCompactionFileName)).status();
  if (looked.ok() || absl::IsNotFound(looked)) return looked.ok();
  return looked;
}

absl::Status WriteCompactionMark(io::FileSystem& files, const std::string& partition_folder,
                                 const CompactionMark& mark, const io::FileInfo& like, std::string_view unique) {
  return io::ReplaceFile(
      files, io::JoinPath(partition_folder, kCompactionFileName),
      fmt::format("{}\n{}\n{}\n{}\n", kVersion, mark.clean_to, mark.next_horizon,
                  mark.keeps_tombstones_from == CompactionMark::kNowhere ? Offset{-1} : mark.keeps_tombstones_from),
      unique, like);
}

}  // namespace leat::log
