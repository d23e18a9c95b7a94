// Appending and reading back whole logs, for tests.
#ifndef LEAT_TESTS_SUPPORT_LOG_READING_H_
#define LEAT_TESTS_SUPPORT_LOG_READING_H_

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <leat/batch.h>
#include "log/cursor.h"
#include "log/log.h"

namespace leat::testing {

// A sealed batch of these values, with the timestamps first_timestamp, +1, ...
class SealedBatch {
 public:
  explicit SealedBatch(const std::vector<std::string>& values, std::int64_t first_timestamp = 1000) {
    for (const auto& value : values) {
      if (!builder_.Append(nullptr, value, {}, first_timestamp++)) throw std::runtime_error("too large");
    }
    bytes_ = builder_.Seal({});
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  BatchBuilder builder_;
  std::span<std::byte> bytes_;
};

inline absl::StatusOr<log::Log::Appended> AppendOne(log::Log& log, const std::string& value,
                                                    std::int64_t timestamp = 1000) {
  return log.Append(SealedBatch({value}, timestamp).bytes());
}

// The values from `from` to the high watermark; the first error if there is one. Checks that offsets have no gap.
inline absl::StatusOr<std::vector<std::string>> ReadAll(const std::shared_ptr<log::Log>& log, Offset from = 0,
                                                        std::size_t max_bytes = 1 << 16) {
  std::vector<std::string> values;
  log::Cursor cursor(log, from);
  Offset expected = from;
  for (;;) {
    auto fetched = cursor.Fetch(max_bytes);
    if (!fetched.ok()) return fetched.status();
    if (fetched->bytes.empty()) return values;
    for (auto rest = fetched->bytes; !rest.empty(); rest = rest.subspan(BatchView(rest).size_bytes())) {
      const BatchView batch(rest);
      for (RecordReader reader(batch); reader.Next();) {
        const Offset offset = batch.base_offset() + reader.record().offset_delta;
        if (offset < from) continue;
        if (offset != expected++) return absl::InternalError("a gap before offset " + std::to_string(offset));
        values.emplace_back(reader.record().value.as_string_view());
      }
    }
  }
}

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_LOG_READING_H_
