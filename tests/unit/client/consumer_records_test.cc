#include <leat/consumer_records.h>

#include <concepts>
#include <iterator>
#include <memory>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "client/records_builder.h"
#include "support/catch.h"

namespace leat {
namespace {

static_assert(!std::is_copy_constructible_v<ConsumerRecords> && !std::is_copy_assignable_v<ConsumerRecords>);
static_assert(std::is_nothrow_move_constructible_v<ConsumerRecords>);
static_assert(std::forward_iterator<ConsumerRecords::Iterator>);
static_assert(std::ranges::forward_range<const ConsumerRecords&>);
// A temporary's iterators would dangle: refused, while a loop over it keeps it alive.
template <typename T>
concept HasBegin = requires(T&& t) {
  std::forward<T>(t).begin();
};
static_assert(HasBegin<ConsumerRecords&> && HasBegin<const ConsumerRecords&>);
static_assert(!HasBegin<ConsumerRecords> && !HasBegin<const ConsumerRecords>);

// A piece of a log in memory: batches of the given values, offsets from `base`.
struct Log {
  std::shared_ptr<std::vector<std::byte>> bytes = std::make_shared<std::vector<std::byte>>();
  Offset next = 0;
  std::shared_ptr<const TopicPartition> name = std::make_shared<const TopicPartition>(TopicPartition{"t", 3});

  void Add(const std::vector<std::string>& values, bool control = false) {
    BatchBuilder builder;
    for (const std::string& value : values) REQUIRE(builder.Append("k", value, {}, 1000 + next));
    const auto batch = builder.Seal({.control = control});
    StoreBig64(batch.data(), static_cast<std::uint64_t>(next));
    bytes->insert(bytes->end(), batch.begin(), batch.end());
    next += static_cast<Offset>(values.size());
  }
  broker::FetchedBatches From(Offset begin) const {
    return {.bytes = *bytes, .pin = bytes, .begin = begin, .end = next};
  }
};

std::vector<std::string> Values(const ConsumerRecords& records) {
  std::vector<std::string> values;
  for (const ConsumerRecord& record : records) values.emplace_back(record.value());
  return values;
}

ConsumerRecords Build(const Log& log, Offset begin, const client::RecordFilter* filter = nullptr,
                      std::int64_t most = 0) {
  ConsumerRecords records;
  auto batches = log.From(begin);
  client::RecordsBuilder builder(records, filter, most);
  CHECK(builder.Add(log.name, batches).ok());
  return records;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("records without anything are empty and OK") {
  const ConsumerRecords records;
  CHECK(records.empty());
  CHECK(records.size() == 0);
  CHECK(records.begin() == records.end());
  CHECK(records.status().ok());
  CHECK(records.failed_partition() == nullptr);
}

TEST_CASE("records with an error are empty, and name the partition") {
  const ConsumerRecords records(absl::DataLossError("bad"),
                                std::make_shared<const TopicPartition>(TopicPartition{"t", 1}));
  CHECK(records.empty());
  CHECK(absl::IsDataLoss(records.status()));
  REQUIRE(records.failed_partition() != nullptr);
  CHECK(*records.failed_partition() == TopicPartition{"t", 1});
}

TEST_CASE("a walk shows the records of all batches in their order") {
  Log log;
  log.Add({"a"});
  log.Add({"b", "c", "d"});
  log.Add({"e"});
  const ConsumerRecords records = Build(log, 0);
  CHECK(Values(records) == Strings{"a", "b", "c", "d", "e"});
  CHECK(records.size() == 5);
  Offset offset = 0;
  for (const ConsumerRecord& record : records) {
    CHECK(record.offset() == offset++);
    CHECK(record.topic() == "t");
    CHECK(record.partition() == 3);
    CHECK(record.key() == "k");
  }
}

TEST_CASE("records below the offset asked for are stepped over") {
  Log log;
  log.Add({"a", "b", "c"});
  log.Add({"d"});
  CHECK(Values(Build(log, 1)) == Strings{"b", "c", "d"});
  CHECK(Build(log, 1).size() == 3);
  CHECK(Values(Build(log, 2)) == Strings{"c", "d"});
  CHECK(Values(Build(log, 3)) == Strings{"d"});
  CHECK(Build(log, 3).size() == 1);
}

TEST_CASE("control batches and empty batches are stepped over") {
  Log log;
  log.Add({"marker"}, true);
  log.Add({"a"});
  log.Add({"marker"}, true);
  log.Add({"b"});
  log.Add({"marker"}, true);
  const ConsumerRecords records = Build(log, 0);
  CHECK(Values(records) == Strings{"a", "b"});
  CHECK(records.size() == 2);

  Log markers;
  markers.Add({"marker"}, true);
  CHECK(Build(markers, 0).empty());
  CHECK(Build(markers, 0).size() == 0);
}

TEST_CASE("an iterator may be kept, copied and compared, and so may what it shows") {
  Log log;
  log.Add({"a", "b"});
  log.Add({"c"});
  const ConsumerRecords records = Build(log, 0);
  auto it = records.begin();
  const ConsumerRecord first = *it;
  const auto kept = it++;
  CHECK(first.value() == "a");
  CHECK((*kept).value() == "a");
  CHECK((*it).value() == "b");
  CHECK(kept != it);
  CHECK(std::next(kept) == it);
  CHECK(std::distance(records.begin(), records.end()) == 3);
}

TEST_CASE("a filter leaves what it likes, in runs of any shape") {
  Log log;
  for (int i = 0; i < 7; ++i) {
    Strings values;
    for (int j = 0; j < i; ++j) values.push_back(std::to_string(log.next + j));
    if (i > 0) log.Add(values);
  }
  REQUIRE(log.next == 21);
  for (int mask = 1; mask < 64; ++mask) {
    Strings expected;
    const client::RecordFilter filter = [mask](const ConsumerRecord& r) {
      return ((mask >> (r.offset() % 6)) & 1) != 0;
    };
    for (Offset offset = 2; offset < 21; ++offset) {
      if (((mask >> (offset % 6)) & 1) != 0) expected.push_back(std::to_string(offset));
    }
    const ConsumerRecords records = Build(log, 2, &filter);
    CHECK(Values(records) == expected);
    CHECK(records.size() == expected.size());
  }
}

TEST_CASE("a limit cuts anywhere, and what is left comes next") {
  Log log;
  log.Add({"0", "1", "2"});
  log.Add({"3"});
  log.Add({"4", "5", "6", "7"});
  for (std::int64_t most = 1; most <= 9; ++most) {
    auto batches = log.From(0);
    Strings all;
    while (batches.begin < 8) {
      ConsumerRecords records;
      client::RecordsBuilder builder(records, nullptr, most);
      REQUIRE(builder.Add(log.name, batches).ok());
      const Strings some = Values(records);
      CHECK(records.size() == some.size());
      CHECK(some.size() == std::min<std::size_t>(static_cast<std::size_t>(most), 8 - all.size()));
      CHECK(batches.begin == static_cast<Offset>(all.size() + some.size()));
      all.insert(all.end(), some.begin(), some.end());
    }
    CHECK(batches.bytes.empty());
    CHECK(all == Strings{"0", "1", "2", "3", "4", "5", "6", "7"});
  }
}

TEST_CASE("records of several partitions stand one after the other") {
  Log a;
  a.Add({"a0", "a1"});
  Log b;
  b.name = std::make_shared<const TopicPartition>(TopicPartition{"u", 0});
  b.Add({"b0"});
  ConsumerRecords records;
  client::RecordsBuilder builder(records, nullptr, 0);
  auto from_a = a.From(1);
  auto from_b = b.From(0);
  auto again = a.From(0);
  REQUIRE(builder.Add(a.name, from_a).ok());
  REQUIRE(builder.Add(b.name, from_b).ok());
  REQUIRE(builder.Add(a.name, again).ok());
  CHECK(Values(records) == Strings{"a1", "b0", "a0", "a1"});
  CHECK(records.size() == 4);
  Strings topics;
  for (const auto& record : records) topics.emplace_back(record.topic());
  CHECK(topics == Strings{"t", "u", "t", "t"});
}

TEST_CASE("the bytes stay for as long as the records, and what they show survives their move") {
  std::weak_ptr<const void> pin;
  {
    ConsumerRecords moved;
    std::optional<ConsumerRecord> record;
    {
      Log log;
      log.Add({"a", "b"});
      pin = log.bytes;
      ConsumerRecords records = Build(log, 0);
      record = *records.begin();
      moved = std::move(records);
      CHECK(records.empty());
      CHECK(records.size() == 0);
    }
    CHECK(!pin.expired());
    CHECK(record->value() == "a");
    CHECK(record->topic() == "t");
    CHECK(Values(moved) == Strings{"a", "b"});
    const Record kept(*record);
    moved = ConsumerRecords();
    CHECK(kept.value == "a");
  }
  CHECK(pin.expired());
}

TEST_CASE("bytes that change under a walk end it, and the status says so") {
  Log whole;
  whole.Add({"a", "b"});
  whole.Add({"c"});
  const std::size_t size = whole.bytes->size();
  for (std::size_t byte = 0; byte < size; ++byte) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      Log log;
      log.Add({"a", "b"});
      log.Add({"c"});
      (*log.bytes)[byte] ^= static_cast<std::byte>(flip);
      const ConsumerRecords records = Build(log, 0);
      std::size_t count = 0;
      for (const ConsumerRecord& record : records) {
        count += record.value().size() + record.key().size() < size ? 1 : 0;
        for (const Header& header : record.headers()) count += header.key.size() > size ? 1000 : 0;
      }
      CHECK(count <= 3);
      (void)records.size();
      (void)records.status();
    }
  }
  Log log;
  log.Add({"a", "b"});
  log.Add({"c"});
  (*log.bytes)[batch_layout::kHeaderSize] = std::byte{0xff};
  const ConsumerRecords records = Build(log, 0);
  CHECK(records.empty());
  CHECK(absl::IsDataLoss(records.status()));
  CHECK(std::string(records.status().message()).find("t-3") != std::string::npos);
}

TEST_CASE("a filter meets changed bytes at its place, and what stands before is kept") {
  Log log;
  log.Add({"a", "b"});
  const std::size_t second = log.bytes->size();
  log.Add({"c"});
  (*log.bytes)[second + batch_layout::kHeaderSize] = std::byte{0xff};
  const client::RecordFilter all = [](const ConsumerRecord&) { return true; };
  ConsumerRecords records;
  auto batches = log.From(0);
  client::RecordsBuilder builder(records, &all, 0);
  CHECK(absl::IsDataLoss(builder.Add(log.name, batches)));
  CHECK(batches.begin == 2);
  CHECK(Values(records) == Strings{"a", "b"});
}

}  // namespace leat
