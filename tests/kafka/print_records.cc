// Prints a partition's records as Kafka's console consumer does when it is asked for timestamp, offset, headers and key,
// with "<null>" for what is null.
//
//   print_records FOLDER TOPIC PARTITION
#include <fmt/format.h>
#include <leat/leat.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/must.h"

namespace {

using leat::testing::Must;

std::string Text(leat::BytesView bytes) { return bytes.is_null() ? "<null>" : std::string(bytes); }

std::string Line(const leat::ConsumerRecord& record) {
  std::string headers;
  for (const auto& [name, value] : record.headers()) {
    headers += fmt::format("{}{}:{}", headers.empty() ? "" : ",", name, Text(value));
  }
  return fmt::format("{}:{}\tOffset:{}\t{}\t{}\t{}\n",
                     record.timestamp_type() == leat::TimestampType::kCreateTime ? "CreateTime" : "LogAppendTime",
                     record.timestamp().time_since_epoch().count(), record.offset(),
                     headers.empty() ? "NO_HEADERS" : headers, Text(record.key()), Text(record.value()));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    fmt::print(stderr, "usage: print_records FOLDER TOPIC PARTITION\n");
    return 2;
  }
  auto broker = Must(leat::Broker::Open(arguments[1]));
  auto partition = Must(Must(broker.FindTopic(arguments[2])).partition(std::atoi(arguments[3])));
  leat::Offset next = Must(partition.log_start());
  const leat::Offset end = Must(partition.high_watermark());
  while (next < end) {
    const leat::ConsumerRecords records = partition.Read(next);
    Must(records.status());
    leat::Offset last = next - 1;
    for (const leat::ConsumerRecord& record : records) {
      const std::string line = Line(record);
      std::fwrite(line.data(), 1, line.size(), stdout);
      last = record.offset();
    }
    if (last < next) break;  // what is left holds no records
    next = last + 1;
  }
  Must(broker.Close());
}
