// Logs of records with keys, and what is left of them when they are compacted.
#ifndef LEAT_TESTS_SUPPORT_KEYED_LOG_H_
#define LEAT_TESTS_SUPPORT_KEYED_LOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <leat/batch.h>
#include "log/cursor.h"
#include "log/log.h"
#include "record/compress.h"
#include "record/thin_out.h"
#include "support/shared_folder.h"

namespace leat::testing {

// nullopt is null.
using Nullable = std::optional<std::string>;

struct KeyedRecord {
  Offset offset = 0;
  Nullable key = {};
  Nullable value = {};
  std::int64_t timestamp = 0;

  friend bool operator==(const KeyedRecord&, const KeyedRecord&) = default;
};
using KeyedRecords = std::vector<KeyedRecord>;

inline BytesView ViewOf(const Nullable& text) { return text.has_value() ? BytesView(*text) : BytesView(); }
inline Nullable TextOf(BytesView bytes) {
  return bytes.is_null() ? std::nullopt : Nullable(std::string(bytes.as_string_view()));
}

// Appends one batch of these; returns them with their offsets.
inline KeyedRecords AppendKeyed(log::Log& log, KeyedRecords records, Codec codec = Codec::kNone,
                                const BatchAttributes& attributes = {}) {
  BatchBuilder builder;
  for (const KeyedRecord& record : records) {
    if (!builder.Append(ViewOf(record.key), ViewOf(record.value), {}, record.timestamp)) {
      throw std::runtime_error("too large");
    }
  }
  std::span<const std::byte> batch = builder.Seal(attributes);
  record::ByteBuffer compressed;
  if (codec != Codec::kNone) batch = record::CompressBatch(batch, codec, record::CodecLevels{}.Of(codec), compressed);
  Offset offset = Value(log.Append(batch)).base_offset;
  for (KeyedRecord& record : records) record.offset = offset++;
  return records;
}

// All from `from` to the high watermark; offsets have to grow. Control batches are none.
inline absl::StatusOr<KeyedRecords> ReadKeyed(const std::shared_ptr<log::Log>& log, Offset from,
                                              std::size_t max_bytes = 1 << 16) {
  KeyedRecords records;
  log::Cursor cursor(log, from);
  Offset least = from;
  for (;;) {
    auto fetched = cursor.Fetch(max_bytes);
    if (!fetched.ok()) return fetched.status();
    if (fetched->bytes.empty() && cursor.position() >= log->high_watermark()) return records;
    for (auto rest = fetched->bytes; !rest.empty(); rest = rest.subspan(BatchView(rest).size_bytes())) {
      const BatchView batch(rest);
      if (batch.is_control()) continue;
      for (RecordReader reader(batch); reader.Next();) {
        const RecordView& record = reader.record();
        const Offset offset = batch.base_offset() + record.offset_delta;
        if (offset < from) continue;
        if (offset < least) return absl::InternalError("offset " + std::to_string(offset) + " comes again");
        least = offset + 1;
        records.push_back(
            {offset, TextOf(record.key), TextOf(record.value), batch.base_timestamp() + record.timestamp_delta});
      }
    }
  }
}

// The last value of each key; a key whose last one is null is not there.
inline std::map<std::string, std::string> LastValues(const KeyedRecords& records) {
  std::map<std::string, std::string> values;
  for (const KeyedRecord& record : records) {
    if (!record.key.has_value()) continue;
    if (record.value.has_value()) {
      values[*record.key] = *record.value;
    } else {
      values.erase(*record.key);
    }
  }
  return values;
}

// What is to be left of `records` when those below `clean_end` are compacted, tombstones all kept.
inline KeyedRecords Compacted(const KeyedRecords& records, Offset clean_end) {
  std::map<std::string, Offset> newest;
  for (const KeyedRecord& record : records) {
    if (record.key.has_value() && record.offset < clean_end) newest[*record.key] = record.offset;
  }
  KeyedRecords left;
  for (const KeyedRecord& record : records) {
    const bool stays = record.offset >= clean_end || !record.key.has_value() || newest[*record.key] == record.offset;
    if (stays) left.push_back(record);
  }
  return left;
}

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_KEYED_LOG_H_
