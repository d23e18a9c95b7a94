#include "model/log_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace leat::testing {

void Fail(const std::string& message) { throw Disagreement(message); }
void Expect(bool holds, const std::string& message) {
  if (!holds) Fail(message);
}

std::string Show(const Kept& record) {
  const auto bytes = [](const std::optional<std::string>& text) {
    if (!text.has_value()) return std::string("null");
    return fmt::format("'{}'{}", text->substr(0, 12), text->size() > 12 ? fmt::format(".. {}", text->size()) : "");
  };
  std::string shown =
      fmt::format("{} = {} at {} {} epoch {}", bytes(record.key), bytes(record.value),
                  record.timestamp.time_since_epoch().count(), static_cast<int>(record.timestamp_type), record.epoch);
  for (const auto& [name, value] : record.headers) shown += fmt::format(" {}: {}", name, bytes(value));
  return shown;
}

Kept Keep(const ConsumerRecord& record) {
  const Record copy(record);
  return {.key = copy.key,
          .value = copy.value,
          .headers = copy.headers,
          .timestamp = copy.timestamp,
          .timestamp_type = copy.timestamp_type,
          .epoch = copy.leader_epoch};
}

RecordMaker::RecordMaker(const Operation& operation, std::uint32_t room)
    : numbers_(std::uint64_t{operation.b} << 32 | operation.c), room_(room) {}

std::optional<std::string> RecordMaker::Bytes(std::uint32_t size) {
  if (numbers_.OneIn(10)) return std::nullopt;
  size = std::min(size, room_);
  room_ -= size;
  return std::string(size, static_cast<char>('a' + numbers_.Below(26)));
}

Kept RecordMaker::Make() {
  Kept record;
  const std::uint32_t kind = numbers_.Below(100);
  const std::uint32_t bound = kind < 60 ? 100 : kind < 85 ? 1000 : kind < 97 ? 10'000 : 50'000;
  record.value = Bytes(numbers_.Below(bound));
  record.key = Bytes(numbers_.OneIn(50) ? 300 : numbers_.Below(6));
  for (std::uint32_t left = numbers_.OneIn(4) ? numbers_.Below(4) : 0; left > 0; --left) {
    record.headers.emplace_back(std::string(numbers_.Below(5), 'h'), Bytes(numbers_.Below(40)));
  }
  record.timestamp = Timestamp(std::chrono::milliseconds(1'000'000 + numbers_.Below(5'000)));
  return record;
}

ProducerRecord RecordMaker::View(const Kept& record, std::vector<Header>& headers) {
  headers.clear();
  for (const auto& [name, value] : record.headers) headers.push_back({name, value});
  return {.key = record.key, .value = record.value, .headers = headers, .timestamp = record.timestamp};
}

LogModel::LogModel(Place place, std::string folder) : place_(place), folder_(std::move(folder)) {
  OpenBroker();
  for (const std::string name : {"one", "three", "timed"}) {
    Both& both = topics_[name];
    both.append_time = name == "timed";
    const TopicOptions options = NewOptions(name, 0);
    both.topic = Expect(broker_->CreateTopic(name, options), "CreateTopic");
    both.model.resize(static_cast<std::size_t>(options.partitions));
  }
  FindHandles();
}

void LogModel::Do(const Operation& operation) {
  switch (operation.kind) {
    case Kind::kSend:
      return Send(operation);
    case Kind::kSendMany:
      return SendMany(operation);
    case Kind::kAppendBuilder:
      return AppendBuilder(operation);
    case Kind::kAppendBytes:
      return AppendBytes(operation);
    case Kind::kClaim:
      return ClaimOne(operation);
    case Kind::kEnqueue:
      return Enqueue(operation);
    case Kind::kRead:
      return Read(operation);
    case Kind::kPoll:
      return Poll();
    case Kind::kSeek:
      return Seek(operation);
    case Kind::kPauseOrResume:
      return PauseOrResume(operation);
    case Kind::kOffsetForTime:
      return OffsetForTime(operation);
    case Kind::kOffsets:
      return CompareOffsets(operation);
    case Kind::kTrim:
      return Trim(operation);
    case Kind::kHold:
      return Hold(operation);
    case Kind::kLetGo:
      return LetGo();
    case Kind::kNewConsumer:
      return NewConsumer(operation);
    case Kind::kDescribe:
      return Describe(operation);
    case Kind::kAlter:
      return Alter(operation);
    case Kind::kAddPartition:
      return AddPartition(operation);
    case Kind::kMakeAgain:
      return MakeAgain(operation);
    case Kind::kReadOnly:
      return ReadOnly(operation);
    case Kind::kSecondOpening:
      return SecondOpening(operation);
    case Kind::kCopy:
      return Copy();
    case Kind::kCloseAndOpen:
      return CloseAndOpen();
    case Kind::kKillAndOpen:
      return KillAndOpen(false);
    case Kind::kRebootAndOpen:
      return KillAndOpen(true);
  }
}

LogModel::Both& LogModel::ChooseTopic(const Operation& operation) {
  auto it = topics_.begin();
  std::advance(it, operation.a % topics_.size());
  return it->second;
}

std::pair<Partition*, PartitionModel*> LogModel::ChoosePartition(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  const std::size_t index = operation.a / topics_.size() % both.partitions.size();
  return {&both.partitions[index], &both.model[index]};
}

// What went by itself was too much: at least retention_bytes are left, and what is left begins with a segment.
void LogModel::CheckRetained(const Partition& partition, Offset start) const {
  const auto description = Expect(broker_->DescribeTopic(partition.topic()), "DescribeTopic");
  const std::int64_t left = description.partitions[static_cast<std::size_t>(partition.id())].size_bytes;
  const std::int64_t least = description.options.retention_bytes;
  Expect(left >= least, fmt::format("{}-{} begins at {} by itself, and {} bytes are left of the {} that are to stay",
                                    partition.topic(), partition.id(), start, left, least));
  if (place_ != Place::kFolder) return;
  const std::string segment = fmt::format("{}/{}-{}/{:020}.log", folder_, partition.topic(), partition.id(), start);
  if (std::filesystem::exists(segment)) return;
  // It may have gone on.
  Expect(Expect(partition.log_start(), "log_start") > start,
         fmt::format("{}-{} begins at {} by itself, and no segment does", partition.topic(), partition.id(), start));
}

Offset LogModel::RefreshLogStart(Partition& partition, PartitionModel& model) const {
  const Offset start = Expect(partition.log_start(), "log_start");
  Expect(start <= model.end(), fmt::format("log start {} is behind the end {}", start, model.end()));
  Expect(start >= model.log_start, fmt::format("log start went back from {} to {}", model.log_start, start));
  Expect(start == model.log_start || model.lets_go || place_ == Place::kLimitedMemory,
         fmt::format("log start went from {} to {} by itself", model.log_start, start));
  // Where memory is limited, more may go than retention lets go.
  if (start > model.log_start && place_ != Place::kLimitedMemory) CheckRetained(partition, start);
  model.log_start = start;
  return start;
}

}  // namespace leat::testing
