#include "process/breaker/act.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <leat/leat.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "process/stepper/traced_child.h"

namespace leat::process_test {
namespace {

class Actor {
 public:
  Actor(std::string folder, ActNotes& notes) : folder_(std::move(folder)), notes_(notes) {}

  void Run() {
    for (int round = 0; round < 2; ++round) {
      // A folder that could not be opened because of one call opens the next time.
      for (int attempt = 0; attempt < 3 && !Open(); ++attempt) {
      }
      if (!broker_.has_value()) return;
      for (int i = 0; i < 9; ++i) Send(Durability::kProcess);  // a segment and more
      for (int i = 0; i < 2; ++i) Send(Durability::kDisk);
      Commit();
      Note(broker_->Flush());
      Note(broker_->CreateTopic("own", {.partitions = 2}).status());
      Note(broker_->DeleteTopic("own"));
      Trim();
      Compact(round);
      Read();
      Note(broker_->Close());
      broker_.reset();
    }
  }

 private:
  void Note(const absl::Status& status) {
    if (status.ok() || absl::IsAlreadyExists(status)) return;
    if (notes_.errors++ > 0) return;
    const std::string text = status.ToString();
    std::memcpy(notes_.first_error, text.data(), std::min(text.size(), sizeof(notes_.first_error) - 1));
  }

  bool Open() {
    auto broker = Broker::Open(folder_);
    Note(broker.status());
    if (!broker.ok()) return false;
    auto topic = broker->EnsureTopic(kActTopic, {.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10});
    Note(topic.status());
    if (!topic.ok()) return false;
    auto producer = Producer::Open(*broker);
    Note(producer.status());
    if (!producer.ok()) return false;
    producer_.emplace(*std::move(producer));
    topic_ = *std::move(topic);
    broker_ = *std::move(broker);
    return true;
  }

  void Send(Durability durability) {
    const std::int64_t number = notes_.sent++;
    const std::string value = ActValue(number);
    const auto sent = producer_->Send(*topic_, {.value = value}, durability);
    Note(sent.status());
    notes_.certain[number] = sent.ok();
    notes_.refused[number] = !sent.ok() && !AppendIsUncertain(sent.status());
  }

  void Commit() {
    auto consumer = Consumer::Open(*broker_, {.group_id = kActGroup, .enable_auto_commit = false});
    Note(consumer.status());
    if (!consumer.ok()) return;
    const TopicPartition partition{kActTopic, 0};
    if (const absl::Status assigned = consumer->Assign(std::vector<TopicPartition>{partition}); !assigned.ok()) {
      return Note(assigned);
    }
    ++notes_.attempted;
    const absl::Status committed =
        consumer->Commit({{.partition = partition, .offset = notes_.attempted}}, Durability::kDisk);
    Note(committed);
    if (committed.ok()) notes_.committed = notes_.attempted;
  }

  void Trim() {
    auto topic = broker_->EnsureTopic(kTrimmedTopic, {.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10});
    Note(topic.status());
    if (!topic.ok()) return;
    const std::string value(30'000, 't');
    for (int i = 0; i < 5; ++i) Note(producer_->Send(*topic, {.value = value}).status());
    auto partition = topic->partition(0);
    Note(partition.status());
    if (!partition.ok()) return;
    const auto trimmed = partition->Trim(Offset{-1});
    Note(trimmed.status());
    if (trimmed.ok()) notes_.trimmed = *trimmed;
  }

  void Compact(int round) {
    auto topic = broker_->EnsureTopic(
        kKeyedTopic,
        {.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10, .cleanup_policy = CleanupPolicy::kCompact});
    Note(topic.status());
    if (!topic.ok()) return;
    for (int i = 1; i <= 8; ++i) {
      const int number = 8 * round + i;
      const std::string key = std::to_string(number % kKeys), value = ActValue(number);
      const auto sent = producer_->Send(*topic, {.key = key, .value = value});
      Note(sent.status());
      if (sent.ok()) notes_.keyed[number % kKeys] = number;
    }
    Note(broker_->CompactTopic(kKeyedTopic).status());
  }

  void Read() {
    auto partition = topic_->partition(0);
    Note(partition.status());
    if (!partition.ok()) return;
    for (Offset at = 0;;) {
      const ConsumerRecords records = partition->Read(at);
      Note(records.status());
      const Offset before = at;
      for (const ConsumerRecord& record : records) at = record.offset() + 1;
      if (at == before) return;
    }
  }

  const std::string folder_;
  ActNotes& notes_;
  std::optional<Broker> broker_;
  std::optional<Topic> topic_;
  std::optional<Producer> producer_;
};

}  // namespace

std::string ActValue(std::int64_t number) {
  return fmt::format("{}:{}", number, std::string(8000, static_cast<char>('a' + number % 26)));
}

int Act(const std::string& folder, const std::string& notes_path) {
  const int descriptor = ::open(notes_path.c_str(), O_RDWR | O_CLOEXEC);
  void* const notes = ::mmap(nullptr, sizeof(ActNotes), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  if (notes == MAP_FAILED) return 1;
  if (!LetParentStep()) return 77;
  StopForParent();
  Actor(folder, *static_cast<ActNotes*>(notes)).Run();
  return 0;
}

}  // namespace leat::process_test
