#include "cli/record_json.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "cli/base64.h"
#include "cli/json.h"

namespace leat::cli {
namespace {

void Put(Json& object, const std::string& name, BytesView bytes) {
  if (bytes.is_null()) {
    object[name] = nullptr;
  } else if (IsUtf8(bytes.as_string_view())) {
    object[name] = bytes.as_string_view();
  } else {
    object[name + "_base64"] = ToBase64(bytes.as_string_view());
  }
}

absl::Status Wrong(std::string_view name, std::string_view wanted) {
  return absl::InvalidArgumentError(fmt::format("\"{}\" has to be {}", name, wanted));
}

// Sets `*bytes` by NAME or NAME_base64 of `object`; whether one of them is there.
absl::StatusOr<bool> Take(const Json& object, const std::string& name, std::optional<std::string>* bytes) {
  const auto plain = object.find(name), coded = object.find(name + "_base64");
  if (plain != object.end() && coded != object.end()) {
    return absl::InvalidArgumentError(fmt::format("\"{0}\" and \"{0}_base64\" are both there", name));
  }
  if (plain != object.end()) {
    if (!plain->is_string() && !plain->is_null()) return Wrong(name, "a string or null");
    if (plain->is_string()) *bytes = plain->get<std::string>();
    return true;
  }
  if (coded == object.end()) return false;
  *bytes = coded->is_string() ? FromBase64(coded->get<std::string>()) : std::nullopt;
  if (!bytes->has_value()) return Wrong(name + "_base64", "a string of base64");
  return true;
}

absl::Status TakeHeaders(const Json& headers, Record* record) {
  if (!headers.is_array()) return Wrong("headers", "an array of {\"key\",\"value\"}");
  for (const Json& header : headers) {
    const auto key = header.is_object() ? header.find("key") : header.end();
    if (!header.is_object() || key == header.end() || !key->is_string()) {
      return Wrong("headers", "an array of {\"key\",\"value\"}");
    }
    auto& [name, value] = record->headers.emplace_back(key->get<std::string>(), std::nullopt);
    if (const auto taken = Take(header, "value", &value); !taken.ok()) return taken.status();
  }
  return absl::OkStatus();
}

absl::Status TakeNumbers(const Json& object, JsonRecord* read) {
  if (const auto time = object.find("timestamp"); time != object.end() && !time->is_null()) {
    if (!time->is_number_integer()) return Wrong("timestamp", "milliseconds since 1970, a whole number");
    read->timestamp = Timestamp(std::chrono::milliseconds(time->get<std::int64_t>()));
  }
  if (const auto partition = object.find("partition"); partition != object.end() && !partition->is_null()) {
    if (!partition->is_number_integer() || partition->get<std::int64_t>() < 0 ||
        partition->get<std::int64_t>() > INT32_MAX) {
      return Wrong("partition", "a whole number from 0 up");
    }
    read->partition = partition->get<PartitionId>();
  }
  return absl::OkStatus();
}

absl::Status CheckNames(const Json& object) {
  constexpr std::string_view kKnown[] = {"topic", "partition",  "offset", "leader_epoch", "timestamp",
                                         "key",   "key_base64", "value",  "value_base64", "headers"};
  for (const auto& [name, ignored] : object.items()) {
    bool known = false;
    for (const std::string_view one : kKnown) known = known || name == one;
    if (!known) return absl::InvalidArgumentError(fmt::format("a record has no field \"{}\"", name));
  }
  return absl::OkStatus();
}

}  // namespace

std::string JsonOf(const ConsumerRecord& record) {
  Json object = {{"topic", record.topic()},
                 {"partition", record.partition()},
                 {"offset", record.offset()},
                 {"leader_epoch", record.leader_epoch()},
                 {"timestamp", record.timestamp().time_since_epoch().count()}};
  Put(object, "key", record.key());
  Put(object, "value", record.value());
  Json headers = Json::array();
  for (const Header& header : record.headers()) {
    Json one = {{"key", header.key}};
    Put(one, "value", header.value);
    headers.push_back(std::move(one));
  }
  object["headers"] = std::move(headers);
  return OneLine(object);
}

absl::StatusOr<JsonRecord> RecordOfJson(std::string_view line) {
  const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) return absl::InvalidArgumentError("is not JSON");
  if (!object.is_object()) return absl::InvalidArgumentError("is not a JSON object");
  if (absl::Status known = CheckNames(object); !known.ok()) return known;
  JsonRecord read;
  const auto value = Take(object, "value", &read.record.value);
  if (!value.ok()) return value.status();
  if (!*value) return absl::InvalidArgumentError("has no \"value\"; null deletes a key, and has to be said");
  if (const auto key = Take(object, "key", &read.record.key); !key.ok()) return key.status();
  if (absl::Status numbers = TakeNumbers(object, &read); !numbers.ok()) return numbers;
  if (const auto headers = object.find("headers"); headers != object.end() && !headers->is_null()) {
    if (absl::Status taken = TakeHeaders(*headers, &read.record); !taken.ok()) return taken;
  }
  return read;
}

}  // namespace leat::cli
