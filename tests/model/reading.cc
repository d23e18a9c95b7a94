#include <fmt/format.h>

#include <algorithm>

#include "model/log_model.h"

namespace leat::testing {

// The records are those of the model from `from` on, each of them, in order.
void LogModel::CompareRecords(const std::string& what, const ConsumerRecords& records, const PartitionModel& model,
                              Offset from) {
  std::size_t count = 0;
  for (const ConsumerRecord& record : records) {
    Expect(record.offset() == from, fmt::format("{}: offset {} where {} comes next", what, record.offset(), from));
    Expect(from < model.end(), fmt::format("{}: a record at {}, the end", what, from));
    const Kept& expected = model.records[static_cast<std::size_t>(from)];
    const Kept found = Keep(record);
    if (found != expected) {
      Fail(fmt::format("{}@{}: there is {}\n  where there was {}", what, from, Show(found), Show(expected)));
    }
    ++from;
    ++count;
  }
  Expect(records.status(), what + " after the last record");
  Expect(records.size() == count, fmt::format("{}: size() is {} of {} records", what, records.size(), count));
}

void LogModel::Read(const Operation& operation) {
  const auto [partition, model] = ChoosePartition(operation);
  const std::string what = fmt::format("Read of {}-{}", partition->topic(), partition->id());
  const Offset start = RefreshLogStart(*partition, *model);
  const Offset offset = operation.b % static_cast<std::uint32_t>(model->end() + 3);
  const std::size_t max_bytes = operation.c % 3 == 0 ? 1 : operation.c % 200'000;
  const ConsumerRecords records = partition->Read(offset, max_bytes);
  if (offset < start || offset > model->end() || absl::IsOutOfRange(records.status())) {
    const Offset now = RefreshLogStart(*partition, *model);
    Expect(offset < now || offset > model->end(),
           fmt::format("{} at {} of [{}, {}], log start was {}: {}", what, offset, now, model->end(), start,
                       records.status().ToString()));
    Expect(absl::IsOutOfRange(records.status()),
           fmt::format("{} at {} of [{}, {}]: {}", what, offset, start, model->end(), records.status().ToString()));
    return;
  }
  Expect(records.status(), what);
  Expect(records.empty() == (offset == model->end()),
         fmt::format("{} at {} of [{}, {}]: empty is {}", what, offset, start, model->end(), records.empty()));
  CompareRecords(what, records, *model, offset);
}

void LogModel::ComparePartition(const std::string& what, Partition& partition, PartitionModel& model) {
  Offset at = Expect(partition.log_start(), what);
  Expect(at >= model.log_start && at <= model.end(), what + ": another log start");
  Expect(Expect(partition.end(), what) == model.end(),
         fmt::format("{}: ends at {}, and should at {}", what, *partition.end(), model.end()));
  Expect(Expect(partition.high_watermark(), what) == model.end(), what + ": high watermark is not the end");
  while (at < model.end()) {
    const ConsumerRecords records = partition.Read(at, 300'000);
    if (absl::IsOutOfRange(records.status()) && (model.lets_go || place_ == Place::kLimitedMemory)) {
      const Offset now = Expect(partition.log_start(), what);
      Expect(now > at, what + " in range is out of range");
      at = now;
      continue;
    }
    Expect(records.status(), fmt::format("{} at {} of {}", what, at, model.end()));
    Expect(!records.empty(), fmt::format("{} at {} of {}: nothing", what, at, model.end()));
    CompareRecords(what, records, model, at);
    at += static_cast<Offset>(records.size());
  }
}

void LogModel::CompareAll() {
  for (auto& [name, both] : topics_) {
    for (std::size_t p = 0; p < both.partitions.size(); ++p) {
      ComparePartition(fmt::format("{}-{}", name, p), both.partitions[p], both.model[p]);
    }
  }
}

void LogModel::Trim(const Operation& operation) {
  const auto [partition, model] = ChoosePartition(operation);
  const std::string what = fmt::format("Trim of {}-{}", partition->topic(), partition->id());
  const Offset start = RefreshLogStart(*partition, *model);
  if (operation.b % 8 == 0) {
    const Offset bad = operation.c % 2 == 0 ? -2 : model->end() + 1 + operation.c % 5;
    const auto refused = partition->Trim(bad);
    Expect(absl::IsOutOfRange(refused.status()), fmt::format("{} to {}: {}", what, bad, refused.status().ToString()));
    return static_cast<void>(RefreshLogStart(*partition, *model));
  }
  // Mostly a little at a time, so that there is something left for the others.
  Offset to = std::min(start + static_cast<Offset>(operation.c % 40), model->end());
  absl::StatusOr<Offset> begins = Offset{0};
  if (operation.b % 8 == 1) {
    begins = partition->Trim(Offset{-1});
    to = model->end();
  } else if (operation.b % 8 == 2 && to < model->end()) {
    const Timestamp time = model->records[static_cast<std::size_t>(to)].timestamp;
    to = start;
    while (model->records[static_cast<std::size_t>(to)].timestamp < time) ++to;
    begins = partition->Trim(time);
  } else {
    begins = partition->Trim(to);
  }
  const Offset now = Expect(begins, what);
  const bool exact = now == std::max(to, start);
  Expect(exact || (model->lets_go || place_ == Place::kLimitedMemory ? now > to : false),
         fmt::format("{} to {}: the log begins with {}", what, to, now));
  model->log_start = now;
  RefreshLogStart(*partition, *model);
}

void LogModel::Hold(const Operation& operation) {
  constexpr std::size_t kMost = 4;
  if (held_.size() >= kMost) LetGo();
  const auto [partition, model] = ChoosePartition(operation);
  const Offset from = RefreshLogStart(*partition, *model) +
                      operation.b % static_cast<std::uint32_t>(model->end() - model->log_start + 1);
  Held held{partition->Read(from, operation.c % 100'000), {}};
  if (!held.records.status().ok()) return;  // Read compares
  const auto count = static_cast<std::ptrdiff_t>(held.records.size());
  const auto first = model->records.begin() + from;
  held.expected.assign(first, first + count);
  held_.push_back(std::move(held));
}

void LogModel::LetGo() {
  if (held_.empty()) return;
  const Held held = std::move(held_.front());
  held_.erase(held_.begin());
  auto expected = held.expected.begin();
  for (const ConsumerRecord& record : held.records) {
    Expect(expected != held.expected.end(), "held records became more");
    const Kept found = Keep(record);
    if (found != *expected) Fail("a held record became " + Show(found) + "\n  it was " + Show(*expected));
    ++expected;
  }
  Expect(expected == held.expected.end(), "held records became fewer");
}

void LogModel::OffsetForTime(const Operation& operation) {
  const auto [partition, model] = ChoosePartition(operation);
  Timestamp time(std::chrono::milliseconds(999'000 + operation.b % 7'000));
  if (model->end() > 0 && operation.c % 2 == 0) {
    time = model->records[operation.b % model->records.size()].timestamp;
  }
  const auto first_since = [&, m = model](Offset start) -> std::optional<Offset> {
    const auto found = std::find_if(m->records.begin() + start, m->records.end(),
                                    [&](const Kept& record) { return record.timestamp >= time; });
    if (found == m->records.end()) return std::nullopt;
    return found - m->records.begin();
  };
  const auto before = first_since(RefreshLogStart(*partition, *model));
  const auto found = Expect(partition->OffsetForTime(time), "OffsetForTime");
  const auto after = first_since(RefreshLogStart(*partition, *model));
  Expect(found == before || found == after || (before < found && found < after),
         fmt::format("{}-{}: OffsetForTime({}) is {}, not {}", partition->topic(), partition->id(),
                     time.time_since_epoch().count(), found.value_or(-1), before.value_or(-1)));
  CompareMaxTimestamp(*partition, *model);
}

void LogModel::CompareMaxTimestamp(Partition& partition, PartitionModel& model) {
  const auto latest = [&](Offset start) -> std::optional<OffsetAndTimestamp> {
    const auto found = std::max_element(model.records.begin() + start, model.records.end(),
                                        [](const Kept& a, const Kept& b) { return a.timestamp < b.timestamp; });
    if (found == model.records.end()) return std::nullopt;
    return OffsetAndTimestamp{.offset = found - model.records.begin(), .timestamp = found->timestamp};
  };
  const Offset before = RefreshLogStart(partition, model);
  const auto found = Expect(partition.MaxTimestamp(), "MaxTimestamp");
  const Offset after = RefreshLogStart(partition, model);
  bool is_right = false;
  for (Offset start = before; start <= after && !is_right; ++start) is_right = found == latest(start);
  Expect(is_right, fmt::format("{}-{}: MaxTimestamp is {}, not {}", partition.topic(), partition.id(),
                               found.has_value() ? found->offset : -1,
                               latest(before).value_or(OffsetAndTimestamp{.offset = -1}).offset));
}

void LogModel::CompareOffsets(const Operation& operation) {
  const auto [partition, model] = ChoosePartition(operation);
  RefreshLogStart(*partition, *model);
  Expect(Expect(partition->end(), "end") == model->end(), "another end");
  Expect(Expect(partition->high_watermark(), "high_watermark") == model->end(), "another high watermark");
  const Offset from = static_cast<Offset>(operation.b % (model->records.size() + 1));
  const bool more = Expect(partition->Wait(from, std::chrono::seconds(0)), "Wait");
  Expect(more == (from < model->end()), "Wait without time is wrong about what is there");
}

void LogModel::Describe(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  const auto description = Expect(broker_->DescribeTopic(both.topic->name()), "DescribeTopic");
  Expect(description.name == both.topic->name() && description.id == both.topic->id(), "another topic is described");
  Expect(description.partitions.size() == both.model.size(), "another count of partitions");
  for (std::size_t p = 0; p < both.model.size(); ++p) {
    const PartitionDescription& partition = description.partitions[p];
    Expect(partition.status, "the status of a partition");
    Expect(partition.end == both.model[p].end() && partition.high_watermark == partition.end, "another end");
    Expect(partition.log_start >= both.model[p].log_start, "another log start");
  }
}

}  // namespace leat::testing
