// How a record is printed: kcat's letters.
#ifndef LEAT_CLI_RECORD_FORMAT_H_
#define LEAT_CLI_RECORD_FORMAT_H_

#include <leat/record.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/output.h"

namespace leat::cli {

// %t topic, %p partition, %o offset, %T timestamp in ms since 1970, %k key, %K its size, %s value, %S its size (-1:
// null), %h headers (a=1,b=2), %R the value's size as four bytes, big-endian, %% a percent sign; \n, \t, \xHH.
class RecordFormat {
 public:
  static absl::StatusOr<RecordFormat> Parse(std::string_view text);

  // Key, separator, value, newline.
  static RecordFormat WithKey(std::string separator);

  void Print(const ConsumerRecord& record, Output& out) const;

 private:
  struct Piece {
    std::string text;  // as it stands,
    char letter = 0;   // then this of the record; 0: nothing
  };

  std::vector<Piece> pieces_;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_RECORD_FORMAT_H_
