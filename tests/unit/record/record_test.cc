#include <leat/batch.h>
#include <leat/record.h>

#include <array>
#include <iterator>
#include <string>
#include <vector>

#include "support/catch.h"

namespace leat {
namespace {

std::string Describe(const ProducerRecord& record) {
  std::string text = fmt::format("{}={}", record.key, record.value);
  for (const Header& header : record.headers) text += fmt::format(" {}:{}", header.key, header.value);
  if (record.timestamp.has_value()) text += fmt::format(" @{}", record.timestamp->time_since_epoch().count());
  if (record.partition.has_value()) text += fmt::format(" #{}", *record.partition);
  return text;
}

std::string Describe(HeadersView headers) {
  std::string text;
  for (const Header& header : headers) text += fmt::format("{}:{} ", header.key, header.value);
  return text;
}

Timestamp At(std::int64_t milliseconds) { return Timestamp(std::chrono::milliseconds(milliseconds)); }

}  // namespace

TEST_CASE("a record to be sent names what it has and leaves the rest") {
  const std::string id = "17";
  CHECK(Describe(ProducerRecord{}) == "null=null");
  CHECK(Describe({.key = "a", .value = "b"}) == "a=b");
  CHECK(Describe({.value = id}) == "null=17");
  CHECK(Describe({.key = "a", .value = nullptr, .headers = {{"h", "v"}}}) == "a=null h:v");
  CHECK(Describe({.key = "a", .value = "b", .headers = {{"trace", id}, {"none", nullptr}, {"n"}}}) ==
        "a=b trace:17 none:null n:null");
  CHECK(Describe({.value = "b", .headers = {}, .timestamp = At(5), .partition = 3}) == "null=b @5 #3");
  CHECK(Describe({.key = std::string("temporary"), .value = std::to_string(42)}) == "temporary=42");
}

TEST_CASE("headers are taken from wherever they stand") {
  const std::vector<Header> vector = {{"a", "1"}, {"b", "2"}};
  const std::array<Header, 1> array = {{{"a", "1"}}};
  const Header raw[] = {{"a", "1"}};
  CHECK(Describe(vector) == "a:1 b:2 ");
  CHECK(Describe(array) == "a:1 ");
  CHECK(Describe(raw) == "a:1 ");
  CHECK(Describe(std::span<const Header>(vector).first(1)) == "a:1 ");
  CHECK(Describe(HeadersView{}) == "");
  CHECK(HeadersView(vector)[1].key == "b");
}

TEST_CASE("a record that was read says where it stands and what it has") {
  BatchBuilder builder;
  REQUIRE(builder.Append("ada", "countess", {{"trace", "7"}, {"trace", "8"}, {"null", nullptr}}, 1'000));
  REQUIRE(builder.Append(nullptr, "", {}, 900));
  const std::span<std::byte> bytes = builder.Seal({});
  PatchBatch(bytes, 41, 5);
  const TopicPartition from = {"users", 3};

  RecordReader reader((BatchView(bytes)));
  REQUIRE(reader.Next());
  const ConsumerRecord first(&from, bytes.data(), reader.record());
  REQUIRE(reader.Next());
  const ConsumerRecord second(&from, bytes.data(), reader.record());
  REQUIRE_FALSE(reader.Next());

  CHECK(first.topic() == "users");
  CHECK(first.partition() == 3);
  CHECK(first.offset() == 41);
  CHECK(first.leader_epoch() == 5);
  CHECK(first.timestamp() == At(1'000));
  CHECK(first.timestamp_type() == TimestampType::kCreateTime);
  CHECK(first.key() == "ada");
  CHECK(first.value() == "countess");
  CHECK(second.offset() == 42);
  CHECK(second.timestamp() == At(900));
  CHECK(second.key() == nullptr);
  CHECK(second.value() == "");
  CHECK(second.headers().empty());
  CHECK(second.size() == 8);  // two bytes of timestamp delta

  CHECK(first.headers().size() == 3);
  CHECK(std::distance(first.headers().begin(), first.headers().end()) == 3);
  CHECK(first.headers().Find("trace") == std::optional<BytesView>("8"));
  CHECK(first.headers().Find("null").has_value());
  CHECK(first.headers().Find("null")->is_null());
  CHECK_FALSE(first.headers().Find("none").has_value());
  std::string walked;
  for (const auto& [key, value] : first.headers()) walked += fmt::format("{}:{} ", key, value);
  CHECK(walked == "trace:7 trace:8 null:null ");
}

TEST_CASE("headers can be walked over twice, and begin where they begin") {
  STATIC_REQUIRE(std::forward_iterator<RecordHeaders::Iterator>);
  BatchBuilder builder;
  REQUIRE(builder.Append("k", "v", {{"a", "1"}, {"b", "2"}}, 1));
  RecordReader reader((BatchView(builder.Seal({}))));
  REQUIRE(reader.Next());
  const RecordHeaders headers = reader.record().headers;
  auto at = headers.begin();
  const auto before = at++;
  CHECK(before->key == "a");
  CHECK(at->key == "b");
  CHECK(before == headers.begin());
  CHECK(++at == headers.end());
}

TEST_CASE("headers without bytes, or with a count of more than there are, end early") {
  CHECK(RecordHeaders().begin() == RecordHeaders().end());
  CHECK_FALSE(RecordHeaders().FillExactly());
  // INT32_MAX headers, of which one is there.
  const std::vector<unsigned> values = {0xfe, 0xff, 0xff, 0xff, 0x0f, 0x02, 'h', 0x02, 'x'};
  std::vector<std::byte> bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  const RecordHeaders headers{std::span<const std::byte>(bytes)};
  CHECK(headers.size() == 0x7fffffff);
  CHECK(std::distance(headers.begin(), headers.end()) == 1);
  CHECK_FALSE(headers.FillExactly());
}

TEST_CASE("append time belongs to the whole batch") {
  BatchBuilder builder;
  REQUIRE(builder.Append("k", "v", {}, 1'000));
  REQUIRE(builder.Append("k", "v", {}, 2'000));
  const std::span<std::byte> bytes = builder.Seal({.append_timestamp = 5'000});
  const TopicPartition from = {"users", 0};
  RecordReader reader((BatchView(bytes)));
  while (reader.Next()) {
    const ConsumerRecord record(&from, bytes.data(), reader.record());
    CHECK(record.timestamp() == At(5'000));
    CHECK(record.timestamp_type() == TimestampType::kLogAppendTime);
  }
}

TEST_CASE("a record that is kept owns all that it has") {
  Record kept;
  {
    BatchBuilder builder;
    REQUIRE(builder.Append("ada", nullptr, {{"trace", "7"}, {"null", nullptr}}, 1'000));
    const std::span<std::byte> bytes = builder.Seal({});
    PatchBatch(bytes, 41, 5);
    const TopicPartition from = {"users", 3};
    RecordReader reader((BatchView(bytes)));
    REQUIRE(reader.Next());
    kept = Record(ConsumerRecord(&from, bytes.data(), reader.record()));
  }
  CHECK(kept.topic == "users");
  CHECK(kept.partition == 3);
  CHECK(kept.offset == 41);
  CHECK(kept.timestamp == At(1'000));
  CHECK(kept.leader_epoch == 5);
  CHECK(kept.key == "ada");
  CHECK_FALSE(kept.value.has_value());
  REQUIRE(kept.headers.size() == 2);
  CHECK(kept.headers[0].second == "7");
  CHECK_FALSE(kept.headers[1].second.has_value());
  CHECK(Describe({.key = kept.key, .value = kept.value, .headers = kept.HeaderViews()}) ==
        "ada=null trace:7 null:null");
}

}  // namespace leat
