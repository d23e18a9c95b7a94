#include <fmt/format.h>
#include <leat/leat.h>

#include <cstdio>
#include <optional>
#include <string>

#include "process/killer/content.h"
#include "process/stepper/operation.h"
#include "process/stepper/traced_child.h"

namespace leat::process_test {
namespace {

// Of a segment of 64 KiB: the second of these begins one, and a third of the other size leaves no room for one more.
constexpr std::size_t kLarge = 40'000;
constexpr std::size_t kFilling = 25'000;
constexpr std::size_t kSmall = 700;

class Performance {
 public:
  Performance(Operation operation, std::string folder, std::uint64_t number)
      : operation_(operation), folder_(std::move(folder)), number_(number) {}

  absl::Status Run() {
    const bool opens =
        operation_ == Operation::kOpen || operation_ == Operation::kOpenAlone || operation_ == Operation::kRecover;
    if (!opens) {
      if (auto s = Open(); !s.ok()) return s;
    }
    if (operation_ == Operation::kDelete) {
      if (auto s = broker_->CreateTopic(OwnTopic(), {.partitions = 2}).status(); !s.ok()) return s;
    }
    if (!opens) {
      const bool fills = operation_ == Operation::kRoll || operation_ == Operation::kTrim;
      for (const std::size_t size : {fills ? kLarge : kSmall, fills ? kLarge : kSmall, fills ? kFilling : kSmall}) {
        Encode(size);
        if (auto s = Send(); !s.ok()) return s;
        if (sequence_ == 1) first_ = *partition_->end() - 1;
      }
      Encode(kSmall);
    }
    StopForParent();
    const absl::Status done = Do();
    if (!done.ok()) return done;  // before the stop: the parent is told by our end
    StopForParent();
    return absl::OkStatus();
  }

 private:
  std::string OwnTopic() const { return fmt::format("own-{}", number_); }

  absl::Status Open() {
    auto broker = Broker::Open(folder_);
    if (!broker.ok()) return broker.status();
    broker_ = *std::move(broker);
    auto topic = broker_->FindTopic(kTopic);
    if (!topic.ok()) return topic.status();
    auto partition = topic->partition(0);
    if (!partition.ok()) return partition.status();
    partition_ = *std::move(partition);
    auto producer = Producer::Open(*broker_);
    if (!producer.ok()) return producer.status();
    producer_ = *std::move(producer);
    return absl::OkStatus();
  }

  void Encode(std::size_t size) {
    value_ = process_test::Encode({.writer = number_, .first = sequence_++, .count = 1}, size);
  }
  absl::Status Send(Durability durability = Durability::kTopicDefault) {
    return producer_->Send(*partition_, {.key = KeyOf(sequence_ - 1), .value = value_}, durability).status();
  }

  absl::Status Compact() {
    const auto report = broker_->CompactTopic(kTopic);
    return report.ok() ? report->partitions[0].status : report.status();
  }

  absl::Status Do() {
    switch (operation_) {
      case Operation::kAppend:
      case Operation::kRoll:
        return Send();
      case Operation::kAppendToDisk:
        return Send(Durability::kDisk);
      case Operation::kFlush:
        return broker_->Flush();
      case Operation::kOpen:
      case Operation::kOpenAlone:
      case Operation::kRecover:
        return Open();
      case Operation::kClose:
      case Operation::kCloseLast:
        return broker_->Close();
      case Operation::kCreate:
        return broker_->CreateTopic(OwnTopic(), {.partitions = 2}).status();
      case Operation::kDelete:
        return broker_->DeleteTopic(OwnTopic());
      case Operation::kTrim:
        return partition_->Trim(first_).status();
      case Operation::kCompact:
        return Compact();
    }
    return absl::OkStatus();
  }

  const Operation operation_;
  const std::string folder_;
  const std::uint64_t number_;
  std::uint64_t sequence_ = 0;
  Offset first_ = 0;  // of what it has sent
  std::string value_;
  std::optional<Broker> broker_;
  std::optional<Partition> partition_;
  std::optional<Producer> producer_;
};

}  // namespace

int Perform(Operation operation, const std::string& folder, std::uint64_t number) {
  if (!LetParentStep()) return 77;
  const absl::Status status = Performance(operation, folder, number).Run();
  if (status.ok()) return 0;
  fmt::print(stderr, "child {}: {}\n", number, status.ToString());
  return 1;
}

}  // namespace leat::process_test
