#include "broker/folder_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "broker/broker_defaults.h"
#include "broker/reserve.h"
#include "broker/topic_name.h"

namespace leat::broker {
namespace {

constexpr std::array<std::string_view, 8> kOurs = {"LOCK",   "control", "control.tmp",   "topics",
                                                   "groups", "salvage", kPropertiesFile, kReserveFileName};
constexpr std::array<std::string_view, 4> kKafkas = {"meta.properties", ".lock", ".kafka_cleanshutdown",
                                                     "bootstrap.checkpoint"};
// Where a file system's root is the folder.
constexpr std::string_view kLostAndFound = "lost+found";

bool IsKafkas(std::string_view name) {
  return std::find(kKafkas.begin(), kKafkas.end(), name) != kKafkas.end() || name.ends_with("-offset-checkpoint") ||
         name.ends_with("-delete") || name.ends_with("-future") || name.ends_with("-stray");
}

bool IsExpected(std::string_view name) {
  return std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end() || name.starts_with("leat.meta") ||
         name == kLostAndFound || IsKafkas(name) || ParsePartitionFolderName(name).has_value();
}

}  // namespace

absl::Status CheckMayBecomeLeats(io::FileSystem& files, const std::string& folder) {
  absl::StatusOr<std::vector<std::string>> names = files.List(folder);
  if (!names.ok()) return names.status();
  std::sort(names->begin(), names->end());
  const auto foreign = std::find_if_not(names->begin(), names->end(), IsExpected);
  if (foreign == names->end()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("{}: is not a leat folder (no leat.meta), and not empty: it has \"{}\"; give a new or empty folder",
                  folder, *foreign));
}

}  // namespace leat::broker
