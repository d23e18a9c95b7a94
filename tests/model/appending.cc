#include <fmt/format.h>

#include <algorithm>

#include "model/log_model.h"

namespace leat::testing {
namespace {

// Below every topic's max_message_bytes, with what a batch adds to its values.
constexpr std::uint32_t kRoom = 50'000;
constexpr std::uint32_t kTooMuch = 70'000;

std::int64_t Millis(const Kept& record) { return record.timestamp.time_since_epoch().count(); }

// Fills `builder` with the records; returns its bytes.
std::span<std::byte> Encode(BatchBuilder& builder, const std::vector<Kept>& records, bool seal) {
  std::vector<Header> headers;
  for (const Kept& record : records) {
    const ProducerRecord view = RecordMaker::View(record, headers);
    Expect(builder.Append(view.key, view.value, view.headers, Millis(record)), "the builder refused a record");
  }
  return seal ? builder.Seal({}) : std::span<std::byte>();
}

}  // namespace

// Adds to the model what has landed in the log; what the log had to say itself is taken from `delivery`.
void LogModel::Landed(Both& both, const Delivery& delivery, std::vector<Kept> records) {
  PartitionModel& model = both.model.at(static_cast<std::size_t>(delivery.partition));
  const std::string where = fmt::format("{}-{}", both.topic->name(), delivery.partition);
  Expect(delivery.offset == model.end(),
         fmt::format("{}: landed at {}, the end is {}", where, delivery.offset, model.end()));
  Expect(model.records.empty() || delivery.leader_epoch >= model.records.back().epoch,
         where + ": the epoch went back");
  if (!both.append_time) {
    Expect(delivery.timestamp == records.front().timestamp, where + ": another timestamp than was sent");
  }
  for (Kept& record : records) {
    if (both.append_time) record.timestamp = delivery.timestamp;
    record.timestamp_type = both.append_time ? TimestampType::kLogAppendTime : TimestampType::kCreateTime;
    record.epoch = delivery.leader_epoch;
    model.records.push_back(std::move(record));
  }
}

// Whether an append is to be tried again: memory was full because of what is held, and it is not held any more.
bool LogModel::MakesRoom(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status) || place_ != Place::kLimitedMemory || held_.empty()) return false;
  while (!held_.empty()) LetGo();
  return true;
}

void LogModel::Send(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  RecordMaker maker(operation, kRoom);
  Kept record = maker.Make();
  const bool too_large = maker.numbers().OneIn(60);
  if (too_large) record.value = std::string(kTooMuch, 'L');
  std::vector<Header> headers;
  ProducerRecord view = RecordMaker::View(record, headers);
  const auto count = both.topic->partition_count();
  const bool named = maker.numbers().OneIn(3);
  if (named) view.partition = static_cast<PartitionId>(maker.numbers().Below(static_cast<std::uint32_t>(count)));
  const bool by_name = maker.numbers().OneIn(4);
  const auto send = [&] {
    return by_name ? producer_->Send(both.topic->name(), view) : producer_->Send(*both.topic, view);
  };
  absl::StatusOr<Delivery> delivery = send();
  if (too_large) {
    Expect(absl::IsInvalidArgument(delivery.status()), "a record over the limit: " + delivery.status().ToString());
    return;
  }
  if (!delivery.ok() && MakesRoom(delivery.status())) delivery = send();
  Expect(delivery.status(), "Send");
  if (named) {
    Expect(delivery->partition == *view.partition, "sent to another partition than the one named");
  } else if (record.key.has_value()) {
    Expect(delivery->partition == PartitionForKey(*record.key, count), "sent to another partition than the key's");
  }
  Landed(both, *delivery, {record});
}

void LogModel::SendMany(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  const auto count = both.topic->partition_count();
  RecordMaker maker(operation, kRoom / 2);
  std::vector<Kept> records(1 + maker.numbers().Below(20));
  std::vector<std::vector<Header>> headers(records.size());
  std::vector<ProducerRecord> views;
  std::vector<std::pair<PartitionId, std::vector<Kept>>> shares;  // in the order in which they are first named
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i] = maker.Make();
    ProducerRecord& view = views.emplace_back(RecordMaker::View(records[i], headers[i]));
    if (view.key.is_null() || maker.numbers().OneIn(3)) {
      view.partition = static_cast<PartitionId>(maker.numbers().Below(static_cast<std::uint32_t>(count)));
    }
    const PartitionId partition = view.partition.value_or(PartitionForKey(view.key, count));
    auto share = std::find_if(shares.begin(), shares.end(), [&](const auto& s) { return s.first == partition; });
    if (share == shares.end()) share = shares.insert(shares.end(), {partition, {}});
    share->second.push_back(records[i]);
  }
  const std::vector<BatchDelivery> results = producer_->Send(*both.topic, views);
  Expect(results.size() == shares.size(), fmt::format("{} results for {} partitions", results.size(), shares.size()));
  bool made_room = false;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const auto& [partition, share] = shares[i];
    Expect(results[i].partition == partition, "results are in another order than the records");
    Expect(results[i].count == static_cast<std::int32_t>(share.size()), "a result counts other records");
    const absl::Status& status = results[i].delivery.status();
    made_room = made_room || MakesRoom(status);
    if (made_room && absl::IsResourceExhausted(status)) continue;  // wholly, or not at all
    Landed(both, Expect(results[i].delivery, "Send of many"), share);
  }
}

void LogModel::AppendBuilder(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  auto& partition = both.partitions[operation.a / topics_.size() % both.partitions.size()];
  RecordMaker maker(operation, kRoom);
  std::vector<Kept> records(1 + maker.numbers().Below(30));
  for (Kept& record : records) record = maker.Make();
  BatchBuilder builder;
  Encode(builder, records, false);
  absl::StatusOr<Delivery> delivery = partition.Append(builder);
  if (!delivery.ok() && MakesRoom(delivery.status())) {
    builder.Clear();
    Encode(builder, records, false);
    delivery = partition.Append(builder);
  }
  Expect(delivery.status(), "Append of a builder");
  Expect(builder.empty(), "the builder was not emptied");
  Landed(both, *delivery, std::move(records));
}

void LogModel::AppendBytes(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  auto& partition = both.partitions[operation.a / topics_.size() % both.partitions.size()];
  RecordMaker maker(operation, kRoom);
  std::vector<Kept> records(1 + maker.numbers().Below(5));
  for (Kept& record : records) record = maker.Make();
  BatchBuilder builder;
  const std::span<std::byte> bytes = Encode(builder, records, true);
  if (maker.numbers().OneIn(10)) {
    // A bit of all but the fields that are the log's to fill in.
    const auto size = static_cast<std::uint32_t>(bytes.size());
    bytes[batch_layout::kMagic + maker.numbers().Below(size - static_cast<std::uint32_t>(batch_layout::kMagic))] ^=
        static_cast<std::byte>(1U << maker.numbers().Below(8));
    const auto refused = partition.Append(bytes).status();
    Expect(!refused.ok() && !AppendIsUncertain(refused) && !absl::IsResourceExhausted(refused),
           "a batch with a flipped bit: " + refused.ToString());
    return;
  }
  absl::StatusOr<Delivery> delivery = partition.Append(bytes);
  if (!delivery.ok() && MakesRoom(delivery.status())) delivery = partition.Append(bytes);
  Landed(both, Expect(std::move(delivery), "Append of bytes"), std::move(records));
}

void LogModel::ClaimOne(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  RecordMaker maker(operation, kRoom);
  Kept record = maker.Make();
  if (!record.value.has_value()) record.value.emplace();
  std::vector<Header> headers;
  ProducerRecord view = RecordMaker::View(record, headers);
  view.value = nullptr;
  for (;;) {
    auto claim = Expect(producer_->Claim(*both.topic, record.value->size(), view), "Claim");
    Expect(claim.value().size() == record.value->size(), "a claim of another size");
    std::copy(record.value->begin(), record.value->end(), reinterpret_cast<char*>(claim.value().data()));
    if (maker.numbers().OneIn(4)) return;
    const absl::StatusOr<Delivery> delivery = claim.Commit();
    if (!delivery.ok() && MakesRoom(delivery.status())) continue;
    return Landed(both, Expect(delivery, "Commit of a claim"), {record});
  }
}

void LogModel::Enqueue(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  RecordMaker maker(operation, kRoom);
  struct Result {
    Kept record;
    std::optional<absl::StatusOr<Delivery>> delivery;
  };
  std::deque<Result> results;
  for (std::uint32_t left = 1 + maker.numbers().Below(30); left > 0; --left) {
    Result& result = results.emplace_back(Result{maker.Make(), {}});
    std::vector<Header> headers;
    const auto callback = [&result](const absl::StatusOr<Delivery>& delivery) { result.delivery = delivery; };
    Expect(producer_->Enqueue(*both.topic, RecordMaker::View(result.record, headers), callback), "Enqueue");
  }
  while (place_ == Place::kLimitedMemory && !held_.empty()) LetGo();  // what is held could hold up the sending thread
  Expect(producer_->Flush(), "Flush");
  // Of a partition, they have landed in their order; between partitions there is none.
  for (Result& result : results) {
    Expect(result.delivery.has_value(), "Flush returned before a callback");
    Landed(both, Expect(*result.delivery, "delivery of an enqueued record"), {std::move(result.record)});
  }
}

}  // namespace leat::testing
