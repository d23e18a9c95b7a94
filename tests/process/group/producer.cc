#include <fmt/format.h>
#include <leat/leat.h>

#include <random>
#include <thread>

#include "process/group/parts.h"

namespace leat::process_test::group {

using namespace std::chrono_literals;

PartOptions PartOptions::Parse(char** arguments) {
  PartOptions options;
  options.folder = arguments[0];
  options.board = arguments[1];
  options.process = static_cast<std::uint32_t>(std::stoul(arguments[2]));
  options.seed = std::stoull(arguments[3]);
  options.consumers = std::stoi(arguments[4]);
  return options;
}

absl::Status Produce(const PartOptions& options, Board& board) {
  auto broker = Broker::Open(options.folder);
  if (!broker.ok()) return broker.status();
  auto topic = broker->FindTopic(kTopicName);
  auto producer = Producer::Open(*broker);
  if (!topic.ok() || !producer.ok()) return topic.ok() ? producer.status() : topic.status();
  std::mt19937_64 random(options.seed);
  const std::vector<ProducerRecord> records(8, ProducerRecord{.value = "a piece of work", .partition = 0});
  std::vector<Offset> end(static_cast<std::size_t>(kPartitions), 0);
  while (board.stop_producing.load() == 0) {
    const auto partition = static_cast<PartitionId>(random() % kPartitions);
    if (end[static_cast<std::size_t>(partition)] < kOffsets - 1000) {
      std::vector<ProducerRecord> batch(records.begin(),
                                        records.begin() + 1 + static_cast<std::ptrdiff_t>(random() % 8));
      for (ProducerRecord& record : batch) record.partition = partition;
      for (const BatchDelivery& sent : producer->Send(*topic, batch)) {
        if (!sent.delivery.ok()) return sent.delivery.status();
        end[static_cast<std::size_t>(partition)] = sent.delivery->offset;
      }
    }
    std::this_thread::sleep_for(1ms);  // a pace that the consumers keep up with
  }
  return broker->Close();
}

}  // namespace leat::process_test::group
