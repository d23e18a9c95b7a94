#include "broker/broker_defaults.h"

#include <utility>

#include "io/file_system.h"

namespace leat::broker {
namespace {

absl::Status AddFile(io::FileSystem& files, const std::string& path, settings::Defaults& defaults) {
  const absl::StatusOr<std::string> text = io::ReadWholeFile(files, path);
  return text.ok() ? defaults.AddFile(*text, path) : text.status();
}

}  // namespace

absl::StatusOr<settings::Defaults> ReadDefaults(const std::string& folder, const std::string& properties_file,
                                                const Environment& environment) {
  settings::Defaults defaults;
  // Whether there is a folder at all, and whether it is one, is found out, and said, by who opens it.
  const absl::StatusOr<io::FileInfo> info = environment.files->Info(folder);
  if (info.ok() && info->is_directory) {
    const std::string path = io::JoinPath(folder, kPropertiesFile);
    if (auto s = AddFile(*environment.files, path, defaults); !s.ok() && !absl::IsNotFound(s)) return s;
  }
  if (!properties_file.empty()) {
    if (auto s = AddFile(*environment.files, properties_file, defaults); !s.ok()) return s;
  }
  if (auto s = defaults.AddVariables(environment.variables); !s.ok()) return s;
  return defaults;
}

}  // namespace leat::broker
