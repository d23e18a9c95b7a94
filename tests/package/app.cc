// The ten lines of an application that links leat.
#include <fmt/format.h>
#include <leat/leat.h>

int main(int argc, char** argv) {
  auto broker = leat::Broker::Open(argc > 1 ? argv[1] : "data");
  if (!broker.ok()) return fmt::print(stderr, "{}\n", broker.status().ToString()), 1;
  auto producer = leat::Producer::Open(*broker);
  auto topic = broker->EnsureTopic("greetings", {.compression = leat::Compression::kZstd});
  if (!producer.ok() || !topic.ok() || !producer->Send(*topic, {.key = "k", .value = "hello"}).ok()) return 1;
  auto consumer = leat::Consumer::Open(*broker, {.auto_offset_reset = leat::OffsetReset::kEarliest});
  if (!consumer.ok() || !consumer->Subscribe({"greetings"}).ok()) return 1;
  for (const leat::ConsumerRecord& r : consumer->Poll(std::chrono::seconds(10))) fmt::print("{}\n", r.value());
  return broker->Close().ok() ? 0 : 1;
}
