#include "broker/folder_meta.h"

#include <fmt/format.h>

#include "broker/checked_text.h"

namespace leat::broker {
namespace {

constexpr TextKind kFolderText{.title = "leat folder", .version = 1};
constexpr std::string_view kId = "id", kCompatible = "features.compatible",
                           kCompatibleForReading = "features.compatible.for.reading",
                           kIncompatible = "features.incompatible", kProducerIdBound = "producer.id.bound";

// None of either kind has been invented yet.
constexpr std::uint64_t kKnownForReading = 0;
constexpr std::uint64_t kKnownIncompatible = 0;

absl::Status CheckFeatures(const FolderMeta& meta, std::string_view path, bool read_only) {
  std::uint64_t unknown = meta.incompatible & ~kKnownIncompatible;
  if (!read_only) unknown |= meta.compatible_for_reading & ~kKnownForReading;
  if (unknown == 0) return absl::OkStatus();
  const bool may_read = (meta.incompatible & ~kKnownIncompatible) == 0;
  return absl::FailedPreconditionError(fmt::format(
      "{}: the folder uses features (bits {:#x}) that this library does not know: use the version of leat "
      "that wrote it{}",
      path, unknown, may_read ? ", or open it read-only" : ""));
}

}  // namespace

std::string FormatFolderMeta(const FolderMeta& meta) {
  CheckedText text;
  text.Set(kId, base::UuidToString(meta.id));
  text.Set(kCompatible, static_cast<std::int64_t>(meta.compatible));
  text.Set(kCompatibleForReading, static_cast<std::int64_t>(meta.compatible_for_reading));
  text.Set(kIncompatible, static_cast<std::int64_t>(meta.incompatible));
  text.Set(kProducerIdBound, meta.producer_id_bound);
  return text.Format(kFolderText);
}

absl::StatusOr<FolderMeta> ParseFolderMeta(std::string_view content, std::string_view path, bool read_only) {
  const absl::StatusOr<CheckedText> text = CheckedText::Parse(content, kFolderText, path);
  if (!text.ok()) return text.status();
  const absl::StatusOr<std::string> id = text->Text(kId);
  const absl::StatusOr<std::int64_t> compatible = text->Number(kCompatible);
  const absl::StatusOr<std::int64_t> for_reading = text->Number(kCompatibleForReading);
  const absl::StatusOr<std::int64_t> incompatible = text->Number(kIncompatible);
  const absl::StatusOr<std::int64_t> bound = text->Number(kProducerIdBound);
  for (const absl::Status& status :
       {id.status(), compatible.status(), for_reading.status(), incompatible.status(), bound.status()}) {
    if (!status.ok()) return status;
  }
  FolderMeta meta{.compatible = static_cast<std::uint64_t>(*compatible),
                  .compatible_for_reading = static_cast<std::uint64_t>(*for_reading),
                  .incompatible = static_cast<std::uint64_t>(*incompatible),
                  .producer_id_bound = *bound};
  if (!base::UuidFromString(*id, meta.id)) {
    return absl::DataLossError(fmt::format("{}: its id \"{}\" is not one, though its checksum is right", path, *id));
  }
  if (absl::Status status = CheckFeatures(meta, path, read_only); !status.ok()) return status;
  return meta;
}

absl::StatusOr<FolderMeta> ReadFolderMeta(io::FileSystem& files, std::string_view folder, bool read_only) {
  const std::string path = io::JoinPath(folder, kMetaFileName);
  const absl::StatusOr<std::string> content = io::ReadWholeFile(files, path);
  if (!content.ok()) return content.status();
  return ParseFolderMeta(*content, path, read_only);
}

absl::Status WriteFolderMeta(io::FileSystem& files, std::string_view folder, const FolderMeta& meta,
                             const io::FileInfo& like) {
  return io::ReplaceFile(files, io::JoinPath(folder, kMetaFileName), FormatFolderMeta(meta), "new", like);
}

}  // namespace leat::broker
