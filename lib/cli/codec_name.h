// The codecs of batches by the names that Kafka's compression.type has for them.
#ifndef LEAT_CLI_CODEC_NAME_H_
#define LEAT_CLI_CODEC_NAME_H_

#include <leat/types.h>

#include <string_view>

#include "absl/status/statusor.h"

namespace leat::cli {

inline constexpr std::string_view kCodecNames = "none|gzip|snappy|lz4|zstd";

// Bytes may hold numbers that no codec has.
std::string_view NameOfCodec(Compression codec);

absl::StatusOr<Compression> ParseCodec(std::string_view text);

}  // namespace leat::cli

#endif  // LEAT_CLI_CODEC_NAME_H_
