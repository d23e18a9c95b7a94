#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "model/log_model.h"
#include "shared/layout.h"

namespace leat::testing {
namespace {

constexpr PartitionId kMostPartitions = 4;

// As if the machine had been started anew: the control file speaks of another boot.
void PretendReboot(const std::string& folder) {
  const int file = ::open((folder + "/control").c_str(), O_RDWR | O_CLOEXEC);
  shared::Identity identity{};
  Expect(::pread(file, &identity, sizeof(identity), 0) == sizeof(identity), "reading the control file");
  std::memcpy(identity.boot_id, "another", 8);
  identity.crc = Crc32c(std::as_bytes(std::span(&identity, 1)).first(offsetof(shared::Identity, crc)));
  Expect(::pwrite(file, &identity, sizeof(identity), 0) == sizeof(identity), "writing the control file");
  ::close(file);
}

// The process ends here, with nothing closed, and its child goes on, once it is gone.
void GoOnInChild() {
  int ends[2];
  Expect(::pipe2(ends, O_CLOEXEC) == 0, "no pipe");
  const pid_t child = ::fork();
  Expect(child >= 0, "no child");
  if (child > 0) ::_exit(0);
  ::close(ends[1]);
  char none = 0;
  while (::read(ends[0], &none, 1) > 0) {
  }
  ::close(ends[0]);
}

}  // namespace

TopicOptions LogModel::NewOptions(const std::string& name, std::uint32_t choice) const {
  static constexpr std::int64_t kSegments[] = {64 << 10, 100'000, 300'000, 1 << 20};
  static constexpr std::int32_t kIntervals[] = {4096, 1, 200, 20'000};
  TopicOptions options{.partitions = name == "one"     ? 1
                                     : name == "three" ? 3
                                                       : 2,
                       .segment_bytes = kSegments[choice % (place_ == Place::kLimitedMemory ? 2 : 4)],
                       .max_message_bytes = 64'000,
                       .index_interval_bytes = kIntervals[choice / 4 % 4]};
  if (name == "timed") options.timestamp_type = TimestampType::kLogAppendTime;
  // Each segment that ends asks for a look, which comes when it comes.
  if (name == "one") options.retention_bytes = 200'000;
  return options;
}

void LogModel::OpenBroker() {
  if (place_ == Place::kFolder) {
    broker_ = Expect(Broker::Open(folder_), "Broker::Open");
  } else {
    broker_ = Expect(Broker::InMemory({.size_limit = place_ == Place::kLimitedMemory ? 8 << 20 : 0}), "InMemory");
  }
  producer_.emplace(Expect(Producer::Open(*broker_, {.linger = std::chrono::milliseconds(0)}), "Producer::Open"));
}

void LogModel::FindHandles() {
  std::vector<std::string> names;
  for (auto& [name, both] : topics_) {
    names.push_back(name);
    both.topic = Expect(broker_->FindTopic(name), "FindTopic");
    Expect(both.topic->partition_count() == static_cast<PartitionId>(both.model.size()), "another partition count");
    both.partitions.clear();
    for (std::size_t p = 0; p < both.model.size(); ++p) {
      both.model[p].lets_go = both.topic->options().retention_bytes >= 0;
      both.partitions.push_back(Expect(both.topic->partition(static_cast<PartitionId>(p)), "partition"));
    }
  }
  Expect(Expect(broker_->ListTopics(), "ListTopics") == names, "other topics");
}

// Lets go of all handles but of what is held.
void LogModel::Drop() {
  reader_.reset();
  producer_.reset();
  for (auto& [name, both] : topics_) {
    both.partitions.clear();
    both.topic.reset();
  }
  broker_.reset();
}

void LogModel::Alter(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  const std::string name = both.topic->name();
  const TopicOptions wanted = NewOptions(name, operation.b);
  Expect(broker_->AlterTopic(
             name, {.segment_bytes = wanted.segment_bytes, .index_interval_bytes = wanted.index_interval_bytes}),
         "AlterTopic");
  FindHandles();
  Expect(both.topic->options().segment_bytes == wanted.segment_bytes, "AlterTopic did not");
}

void LogModel::AddPartition(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  const auto count = both.topic->partition_count();
  if (count >= kMostPartitions) return;
  Expect(broker_->AddPartitions(both.topic->name(), count + 1).status(), "AddPartitions");
  both.model.emplace_back();
  FindHandles();
  if (reader_.has_value()) Assign();
}

void LogModel::MakeAgain(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  const std::string name = both.topic->name();
  Expect(broker_->DeleteTopic(name), "DeleteTopic");
  const Topic old = *both.topic;
  const auto refused = producer_->Send(old, {.value = "too late"}).status();
  Expect(absl::IsNotFound(refused), "Send to a deleted topic: " + refused.ToString());
  Expect(absl::IsNotFound(broker_->FindTopic(name).status()), "a deleted topic is found");
  const TopicOptions options = NewOptions(name, operation.b);
  Expect(broker_->CreateTopic(name, options).status(), "CreateTopic");
  const auto again = producer_->Send(old, {.value = "too late"}).status();
  Expect(absl::IsNotFound(again), "Send to a topic deleted and made again: " + again.ToString());
  both.model.clear();
  both.model.resize(static_cast<std::size_t>(options.partitions));
  FindHandles();
  if (reader_.has_value()) NewConsumer(operation);
}

void LogModel::ReadOnly(const Operation& operation) {
  const auto chosen = ChoosePartition(operation);
  Broker reader = Expect(Broker::Open(folder_, {.mode = OpenMode::kReadOnly}), "Open read-only");
  Partition partition =
      Expect(Expect(reader.FindTopic(chosen.first->topic()), "FindTopic").partition(chosen.first->id()), "partition");
  ComparePartition("read-only", partition, *chosen.second);
}

void LogModel::SecondOpening(const Operation& operation) {
  Both& both = ChooseTopic(operation);
  const auto id = static_cast<PartitionId>(operation.a / topics_.size() % both.partitions.size());
  Broker second = Expect(Broker::Open(folder_), "a second Open");
  Partition partition = Expect(Expect(second.FindTopic(both.topic->name()), "FindTopic").partition(id), "partition");
  ComparePartition("a second opening", partition, both.model[static_cast<std::size_t>(id)]);
  Producer producer = Expect(Producer::Open(second), "Producer::Open");
  RecordMaker maker(operation, 50'000);
  const Kept record = maker.Make();
  std::vector<Header> headers;
  Landed(both, Expect(producer.Send(partition, RecordMaker::View(record, headers)), "Send of a second opening"),
         {record});
  Expect(second.Close(), "Close of a second opening");
}

void LogModel::Copy() {
  const std::string copy = folder_ + "-copy";
  // Files may go while it copies: that is no error of ours.
  static_cast<void>(!std::system(fmt::format("cp -r '{}' '{}' 2>/dev/null", folder_, copy).c_str()));
  {
    Broker broker = Expect(Broker::Open(copy), "Open of a copy");
    for (auto& [name, both] : topics_) {
      const Topic topic = Expect(broker.FindTopic(name), "FindTopic in a copy");
      for (std::size_t p = 0; p < both.model.size(); ++p) {
        Partition partition = Expect(topic.partition(static_cast<PartitionId>(p)), "partition of a copy");
        ComparePartition(fmt::format("copy of {}-{}", name, p), partition, both.model[p]);
      }
    }
  }
  std::filesystem::remove_all(copy);
}

void LogModel::CloseAndOpen() {
  Expect(producer_->Close(), "Close of a producer");
  Expect(broker_->Close(), "Close");
  const auto refused = broker_->FindTopic("one").status();
  Expect(absl::IsFailedPrecondition(refused), "a closed broker: " + refused.ToString());
  Drop();
  OpenBroker();
  FindHandles();
  CompareAll();
}

void LogModel::KillAndOpen(bool reboot) {
  while (!held_.empty()) LetGo();
  GoOnInChild();
  const auto refused = broker_->FindTopic("one").status();
  Expect(absl::IsFailedPrecondition(refused), "a broker opened before a fork: " + refused.ToString());
  Drop();
  if (reboot) PretendReboot(folder_);
  OpenBroker();
  FindHandles();
  CompareAll();
}

}  // namespace leat::testing
