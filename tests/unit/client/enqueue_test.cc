#include <leat/producer.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/manual_clock.h"
#include "client/producer_state.h"
#include "support/catch.h"
#include "support/fake_backend.h"

namespace leat {
namespace {

using testing::FakeBackend;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;

// What callbacks were told, in their order.
class Told {
 public:
  DeliveryCallback Callback(std::string name) {
    return [this, name = std::move(name)](const absl::StatusOr<Delivery>& delivery) {
      const std::lock_guard lock(mutex_);
      names_.push_back(name);
      deliveries_.push_back(delivery);
      threads_.push_back(std::this_thread::get_id());
      changed_.notify_all();
    };
  }
  void Await(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return names_.size() >= count; });
  }
  std::vector<std::string> names() const {
    const std::lock_guard lock(mutex_);
    return names_;
  }
  std::vector<absl::StatusOr<Delivery>> deliveries() const {
    const std::lock_guard lock(mutex_);
    return deliveries_;
  }
  std::vector<std::thread::id> threads() const {
    const std::lock_guard lock(mutex_);
    return threads_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> names_;
  std::vector<absl::StatusOr<Delivery>> deliveries_;
  std::vector<std::thread::id> threads_;
};

// A linger that no test waits for: what is sent was sent for another reason.
ProducerOptions Patient(ProducerOptions options = {}) {
  options.linger = 1h;
  return options;
}

Producer OpenProducer(const std::shared_ptr<FakeBackend>& backend, ProducerOptions options) {
  auto producer = client::ProducerState::Open(backend, std::move(options));
  REQUIRE(producer.ok());
  return *std::move(producer);
}

std::vector<std::string> Values(const testing::FakePartition& partition) {
  std::vector<std::string> values;
  for (const auto& bytes : partition.batches()) {
    for (RecordReader reader{BatchView(bytes)}; reader.Next();) values.emplace_back(reader.record().value);
  }
  return values;
}

}  // namespace

TEST_CASE("enqueued records wait for each other and are flushed as one batch") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend, Patient());
  Told told;
  for (const char* value : {"a", "b", "c"}) {
    REQUIRE(producer
                .Enqueue("t", {.value = value, .timestamp = Timestamp(std::chrono::milliseconds(value[0]))},
                         told.Callback(value))
                .ok());
  }
  CHECK(backend->partition("t").batches().empty());
  REQUIRE(producer.Flush().ok());
  CHECK(backend->partition("t").batches().size() == 1);
  CHECK(told.names() == std::vector<std::string>{"a", "b", "c"});
  const auto deliveries = told.deliveries();
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(deliveries[i].ok());
    CHECK(deliveries[i]->offset == static_cast<Offset>(i));
    CHECK(deliveries[i]->timestamp == Timestamp(std::chrono::milliseconds('a' + static_cast<int>(i))));
  }
  for (const std::thread::id id : told.threads()) CHECK(id != std::this_thread::get_id());
}

TEST_CASE("a batch is sent when its linger is over, and not before") {
  base::ManualClock clock;
  const auto backend = std::make_shared<FakeBackend>(&clock);
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend, {.linger = 5ms});
  Told told;
  REQUIRE(producer.Enqueue("t", {.value = "a"}, told.Callback("a")).ok());
  clock.Advance(4ms);
  REQUIRE(producer.Enqueue("t", {.value = "b"}, told.Callback("b")).ok());
  clock.Advance(1ms);
  told.Await(2);
  CHECK(backend->partition("t").batches().size() == 1);
}

TEST_CASE("a full batch does not wait") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend, Patient({.batch_size = 1000}));
  Told told;
  const std::string value(250, 'x');
  for (int i = 0; i < 4; ++i) REQUIRE(producer.Enqueue("t", {.value = value}, told.Callback(std::to_string(i))).ok());
  told.Await(3);
  CHECK(told.names().size() == 3);
  CHECK(backend->partition("t").batches().size() == 1);
  REQUIRE(producer.Enqueue("t", {.value = std::string(5000, 'y')}, told.Callback("large")).ok());
  told.Await(5);
  CHECK(backend->partition("t").batches().size() == 3);
}

TEST_CASE("records of a partition land in the order in which they were enqueued, through errors and tries") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  backend->partition("t").FailAppends({absl::UnavailableError("held"), absl::ResourceExhaustedError("full"),
                                       absl::OkStatus(), absl::UnavailableError("held")});
  Producer producer = OpenProducer(backend, Patient({.batch_size = 200, .retry_backoff = 0ms}));
  Told told;
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) {
    names.push_back(std::to_string(i));
    REQUIRE(producer.Enqueue("t", {.value = names.back()}, told.Callback(names.back())).ok());
  }
  REQUIRE(producer.Flush().ok());
  CHECK(Values(backend->partition("t")) == names);
  CHECK(told.names() == names);
  const auto deliveries = told.deliveries();
  for (std::size_t i = 0; i < deliveries.size(); ++i) CHECK(deliveries[i]->offset == static_cast<Offset>(i));
}

TEST_CASE("what the log refuses for now is given up after delivery_timeout, as certainly not appended") {
  base::ManualClock clock;
  const auto backend = std::make_shared<FakeBackend>(&clock);
  backend->AddTopic("t");
  backend->partition("t").FailAppends(std::deque<absl::Status>(1000, absl::ResourceExhaustedError("full")));
  Producer producer = OpenProducer(backend, {.linger = 0ms, .delivery_timeout = 1s, .retry_backoff = 100ms});
  Told told;
  REQUIRE(producer.Enqueue("t", {.value = "a"}, told.Callback("a")).ok());
  clock.Advance(2s);
  while (told.names().empty()) {
    clock.Advance(100ms);
    std::this_thread::yield();
  }
  const auto deliveries = told.deliveries();
  CHECK(absl::IsResourceExhausted(deliveries.at(0).status()));
  CHECK(std::string(deliveries.at(0).status().message()).find("given up") != std::string::npos);
  backend->partition("t").FailAppends({});
  REQUIRE(producer.Enqueue("t", {.value = "b"}, told.Callback("b")).ok());
  CHECK(absl::IsResourceExhausted(producer.Flush()));
  CHECK(producer.Flush().ok());
  CHECK(Values(backend->partition("t")) == std::vector<std::string>{"b"});
}

TEST_CASE("errors that do not pass are told at once, and by the next flush") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  backend->partition("t").FailAppends({absl::DataLossError("sync failed")});
  Producer producer = OpenProducer(backend, Patient());
  Told told;
  REQUIRE(producer.Enqueue("t", {.value = "a"}, told.Callback("a")).ok());
  CHECK(absl::IsDataLoss(producer.Flush()));
  CHECK(absl::IsDataLoss(told.deliveries().at(0).status()));
  CHECK(producer.Flush().ok());
}

TEST_CASE("a batch has the greatest durability that one of its records asks for") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend, Patient());
  REQUIRE(producer.Enqueue("t", {.value = "a"}).ok());
  REQUIRE(producer.Enqueue("t", {.value = "b"}, nullptr, Durability::kDisk).ok());
  REQUIRE(producer.Enqueue("t", {.value = "c"}, nullptr, Durability::kProcess).ok());
  REQUIRE(producer.Flush().ok());
  REQUIRE(producer.Enqueue("t", {.value = "d"}).ok());
  REQUIRE(producer.Flush().ok());
  CHECK(backend->partition("t").durabilities() == std::vector{Durability::kDisk, Durability::kTopicDefault});
}

TEST_CASE("what Enqueue refuses is not taken, and its callback never comes") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.max_message_bytes = 1000});
  Told told;
  {
    Producer producer = OpenProducer(backend, Patient());
    CHECK(absl::IsInvalidArgument(producer.Enqueue("t", {.value = std::string(2000, 'x')}, told.Callback("large"))));
    CHECK(absl::IsOutOfRange(producer.Enqueue("t", {.partition = 1}, told.Callback("partition"))));
    CHECK(absl::IsNotFound(producer.Enqueue("missing", {}, told.Callback("topic"))));
    CHECK(producer.Flush().ok());
  }
  CHECK(told.names().empty());
  CHECK(backend->partition("t").batches().empty());
}

TEST_CASE("batches never grow over what the topic takes") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.max_message_bytes = 500});
  Producer producer = OpenProducer(backend, Patient());
  Told told;
  for (int i = 0; i < 20; ++i)
    REQUIRE(producer.Enqueue("t", {.value = std::string(100, 'x')}, told.Callback("x")).ok());
  CHECK(producer.Flush().ok());
  CHECK(told.names().size() == 20);
  for (const auto& batch : backend->partition("t").batches()) CHECK(batch.size() <= 500);
}

TEST_CASE("without room, kFail refuses, and takes again when there is room") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend, Patient({.buffer_memory = 1000, .back_pressure = BackPressure::kFail}));
  backend->partition("t").BlockAppends(true);
  Told told;
  REQUIRE(producer.Enqueue("t", {.value = std::string(5000, 'x')}, told.Callback("alone")).ok());
  CHECK(absl::IsResourceExhausted(producer.Enqueue("t", {.value = "b"}, told.Callback("b"))));
  backend->partition("t").BlockAppends(false);
  REQUIRE(producer.Flush().ok());
  CHECK(producer.Enqueue("t", {.value = "c"}, told.Callback("c")).ok());
  REQUIRE(producer.Flush().ok());
  CHECK(told.names() == std::vector<std::string>{"alone", "c"});
  CHECK(producer.dropped() == 0);
}

TEST_CASE("without room, kDrop drops the new record and tells its callback on the calling thread") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend, Patient({.buffer_memory = 1000, .back_pressure = BackPressure::kDrop}));
  backend->partition("t").BlockAppends(true);
  Told told;
  REQUIRE(producer.Enqueue("t", {.value = std::string(5000, 'x')}, told.Callback("kept")).ok());
  REQUIRE(producer.Enqueue("t", {.value = "b"}, told.Callback("dropped")).ok());
  CHECK(told.names() == std::vector<std::string>{"dropped"});
  CHECK(told.threads().at(0) == std::this_thread::get_id());
  CHECK(absl::IsResourceExhausted(told.deliveries().at(0).status()));
  REQUIRE(producer.Enqueue("t", {.value = "c"}).ok());
  CHECK(producer.dropped() == 2);
  backend->partition("t").BlockAppends(false);
  CHECK(producer.Flush().ok());
  CHECK(Values(backend->partition("t")).size() == 1);
}

TEST_CASE("without room, kBlock waits until there is some, without linger") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend, Patient({.buffer_memory = 2000}));
  Told told;
  const std::string value(300, 'x');
  for (int i = 0; i < 50; ++i) REQUIRE(producer.Enqueue("t", {.value = value}, told.Callback("x")).ok());
  REQUIRE(producer.Flush().ok());
  CHECK(told.names().size() == 50);
}

TEST_CASE("without room, kBlock gives up after max_block") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend, Patient({.buffer_memory = 100, .max_block = 1ms}));
  backend->partition("t").BlockAppends(true);
  REQUIRE(producer.Enqueue("t", {.value = std::string(500, 'x')}).ok());
  CHECK(absl::IsResourceExhausted(producer.Enqueue("t", {.value = "b"})));
  backend->partition("t").BlockAppends(false);
  CHECK(producer.Flush().ok());
}

TEST_CASE("a callback may enqueue and send, also without room, but not flush or close") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend, Patient({.buffer_memory = 200}));
  Told told;
  std::vector<absl::Status> statuses;
  REQUIRE(
      producer
          .Enqueue("t", {.value = "first"},
                   [&](const absl::StatusOr<Delivery>& delivery) {
                     statuses.push_back(delivery.status());
                     statuses.push_back(producer.Send("t", {.value = "sent"}).status());
                     statuses.push_back(producer.Enqueue("t", {.value = std::string(100, 'x')}, told.Callback("a")));
                     statuses.push_back(producer.Enqueue("t", {.value = std::string(100, 'x')}, told.Callback("b")));
                     statuses.push_back(producer.Flush());
                     statuses.push_back(producer.Close());
                   })
          .ok());
  REQUIRE(producer.Flush().ok());
  REQUIRE(producer.Flush().ok());
  REQUIRE(statuses.size() == 6);
  CHECK(statuses[0].ok());
  CHECK(statuses[1].ok());
  CHECK(statuses[2].ok());
  CHECK(absl::IsResourceExhausted(statuses[3]));
  CHECK(absl::IsFailedPrecondition(statuses[4]));
  CHECK(absl::IsFailedPrecondition(statuses[5]));
  CHECK(told.names() == std::vector<std::string>{"a"});
}

TEST_CASE("closing sends what is there") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Told told;
  Producer producer = OpenProducer(backend, Patient());
  REQUIRE(producer.Enqueue("t", {.value = "a"}, told.Callback("a")).ok());
  CHECK(producer.Close().ok());
  CHECK(told.names().size() == 1);
  CHECK(Values(backend->partition("t")).size() == 1);
}

TEST_CASE("the destructor sends what is there") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Told told;
  {
    Producer producer = OpenProducer(backend, Patient());
    REQUIRE(producer.Enqueue("t", {.value = "a"}, told.Callback("a")).ok());
  }
  CHECK(told.deliveries().at(0).ok());
}

TEST_CASE("what cannot be sent before the close's time is over gets its callback with kAborted") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.partitions = 2});
  Told told;
  Producer producer = OpenProducer(backend, Patient({.batch_size = 100}));
  backend->partition("t").FailAppends(std::deque<absl::Status>(100000, absl::UnavailableError("held")));
  for (const char* value : {"a", "b", "c"}) {
    REQUIRE(producer.Enqueue("t", {.value = std::string(90, value[0]), .partition = 0}, told.Callback(value)).ok());
  }
  const absl::Status closed = producer.Close(1ms);
  CHECK(absl::IsDeadlineExceeded(closed));
  CHECK(std::string(closed.message()).find("3 enqueued") != std::string::npos);
  CHECK(told.names() == std::vector<std::string>{"a", "b", "c"});
  for (const auto& delivery : told.deliveries()) CHECK(absl::IsAborted(delivery.status()));
  CHECK(backend->partition("t").batches().empty());
}

TEST_CASE("an append that hangs does not hold up the close, and its callback comes when it ends") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Told told;
  {
    Producer producer = OpenProducer(backend, {.linger = 0ms});
    backend->partition("t").BlockAppends(true);
    REQUIRE(producer.Enqueue("t", {.value = "hangs"}, told.Callback("hangs")).ok());
    backend->partition("t").AwaitBlockedAppend();
    REQUIRE(producer.Enqueue("t", {.value = "behind"}, told.Callback("behind")).ok());
    CHECK(absl::IsDeadlineExceeded(producer.Close(1ms)));
    CHECK(told.names() == std::vector<std::string>{"behind"});
  }
  backend->partition("t").BlockAppends(false);
  told.Await(2);
  CHECK(told.names() == std::vector<std::string>{"behind", "hangs"});
  CHECK(told.deliveries().at(1)->offset == 0);
}

TEST_CASE("a producer may be dropped in its own callback") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Told told;
  auto producer = std::make_unique<Producer>(OpenProducer(backend, Patient({.batch_size = 100})));
  std::mutex mutex;
  std::unique_lock lock(mutex);
  REQUIRE(producer
              ->Enqueue("t", {.value = std::string(90, 'x')},
                        [&](const absl::StatusOr<Delivery>& delivery) {
                          // Not held to the end: that may be after the test's.
                          { const std::lock_guard wait(mutex); }
                          producer.reset();
                          told.Callback("first")(delivery);
                        })
              .ok());
  REQUIRE(producer->Enqueue("t", {.value = "unsent"}, told.Callback("unsent")).ok());
  lock.unlock();
  told.Await(2);
  CHECK(told.names() == std::vector<std::string>{"unsent", "first"});
  CHECK(absl::IsAborted(told.deliveries().at(0).status()));
  CHECK(told.deliveries().at(1).ok());
}

TEST_CASE("who waits for room is let go by a close") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t");
  Producer producer = OpenProducer(backend, Patient({.buffer_memory = 100}));
  backend->partition("t").BlockAppends(true);
  REQUIRE(producer.Enqueue("t", {.value = std::string(500, 'x')}).ok());
  absl::Status status;
  std::thread waiting([&] { status = producer.Enqueue("t", {.value = "b"}); });
  backend->partition("t").AwaitBlockedAppend();
  CHECK(absl::IsDeadlineExceeded(producer.Close(1ms)));
  waiting.join();
  CHECK(absl::IsFailedPrecondition(status));
  backend->partition("t").BlockAppends(false);
}

TEST_CASE("every callback comes exactly once, whoever enqueues, flushes and closes at the same time") {
  const auto backend = std::make_shared<FakeBackend>();
  backend->AddTopic("t", {.partitions = 3});
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  std::vector<std::atomic<int>> calls(kThreads * kEach);
  std::atomic<int> taken = 0;
  {
    Producer producer = OpenProducer(backend, {.linger = 1ms, .batch_size = 500, .buffer_memory = 4000});
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kEach; ++i) {
          auto& called = calls[static_cast<std::size_t>(thread * kEach + i)];
          const auto status = producer.Enqueue("t", {.key = std::to_string(i), .value = "v"},
                                               [&called](const absl::StatusOr<Delivery>&) { ++called; });
          if (status.ok()) ++taken;
          if (i % 500 == 0) (void)producer.Flush();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(taken == kThreads * kEach);
  int wrong = 0;
  for (const auto& called : calls) wrong += called.load() == 1 ? 0 : 1;
  CHECK(wrong == 0);
  std::size_t landed = 0;
  for (PartitionId id = 0; id < 3; ++id) landed += Values(backend->partition("t", id)).size();
  CHECK(landed == static_cast<std::size_t>(taken.load()));
}

}  // namespace leat
