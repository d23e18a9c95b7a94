// A whole folder whose files somebody has spoilt, before it is opened or while it is open: leat says what it finds, and
// neither reads nor writes where it must not, nor waits for ever.
#include <leat/leat.h>
#include <leat/testing.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fuzz/input.h"
#include "fuzz/overlay.h"
#include "fuzz/targets.h"

namespace leat::testing {
namespace {

constexpr const char* kFolder = "/data";
// A lock word that was scribbled over may name this very process, whose locks are waited for.
const BrokerOptions kImpatient = {.open_timeout = std::chrono::milliseconds(20),
                                  .max_block = std::chrono::milliseconds(20)};

void Fill(Broker& broker) {
  const auto topic =
      broker.EnsureTopic("t", {.partitions = 2, .segment_bytes = 64 << 10, .max_message_bytes = 64 << 10});
  LEAT_CHECK(topic.ok());
  auto producer = Producer::Open(broker);
  LEAT_CHECK(producer.ok());
  for (int i = 0; i < 90; ++i) {
    LEAT_CHECK(producer->Send(*topic, {.key = std::to_string(i), .value = std::string(1000, 'v')}).ok());
  }
  auto consumer = Consumer::Open(broker, {.group_id = "g"});
  LEAT_CHECK(consumer.ok());
  LEAT_CHECK(consumer->Assign(std::vector<TopicPartition>{{"t", 0}}).ok());
  LEAT_CHECK(consumer->Commit({{.partition = {"t", 0}, .offset = 10}}, Durability::kDisk).ok());
}

// All that can be asked of a folder; answers may be errors.
void Use(Broker& broker) {
  const auto names = broker.ListTopics();
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    static_cast<void>(broker.DescribeTopic(name));
    const auto topic = broker.FindTopic(name);
    if (!topic.ok()) continue;
    for (PartitionId p = 0; p < topic->partition_count(); ++p) {
      auto partition = topic->partition(p);
      if (!partition.ok()) continue;
      const auto begin = partition->log_start();
      const auto end = partition->high_watermark();
      if (!begin.ok() || !end.ok()) continue;
      std::size_t bytes = 0;
      for (const Offset offset : {*begin, *begin + (*end - *begin) / 2, *end - 1}) {
        const ConsumerRecords records = partition->Read(offset);
        for (const ConsumerRecord& record : records) bytes += record.value().size() + record.key().size();
      }
      LEAT_CHECK(bytes < 100'000'000);
      static_cast<void>(partition->OffsetForTime(Timestamp{}));
      static_cast<void>(partition->MaxTimestamp());
    }
    auto producer = Producer::Open(broker);
    if (producer.ok()) static_cast<void>(producer->Send(*topic, {.value = "more"}));
  }
  if (const auto groups = ConsumerGroup::List(broker); groups.ok()) {
    for (const std::string& id : *groups) {
      if (const auto group = ConsumerGroup::Open(broker, id); group.ok()) static_cast<void>(group->Describe());
    }
  }
  auto consumer = Consumer::Open(broker, {.group_id = "g", .auto_offset_reset = OffsetReset::kEarliest});
  if (!consumer.ok() || !consumer->Subscribe({"t"}).ok()) return;
  for (int i = 0; i < 3; ++i) {
    const ConsumerRecords records = consumer->Poll(std::chrono::milliseconds(0));
    for (const ConsumerRecord& record : records) static_cast<void>(record.value());
    consumer->Commit().IgnoreError();
  }
}

// A folder at rest, and one as a killed process leaves it; cloned for each input.
const SimulatedMachine& Template(bool closed) {
  const auto make = [](bool close) {
    const SimulatedMachine machine;
    auto broker = machine.Open(kFolder);
    LEAT_CHECK(broker.ok());
    Fill(*broker);
    if (close) {
      LEAT_CHECK(broker->Close().ok());
      return machine;
    }
    LEAT_CHECK(broker->Flush().ok());
    // Whatever seed: of what matters all is synced.
    auto killed = machine.LosePower(1);
    LEAT_CHECK(killed.ok());
    return *std::move(killed);
  };
  static const SimulatedMachine closed_one = make(true);
  static const SimulatedMachine killed_one = make(false);
  return closed ? closed_one : killed_one;
}

void SpoilOne(SimulatedMachine& machine, FuzzInput& input, const std::vector<std::string>& files) {
  const std::string& path = files[input.Number<std::uint8_t>() % files.size()];
  auto content = machine.ReadFile(path);
  if (!content.ok()) return;
  const auto how = input.Number<std::uint8_t>();
  if (how < 16) {
    // A file that is mapped cannot be cut under its readers without a signal, which is the kernel's own.
    machine.ResizeFile(path, static_cast<std::int64_t>(content->size() * how / 16)).IgnoreError();
    return;
  }
  LayOver(input, std::as_writable_bytes(std::span(*content)));
  machine.WriteFile(path, 0, *content).IgnoreError();
}

}  // namespace

void FuzzFolder(FuzzBytes bytes) {
  FuzzInput input(bytes);
  const auto choice = input.Number<std::uint8_t>();
  auto machine = Template((choice & 1) != 0).LosePower(choice);
  LEAT_CHECK(machine.ok());
  const auto files = machine->Files();
  LEAT_CHECK(files.ok() && !files->empty());
  for (int i = 0; i < 20 && !input.empty(); ++i) SpoilOne(*machine, input, *files);
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kCreate}) {
    BrokerOptions options = kImpatient;
    options.mode = mode;
    auto broker = machine->Open(kFolder, options);
    if (!broker.ok()) continue;
    Use(*broker);
    broker->Close().IgnoreError();
  }
}

// Somebody else writes into the control file and the group's file while we work.
void FuzzScribbler(FuzzBytes bytes) {
  FuzzInput input(bytes);
  auto machine = Template(true).LosePower(1);
  LEAT_CHECK(machine.ok());
  auto broker = machine->Open(kFolder, kImpatient);
  LEAT_CHECK(broker.ok());
  Use(*broker);
  for (int i = 0; i < 8 && !input.empty(); ++i) {
    const bool group = input.Number<std::uint8_t>() % 4 == 0;
    const std::string path = std::string(kFolder) + (group ? "/groups/g" : "/control");
    auto content = machine->ReadFile(path);
    if (!content.ok() || content->empty()) continue;
    const std::size_t place = input.Number<std::uint32_t>() % content->size();
    const std::span<const std::byte> patch = input.Bytes(input.Number<std::uint8_t>());
    const std::string_view text(reinterpret_cast<const char*>(patch.data()),
                                std::min(patch.size(), content->size() - place));
    machine->WriteFile(path, static_cast<std::int64_t>(place), text).IgnoreError();
    Use(*broker);
  }
  broker->Close().IgnoreError();
}

}  // namespace leat::testing
