#include "cli/codec_name.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

namespace leat::cli {
namespace {

constexpr std::string_view kNames[] = {"none", "gzip", "snappy", "lz4", "zstd"};

}  // namespace

std::string_view NameOfCodec(Compression codec) {
  const auto number = static_cast<std::size_t>(codec);
  return number < std::size(kNames) ? kNames[number] : "unknown";
}

absl::StatusOr<Compression> ParseCodec(std::string_view text) {
  for (std::size_t number = 0; number < std::size(kNames); ++number) {
    if (text == kNames[number]) return static_cast<Compression>(number);
  }
  return absl::InvalidArgumentError(fmt::format("a codec is none, gzip, snappy, lz4 or zstd, not '{}'", text));
}

}  // namespace leat::cli
