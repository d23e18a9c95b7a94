// Which records a person wants to see: key==x, value*=y, header.trace!=z.
#ifndef LEAT_CLI_RECORD_FILTER_H_
#define LEAT_CLI_RECORD_FILTER_H_

#include <leat/record.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace leat::cli {

// WHAT is key, value or header.NAME (the last of that name); == is, != is not, ^= begins with, $= ends with,
// *= contains. What is null, or not there, is only ever !=.
class RecordFilter {
 public:
  static absl::StatusOr<RecordFilter> Parse(std::string_view text);

  bool Lets(const ConsumerRecord& record) const;

 private:
  enum class What : std::uint8_t { kKey, kValue, kHeader };
  enum class How : std::uint8_t { kIs, kIsNot, kBegins, kEnds, kContains };

  What what_ = What::kKey;
  How how_ = How::kIs;
  std::string header_;
  std::string text_;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_RECORD_FILTER_H_
