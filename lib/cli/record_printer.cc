#include "cli/record_printer.h"

#include "cli/record_json.h"

namespace leat::cli {

void RecordPrinter::Print(const ConsumerRecord& record) {
  for (const RecordFilter& filter : filters_) {
    if (!filter.Lets(record)) return;
  }
  if (format_ != nullptr) {
    format_->Print(record, out_);
  } else {
    out_.Line(JsonOf(record));
  }
  ++printed_;
}

}  // namespace leat::cli
