// Records for tests: a plain model of one, an encoder that follows the format's description word by word, and chance.
#ifndef LEAT_TESTS_UNIT_RECORD_SAMPLE_RECORDS_H_
#define LEAT_TESTS_UNIT_RECORD_SAMPLE_RECORDS_H_

#include <leat/batch.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace leat::record {

struct SampleRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::int64_t timestamp = 0;

  friend bool operator==(const SampleRecord&, const SampleRecord&) = default;
};

inline std::vector<Header> Views(const SampleRecord& record) {
  std::vector<Header> views;
  for (const auto& [key, value] : record.headers) views.push_back({key, value});
  return views;
}

[[nodiscard]] inline bool Append(BatchBuilder* builder, const SampleRecord& record) {
  return builder->Append(record.key, record.value, Views(record), record.timestamp);
}

inline void AppendVarint(std::string* to, std::int64_t value) {
  std::byte bytes[kMaxVarint64Size];
  const std::byte* const end = EncodeVarint(bytes, ZigZag64(value));
  to->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(end - bytes));
}

inline void AppendField(std::string* to, const std::optional<std::string>& field) {
  AppendVarint(to, field.has_value() ? static_cast<std::int64_t>(field->size()) : -1);
  if (field.has_value()) *to += *field;
}

// The records as the format's description says, without any haste.
inline std::string EncodeSlowly(const std::vector<SampleRecord>& records) {
  std::string all;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const SampleRecord& record = records[i];
    std::string one(1, '\0');
    AppendVarint(&one, static_cast<std::int64_t>(static_cast<std::uint64_t>(record.timestamp) -
                                                 static_cast<std::uint64_t>(records[0].timestamp)));
    AppendVarint(&one, static_cast<std::int64_t>(i));
    AppendField(&one, record.key);
    AppendField(&one, record.value);
    AppendVarint(&one, static_cast<std::int64_t>(record.headers.size()));
    for (const auto& [key, value] : record.headers) {
      AppendField(&one, key);
      AppendField(&one, value);
    }
    AppendVarint(&all, static_cast<std::int64_t>(one.size()));
    all += one;
  }
  return all;
}

// What a reader finds, with the timestamps made absolute again.
inline std::vector<SampleRecord> ReadAll(BatchView batch, bool* malformed) {
  std::vector<SampleRecord> records;
  RecordReader reader(batch);
  while (reader.Next()) {
    const RecordView& view = reader.record();
    SampleRecord record;
    if (!view.key.is_null()) record.key.emplace(view.key);
    if (!view.value.is_null()) record.value.emplace(view.value);
    for (const Header& header : view.headers) {
      auto& copy = record.headers.emplace_back(header.key, std::nullopt);
      if (!header.value.is_null()) copy.second.emplace(header.value);
    }
    record.timestamp = static_cast<std::int64_t>(static_cast<std::uint64_t>(batch.base_timestamp()) +
                                                 static_cast<std::uint64_t>(view.timestamp_delta));
    records.push_back(std::move(record));
  }
  *malformed = reader.malformed();
  return records;
}

// Another one each time; a failing test prints it, and LEAT_TEST_SEED in the environment repeats it.
inline std::uint32_t Seed() {
  const char* const given = std::getenv("LEAT_TEST_SEED");
  return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

class SampleRecords {
 public:
  explicit SampleRecords(std::uint32_t seed) : random_(seed) {}

  // Mostly small ones, as in life, and now and then each of the rare things.
  SampleRecord Next() {
    SampleRecord record;
    record.key = Field();
    record.value = Field();
    for (std::uint32_t headers = Below(4) == 0 ? Below(5) : 0; headers > 0; --headers) {
      record.headers.emplace_back(Field().value_or(""), Field());
    }
    record.timestamp = Below(10) == 0 ? AnyTimestamp() : 1'700'000'000'000 + Below(100);
    return record;
  }

  std::vector<SampleRecord> Some(std::uint32_t most) {
    std::vector<SampleRecord> records(1 + Below(most));
    for (SampleRecord& record : records) record = Next();
    return records;
  }

  std::uint32_t Below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

 private:
  std::optional<std::string> Field() {
    const std::uint32_t kind = Below(10);
    if (kind == 0) return std::nullopt;
    const std::uint32_t size = kind == 1 ? 0 : kind == 2 ? Below(20000) : kind < 5 ? Below(300) : Below(20);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }
  std::int64_t AnyTimestamp() { return static_cast<std::int64_t>(random_()); }

  std::mt19937_64 random_;
};

}  // namespace leat::record

#endif  // LEAT_TESTS_UNIT_RECORD_SAMPLE_RECORDS_H_
