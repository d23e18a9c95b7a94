// The form of the broker's own small files: text that a person can read, with a version on top and a checksum below.
//
//     leat topic, format 1
//     name=registered_user
//     ...
//     crc32c=1a2b3c4d            of all bytes before this line
#ifndef LEAT_BROKER_CHECKED_TEXT_H_
#define LEAT_BROKER_CHECKED_TEXT_H_

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat::broker {

// What kind of file it is, and the version of it that this library writes and reads.
struct TextKind {
  std::string_view title;  // "leat topic"
  int version;
};

class CheckedText {
 public:
  CheckedText() = default;

  // `path` is for messages. kFailedPrecondition, saying which, for another version; kDataLoss for what is not whole.
  static absl::StatusOr<CheckedText> Parse(std::string_view text, const TextKind& kind, std::string_view path);
  std::string Format(const TextKind& kind) const;

  void Set(std::string_view key, std::string_view value) { fields_.emplace_back(key, value); }
  void Set(std::string_view key, std::int64_t value) { Set(key, std::to_string(value)); }

  // kDataLoss when the key is not there, or its value not what was asked for.
  absl::StatusOr<std::string> Text(std::string_view key) const;
  absl::StatusOr<std::int64_t> Number(std::string_view key) const;
  // `absent` when the key is not there.
  absl::StatusOr<std::int64_t> NumberOr(std::string_view key, std::int64_t absent) const;
  bool Has(std::string_view key) const;

  // kFailedPrecondition when there is a key that is not in `known`: a later version wrote it.
  absl::Status CheckKeys(const std::vector<std::string_view>& known) const;

 private:
  std::string path_;
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_CHECKED_TEXT_H_
