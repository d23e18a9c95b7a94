#include <fmt/format.h>
#include <leat/leat.h>

using namespace std::chrono_literals;

absl::Status Run() {
  auto broker = leat::Broker::Open("data");  // a folder; made if it is not there
  if (!broker.ok()) return broker.status();
  auto greetings = broker->EnsureTopic("greetings");
  if (!greetings.ok()) return greetings.status();

  auto producer = leat::Producer::Open(*broker);
  if (!producer.ok()) return producer.status();
  auto where = producer->Send(*greetings, {.key = "ada", .value = R"({"text":"Hello, log!"})"});
  if (!where.ok()) return where.status();
  fmt::print("sent to partition {} at offset {}\n", where->partition, where->offset);

  auto consumer = leat::Consumer::Open(*broker, {.auto_offset_reset = leat::OffsetReset::kEarliest});
  if (!consumer.ok()) return consumer.status();
  if (auto status = consumer->Subscribe({"greetings"}); !status.ok()) return status;
  auto records = consumer->Poll(1s);
  for (const leat::ConsumerRecord& r : records) fmt::print("{}: {} = {}\n", r.offset(), r.key(), r.value());
  return records.status();
}

int main() {
  const absl::Status status = Run();
  if (!status.ok()) fmt::print(stderr, "{}\n", status.ToString());
  return status.ok() ? 0 : 1;
}
