#include <fmt/format.h>

#include <algorithm>

#include "model/log_model.h"

namespace leat::testing {
namespace {

// What a filtering consumer lets pass.
bool Passes(BytesView value) { return value.size() % 3 != 0; }
bool Passes(const Kept& record) { return Passes(BytesView(record.value)); }

}  // namespace

void LogModel::NewConsumer(const Operation& operation) {
  static constexpr std::int32_t kLimits[] = {0, 0, 1, 7, 500};
  Numbers numbers(operation.b);
  Reader reader{.consumer = Expect(Consumer::Open(*broker_), "Consumer::Open"),
                .reset = static_cast<OffsetReset>(numbers.Below(3)),
                .max_poll_records = kLimits[numbers.Below(5)],
                .filtered = numbers.OneIn(4),
                .resets = std::make_shared<std::vector<std::pair<TopicPartition, OffsetResetEvent>>>()};
  ConsumerOptions options{.auto_offset_reset = reader.reset, .max_poll_records = reader.max_poll_records};
  if (numbers.OneIn(3)) options.max_partition_fetch_bytes = 1 + numbers.Below(20'000);
  if (numbers.OneIn(3)) options.fetch_max_bytes = 1 + numbers.Below(50'000);
  if (reader.filtered) options.filter = [](const ConsumerRecord& record) { return Passes(record.value()); };
  options.on_offset_reset = [resets = reader.resets](const OffsetResetEvent& event) {
    resets->emplace_back(event.partition, event);
  };
  reader.consumer = Expect(Consumer::Open(*broker_, options), "Consumer::Open");
  reader_.emplace(std::move(reader));
  Assign();
}

// Reads all there is; what was read before goes on from its place.
void LogModel::Assign() {
  std::vector<TopicPartition> all;
  for (auto& [name, both] : topics_) {
    for (std::size_t p = 0; p < both.partitions.size(); ++p) {
      RefreshLogStart(both.partitions[p], both.model[p]);
      all.push_back({name, static_cast<PartitionId>(p)});
    }
  }
  Expect(reader_->consumer.Assign(all), "Assign");
  Expect(Expect(reader_->consumer.assignment(), "assignment") == all, "another assignment");
  for (const TopicPartition& partition : all) {
    const PartitionModel& model = topics_.at(partition.topic).model[static_cast<std::size_t>(partition.partition)];
    if (const auto known = reader_->places.find(partition); known != reader_->places.end()) {
      // A filter may have led it on behind the last record that passed.
      ComparePlace(partition, known->second,
                   reader_->filtered ? std::max(model.end(), known->second) : known->second);
      continue;
    }
    if (reader_->reset == OffsetReset::kNone) {
      const absl::Status none = reader_->consumer.Position(partition).status();
      Expect(absl::IsOutOfRange(none), "the place of a consumer that has none: " + none.ToString());
      Expect(reader_->consumer.SeekToBegin(partition), "SeekToBegin");
    }
    const bool latest = reader_->reset == OffsetReset::kLatest;
    ComparePlace(partition, latest ? model.end() : model.log_start, model.end());
  }
}

// Takes over where the consumer says it is, if that is where it may be.
void LogModel::ComparePlace(const TopicPartition& partition, Offset at_least, Offset at_most) {
  const Offset place = Expect(reader_->consumer.Position(partition), "Position");
  Expect(place >= at_least && place <= at_most, fmt::format("the place in {}-{} is {}, not {} to {}", partition.topic,
                                                            partition.partition, place, at_least, at_most));
  reader_->places[partition] = place;
}

void LogModel::Poll() {
  if (!reader_.has_value()) NewConsumer({.b = 1});
  std::map<TopicPartition, Offset> starts;
  for (auto& [name, both] : topics_) {
    for (std::size_t p = 0; p < both.partitions.size(); ++p) {
      starts[{name, static_cast<PartitionId>(p)}] = RefreshLogStart(both.partitions[p], both.model[p]);
    }
  }
  reader_->resets->clear();
  const ConsumerRecords records = reader_->consumer.Poll(std::chrono::seconds(0));
  TakeResets();
  if (!records.status().ok()) {
    const TopicPartition* failed = records.failed_partition();
    Expect(records.empty() && failed != nullptr && absl::IsOutOfRange(records.status()) &&
               reader_->reset == OffsetReset::kNone,
           "Poll: " + records.status().ToString());
    Both& both = topics_.at(failed->topic);
    const auto p = static_cast<std::size_t>(failed->partition);
    const Offset place = reader_->places.at(*failed);
    Expect(!reader_->paused[*failed], "an error of a paused partition");
    Expect(reader_->was_beyond[*failed] || place < RefreshLogStart(both.partitions[p], both.model[p]),
           "a place in range is out of range");
    Expect(reader_->consumer.SeekToBegin(*failed), "SeekToBegin");
    reader_->was_beyond[*failed] = false;
    ComparePlace(*failed, both.model[p].log_start, both.model[p].end());
    return;
  }
  std::int32_t count = 0;
  for (const ConsumerRecord& record : records) {
    TakeRecord(record, starts);
    ++count;
  }
  Expect(records.status(), "Poll, after its last record");
  Expect(reader_->max_poll_records == 0 || count <= reader_->max_poll_records, "more than max_poll_records");
  if (count == 0) NothingWasLeft();
}

// Places that were not in the log any more, as the consumer told.
void LogModel::TakeResets() {
  for (const auto& [partition, event] : *reader_->resets) {
    Both& both = topics_.at(partition.topic);
    const auto p = static_cast<std::size_t>(partition.partition);
    PartitionModel& model = both.model[p];
    const Offset before = model.log_start;
    const Offset place = reader_->places.at(partition);
    const std::string what = fmt::format("reset of {}-{} from {} to {}", partition.topic, p, event.from, event.to);
    Expect(event.from == place || reader_->filtered, what + fmt::format(": its place was {}", place));
    const Offset now = RefreshLogStart(both.partitions[p], model);
    Expect(event.from < now || reader_->was_beyond[partition], what + ": it was in range");
    Expect(!reader_->paused[partition], what + ": it was paused");
    if (reader_->reset == OffsetReset::kEarliest) {
      Expect(event.to >= before && event.to <= now, what + ": not the log start");
    } else {
      Expect(reader_->reset == OffsetReset::kLatest && event.to == model.end(), what + ": not the end");
    }
    Expect(event.missed == std::max<Offset>(0, event.to - event.from), what + ": another number was missed");
    reader_->missed += event.missed;
    reader_->places[partition] = event.to;
    reader_->was_beyond[partition] = false;
  }
  Expect(reader_->consumer.missed() == reader_->missed,
         fmt::format("missed() is {}, and was {}", reader_->consumer.missed(), reader_->missed));
}

void LogModel::TakeRecord(const ConsumerRecord& record, const std::map<TopicPartition, Offset>& starts) {
  const TopicPartition from{std::string(record.topic()), record.partition()};
  Expect(starts.contains(from) && !reader_->paused[from], "a record of a partition that is not read");
  const std::vector<Kept>& records = topics_.at(from.topic).model[static_cast<std::size_t>(from.partition)].records;
  Offset& place = reader_->places.at(from);
  const std::string what = fmt::format("record {} of {}-{}", record.offset(), from.topic, from.partition);
  Expect(record.offset() >= place && record.offset() < static_cast<Offset>(records.size()),
         fmt::format("{}: {} comes next", what, place));
  for (; place < record.offset(); ++place) {
    Expect(reader_->filtered && !Passes(records[static_cast<std::size_t>(place)]),
           fmt::format("{}: {} comes next", what, place));
  }
  const Kept found = Keep(record);
  const Kept& expected = records[static_cast<std::size_t>(place)];
  if (found != expected) Fail(what + ": there is " + Show(found) + "\n  where there was " + Show(expected));
  ++place;
}

// An empty Poll was right: nothing was left, or the filter let nothing of it pass until the time was up.
void LogModel::NothingWasLeft() {
  for (const auto& [partition, known] : std::map(reader_->places)) {
    if (reader_->paused[partition]) continue;
    const PartitionModel& model = topics_.at(partition.topic).model[static_cast<std::size_t>(partition.partition)];
    // Time may have been up before the turn of one that is behind the end.
    ComparePlace(partition, reader_->filtered ? known : model.end(),
                 reader_->filtered ? std::max(known, model.end()) : model.end());
    for (Offset at = known; at < reader_->places[partition]; ++at) {
      Expect(!Passes(model.records[static_cast<std::size_t>(at)]),
             fmt::format("an empty Poll stepped over {} of {}-{}", at, partition.topic, partition.partition));
    }
  }
}

void LogModel::Seek(const Operation& operation) {
  if (!reader_.has_value()) return;
  const auto [partition, model] = ChoosePartition(operation);
  const TopicPartition where{partition->topic(), partition->id()};
  Consumer& consumer = reader_->consumer;
  RefreshLogStart(*partition, *model);
  reader_->was_beyond[where] = false;
  switch (operation.b % 5) {
    case 0:
      Expect(consumer.SeekToBegin(where), "SeekToBegin");
      return ComparePlace(where, model->log_start, model->end());
    case 1:
      Expect(consumer.SeekToEnd(where), "SeekToEnd");
      return ComparePlace(where, model->end(), model->end());
    case 2: {
      const Timestamp time(std::chrono::milliseconds(999'000 + operation.c % 7'000));
      const auto first = [&, m = model] {
        return std::find_if(m->records.begin() + m->log_start, m->records.end(),
                            [&](const Kept& record) { return record.timestamp >= time; }) -
               m->records.begin();
      };
      const Offset before = first();
      Expect(consumer.SeekToTime(where, time), "SeekToTime");
      RefreshLogStart(*partition, *model);
      return ComparePlace(where, before, first());
    }
    default: {
      const Offset to = operation.c % static_cast<std::uint32_t>(model->end() + 5);
      Expect(consumer.Seek(where, to), "Seek");
      reader_->was_beyond[where] = to > model->end();
      ComparePlace(where, to, to);
    }
  }
}

void LogModel::PauseOrResume(const Operation& operation) {
  if (!reader_.has_value()) return;
  const auto [partition, model] = ChoosePartition(operation);
  const TopicPartition where{partition->topic(), partition->id()};
  // Most of the time most are not.
  const bool pause = operation.b % 3 == 0;
  Expect(pause ? reader_->consumer.Pause(where) : reader_->consumer.Resume(where), "Pause or Resume");
  reader_->paused[where] = pause;
}

}  // namespace leat::testing
