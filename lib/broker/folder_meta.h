// The file leat.meta: that a folder is leat's, which one, and who may touch it.
#ifndef LEAT_BROKER_FOLDER_META_H_
#define LEAT_BROKER_FOLDER_META_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random.h"
#include "io/file_system.h"

namespace leat::broker {

inline constexpr std::string_view kMetaFileName = "leat.meta";

// Three sets of features that a folder uses. A library that does not know one of the first kind may ignore it; of the
// second kind, may still read; of the third, must leave the folder alone.
struct FolderMeta {
  base::Uuid id{};
  std::uint64_t compatible = 0;
  std::uint64_t compatible_for_reading = 0;
  std::uint64_t incompatible = 0;
  std::int64_t producer_id_bound = 0;  // all producer ids handed out are below it

  friend bool operator==(const FolderMeta&, const FolderMeta&) = default;
};

std::string FormatFolderMeta(const FolderMeta& meta);
// `path` is for messages. kFailedPrecondition: another format version, or a feature that this library must know
// (which); kDataLoss: damaged.
absl::StatusOr<FolderMeta> ParseFolderMeta(std::string_view text, std::string_view path, bool read_only);

// kNotFound when it is not there.
absl::StatusOr<FolderMeta> ReadFolderMeta(io::FileSystem& files, std::string_view folder, bool read_only);
absl::Status WriteFolderMeta(io::FileSystem& files, std::string_view folder, const FolderMeta& meta,
                             const io::FileInfo& like);

}  // namespace leat::broker

#endif  // LEAT_BROKER_FOLDER_META_H_
