#include "crash/crowd.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

#include "crash/scenario.h"

namespace leat::testing {
namespace {

constexpr TopicOptions kSmall{.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10};

class One {
 public:
  One(SimulatedMachine machine, CrowdLedger& ledger, std::size_t thread, std::uint64_t seed)
      : machine_(std::move(machine)), ledger_(ledger), thread_(thread), random_(seed) {}

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) Step();
    Close();
  }

 private:
  void Step() {
    if (!broker_.has_value() && !Open()) return;
    switch (const std::uint64_t choice = random_() % 100; choice) {
      case 0:
      case 1:
      case 2:
        return Close();
      case 3:
      case 4:
        return ChangeOwnTopic();
      case 5:
      case 6:
      case 7:
      case 8:
        return Flush();
      default:
        if (choice < 12) return Must(machine_.WriteBack(random_()));
        return Send();
    }
  }

  bool Open() {
    auto broker = machine_.Open(kFolder, {.max_block = std::chrono::seconds(60)});
    if (!broker.ok()) throw std::runtime_error(broker.status().ToString());
    auto producer = Producer::Open(*broker);
    if (!producer.ok()) throw std::runtime_error(producer.status().ToString());
    broker_ = *std::move(broker);
    producer_.emplace(*std::move(producer));
    return true;
  }

  void Close() {
    producer_.reset();
    if (broker_.has_value()) Must(broker_->Close());
    broker_.reset();
  }

  static void Must(const absl::Status& status) {
    if (!status.ok()) throw std::runtime_error(status.ToString());
  }

  void SetOwn(Phase phase) {
    ledger_.Note([&](CrowdKnown& known) { known.own[thread_] = phase; });
  }

  void ChangeOwnTopic() {
    const bool there = ledger_.Copy().own[thread_] == Phase::kThere;
    SetOwn(there ? Phase::kDeleting : Phase::kCreating);
    Must(there ? broker_->DeleteTopic(OwnTopic(thread_)) : broker_->CreateTopic(OwnTopic(thread_), kSmall).status());
    SetOwn(there ? Phase::kGone : Phase::kThere);
  }

  void Flush() {
    const CrowdKnown before = ledger_.Copy();
    Must(broker_->Flush());
    ledger_.Note([&](CrowdKnown& known) {
      for (std::size_t i = 0; i < before.records.size(); ++i) {
        if (before.records[i].answer == Answer::kProcess) known.records[i].answer = Answer::kDisk;
      }
    });
  }

  void Send() {
    const std::size_t topic = random_() % std::size(kCrowdTopics);
    const auto partition = static_cast<PartitionId>(random_() % kCrowdPartitions);
    const bool asks_disk = random_() % 3 == 0;
    std::vector<Sent> batch(random_() % 4 == 0 ? 1 + random_() % 6 : 1);
    ledger_.Note([&](CrowdKnown& known) {
      for (Sent& record : batch) {
        record.serial = static_cast<std::uint32_t>(known.records.size());
        record.size = static_cast<std::uint32_t>(16 + random_() % (random_() % 5 == 0 ? 9000 : 600));
        known.records.push_back({.sent = record, .thread = thread_, .topic = topic, .partition = partition});
      }
    });
    std::vector<std::string> values;
    std::vector<ProducerRecord> records;
    for (const Sent& record : batch) values.push_back(record.Value());
    for (const std::string& value : values) records.push_back({.value = value});
    const auto found = broker_->FindTopic(kCrowdTopics[topic]);
    Must(found.status());
    auto handle = found->partition(partition);
    Must(handle.status());
    const auto sent = producer_->Send(*handle, records, asks_disk ? Durability::kDisk : Durability::kTopicDefault);
    Must(sent.status());
    const bool to_disk = asks_disk || found->options().durability == Durability::kDisk;
    ledger_.Note([&](CrowdKnown& known) {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        CrowdRecord& record = known.records[batch[i].serial];
        record.offset = sent->offset + static_cast<Offset>(i);
        record.answer = to_disk ? Answer::kDisk : Answer::kProcess;
      }
    });
  }

  SimulatedMachine machine_;
  CrowdLedger& ledger_;
  const std::size_t thread_;
  std::mt19937_64 random_;
  std::optional<Broker> broker_;
  std::optional<Producer> producer_;
};

}  // namespace

std::string OwnTopic(std::size_t thread) { return fmt::format("own-{}", thread); }

void PrepareCrowd(const SimulatedMachine& machine) {
  auto broker = machine.Open(kFolder);
  if (!broker.ok()) throw std::runtime_error(broker.status().ToString());
  for (const char* name : kCrowdTopics) {
    TopicOptions options = kSmall;
    options.partitions = kCrowdPartitions;
    if (name == kCrowdTopics[1]) options.durability = Durability::kDisk;
    if (auto made = broker->CreateTopic(name, options); !made.ok())
      throw std::runtime_error(made.status().ToString());
  }
  if (auto s = broker->Close(); !s.ok()) throw std::runtime_error(s.ToString());
}

void RunCrowd(const SimulatedMachine& machine, CrowdLedger& ledger, std::uint64_t seed, int steps) {
  const std::size_t count = ledger.Copy().own.size();
  std::vector<std::string> wrong(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      try {
        One(machine, ledger, i, seed * 31 + i).Run(steps);
      } catch (const std::runtime_error& error) {
        wrong[i] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : wrong) {
    if (!text.empty()) throw std::runtime_error(text);
  }
}

}  // namespace leat::testing
