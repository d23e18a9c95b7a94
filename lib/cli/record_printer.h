// Prints the records that a person asked for, each as the person wants it.
#ifndef LEAT_CLI_RECORD_PRINTER_H_
#define LEAT_CLI_RECORD_PRINTER_H_

#include <leat/record.h>

#include <cstdint>
#include <vector>

#include "cli/output.h"
#include "cli/record_filter.h"
#include "cli/record_format.h"

namespace leat::cli {

class RecordPrinter {
 public:
  // `format` nullptr: as JSON.
  RecordPrinter(const RecordFormat* format, const std::vector<RecordFilter>& filters, Output& out)
      : format_(format), filters_(filters), out_(out) {}

  void Print(const ConsumerRecord& record);

  // How many passed the filters.
  std::int64_t printed() const { return printed_; }

 private:
  const RecordFormat* const format_;
  const std::vector<RecordFilter>& filters_;
  Output& out_;
  std::int64_t printed_ = 0;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_RECORD_PRINTER_H_
