// One process asks over a topic, another answers over a second one: prints how long the way there and back takes.
#include <fmt/format.h>
#include <leat/leat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "child_process.h"

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUsage = R"(usage: request_reply [OPTION...]

Starts a second process that answers each request, sends one request after the other, and prints percentiles of the
time from sending a request to having its answer.

  --dir FOLDER      the folder of the log (data)
  --count N         requests (20000)
)";

constexpr std::string_view kReady = "ready", kEnd = "end";
constexpr auto kPatience = 10s;

// Topics of this run alone, so that two of them in one folder do not answer each other.
struct Topics {
  explicit Topics(std::int64_t run)
      : requests(fmt::format("requests-{}", run)), replies(fmt::format("replies-{}", run)) {}
  std::string requests;
  std::string replies;
};

// The one record that the other side sends next; between two of them nobody sends anything.
absl::StatusOr<leat::Record> Receive(leat::Consumer& consumer) {
  leat::ConsumerRecords records = consumer.Poll(kPatience);
  if (!records.status().ok()) return records.status();
  if (records.empty()) return absl::DeadlineExceededError("the other process has not said anything for 10 s");
  return leat::Record(*records.begin());
}

// A consumer of what is sent from now on.
absl::StatusOr<leat::Consumer> Listen(const leat::Broker& broker, const std::string& topic) {
  auto consumer = leat::Consumer::Open(broker, {.auto_offset_reset = leat::OffsetReset::kLatest});
  if (!consumer.ok()) return consumer.status();
  if (auto status = consumer->Assign({leat::TopicPartition{topic, 0}}); !status.ok()) return status;
  return consumer;
}

absl::Status Answer(const std::string& dir, std::int64_t run) {
  const Topics topics(run);
  auto broker = leat::Broker::Open(dir);
  if (!broker.ok()) return broker.status();
  auto requests = Listen(*broker, topics.requests);
  if (!requests.ok()) return requests.status();
  auto producer = leat::Producer::Open(*broker);
  if (!producer.ok()) return producer.status();
  auto replies = broker->FindTopic(topics.replies);
  if (!replies.ok()) return replies.status();

  auto sent = producer->Send(*replies, {.key = kReady});
  while (sent.ok()) {
    auto request = Receive(*requests);
    if (!request.ok()) return request.status();
    if (request->key == kEnd) return absl::OkStatus();
    sent = producer->Send(*replies, {.key = request->key, .value = request->value});
  }
  return sent.status();
}

absl::Status Ask(const leat::Broker& broker, std::int64_t run, std::int64_t count,
                 std::vector<std::chrono::nanoseconds>& taken) {
  const Topics topics(run);
  auto producer = leat::Producer::Open(broker);
  if (!producer.ok()) return producer.status();
  auto requests = broker.FindTopic(topics.requests);
  if (!requests.ok()) return requests.status();
  auto replies = Listen(broker, topics.replies);
  if (!replies.ok()) return replies.status();

  example::ChildProcess answering({"--dir", broker.folder(), "--answer", std::to_string(run)});
  if (auto ready = Receive(*replies); !ready.ok()) return ready.status();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string id = std::to_string(i);
    const auto begin = std::chrono::steady_clock::now();
    auto sent = producer->Send(*requests, {.key = id, .value = "what do you say?"});
    if (!sent.ok()) return sent.status();
    auto reply = Receive(*replies);
    if (!reply.ok()) return reply.status();
    taken.push_back(std::chrono::steady_clock::now() - begin);
    if (reply->key != id)
      return absl::InternalError(fmt::format("request {} was answered as {}", id, leat::BytesView(reply->key)));
  }
  auto sent = producer->Send(*requests, {.key = kEnd});
  if (!sent.ok()) return sent.status();
  return answering.Wait() ? absl::OkStatus() : absl::InternalError("the answering process failed");
}

absl::Status Run(const std::string& dir, std::int64_t count) {
  auto broker = leat::Broker::Open(dir);
  if (!broker.ok()) return broker.status();
  const Topics topics(getpid());
  for (const std::string& name : {topics.requests, topics.replies}) {
    if (auto topic = broker->CreateTopic(name); !topic.ok()) return topic.status();
  }
  std::vector<std::chrono::nanoseconds> taken;
  absl::Status status = Ask(*broker, getpid(), count, taken);
  for (const std::string& name : {topics.requests, topics.replies}) status.Update(broker->DeleteTopic(name));
  if (!status.ok()) return status;
  std::ranges::sort(taken);
  const auto microseconds_at = [&](double part) {
    const auto index = static_cast<std::size_t>(part * static_cast<double>(taken.size() - 1));
    return std::chrono::duration<double, std::micro>(taken[index]).count();
  };
  fmt::print("{} round trips through two topics and two processes, in microseconds:\n", count);
  fmt::print("p50 {:.1f}  p90 {:.1f}  p99 {:.1f}  p99.9 {:.1f}  worst {:.1f}\n", microseconds_at(0.5),
             microseconds_at(0.9), microseconds_at(0.99), microseconds_at(0.999), microseconds_at(1));
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  std::string dir = "data";
  std::int64_t count = 20'000;
  std::int64_t answer = -1;
  example::Arguments arguments(kUsage);
  arguments.Text("--dir", &dir);
  arguments.Number("--count", &count, std::int64_t{1});
  arguments.Number("--answer", &answer);
  if (const auto code = arguments.Parse(argc, argv)) return *code;
  const absl::Status status = answer >= 0 ? Answer(dir, answer) : Run(dir, count);
  if (status.ok()) return 0;
  fmt::print(stderr, "request_reply: {} could not go on: {}\n",
             answer >= 0 ? "the answering process" : "the asking process", std::string(status.message()));
  return 1;
}
