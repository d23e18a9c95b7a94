#include "broker/open_local.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "broker/broker_defaults.h"
#include "broker/topic_config.h"
#include "settings/table.h"

namespace leat::broker {
namespace {

// The name of the folder that there is not, in messages.
constexpr const char* kMemoryFolder = "/memory";

// Four of the smallest segments: one that is read, one that is written, one prepared, one to drop.
constexpr std::int64_t kSizeLimitMin = 4 * kSegmentBytesMin;

absl::StatusOr<std::shared_ptr<LocalBackend>> Open(std::string path, FolderOptions options, Environment environment) {
  absl::StatusOr<std::shared_ptr<Folder>> folder =
      Folder::Open(std::move(path), std::move(options), std::move(environment));
  if (!folder.ok()) return folder.status();
  return std::make_shared<LocalBackend>(*std::move(folder));
}

}  // namespace

absl::StatusOr<std::shared_ptr<LocalBackend>> OpenLocal(std::string folder, BrokerOptions options,
                                                        Environment environment,
                                                        std::function<absl::Status(Folder& folder)> settle_others) {
  absl::StatusOr<settings::Defaults> defaults = ReadDefaults(folder, options.properties_file, environment);
  if (!defaults.ok()) return defaults.status();
  defaults->Apply(options);
  if (absl::Status status = settings::CheckRanges(options); !status.ok()) return status;
  FolderOptions folder_options{
      .broker = std::move(options), .settle_others = std::move(settle_others), .defaults = *std::move(defaults)};
  return Open(std::move(folder), std::move(folder_options), std::move(environment));
}

absl::StatusOr<std::shared_ptr<LocalBackend>> OpenInMemory(InMemoryOptions options, Environment environment) {
  BrokerOptions broker{.max_block = options.max_block, .metrics = options.metrics};
  if (absl::Status status = settings::CheckRanges(broker); !status.ok()) return status;
  if (options.size_limit != 0 && options.size_limit < kSizeLimitMin) {
    return absl::InvalidArgumentError(fmt::format("size_limit is {}; it can be 0 (without limit) or {} and more",
                                                  options.size_limit, kSizeLimitMin));
  }
  return Open(kMemoryFolder, {.broker = std::move(broker), .size_limit = options.size_limit}, std::move(environment));
}

absl::Status CheckHeaders(HeaderVersion headers) {
  constexpr HeaderVersion kLibrary;
  if (headers.major == kLibrary.major && headers.minor <= kLibrary.minor) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format(
      "this program was compiled with the headers of leat {}.{}, and runs with the library of {}.{}: compile "
      "it anew, or install the library it was made for",
      headers.major, headers.minor, kLibrary.major, kLibrary.minor));
}

}  // namespace leat::broker
