#include "cli/bench_runs.h"

#include <leat/broker.h>
#include <leat/consumer.h>
#include <leat/producer.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/fake_chance.h"
#include "cli/progress.h"

namespace leat::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{100};  // between two looks at whether it is over

// Sends batches of the same records, whose values begin with the time at which they were to be sent if that is wanted.
class BenchSender {
 public:
  static absl::StatusOr<BenchSender> Open(const Broker& broker, const Topic& topic, const BenchLoad& load) {
    auto producer = Producer::Open(broker, {.compression = load.codec});
    if (!producer.ok()) return producer.status();
    auto partition = topic.partition(0);
    if (!partition.ok()) return partition.status();
    return BenchSender(*std::move(producer), *std::move(partition), load);
  }

  // Sends the next batch, of `most` records at most, once its time has come. How many; 0 when the end was asked for
  // before.
  absl::StatusOr<std::int64_t> SendNext(std::int64_t most, const StopSignal& stop) {
    Clock::time_point due = Clock::now();
    if (!pace_.free()) {
      due = pace_.Due(due);
      if (stop.Until(due)) return 0;
      pace_.Sent(Clock::now());
    }
    const auto count = static_cast<std::size_t>(std::min<std::int64_t>(most, load_.batch));
    Stamp(count, due);
    const Clock::time_point begin = Clock::now();
    const auto sent = producer_.Send(partition_, std::span(records_).first(count), load_.durability);
    last_took_ = Clock::now() - begin;
    if (!sent.ok()) return sent.status();
    return static_cast<std::int64_t>(count);
  }

  std::chrono::nanoseconds last_took() const { return last_took_; }

 private:
  BenchSender(Producer producer, Partition partition, const BenchLoad& load)
      : producer_(std::move(producer)),
        partition_(std::move(partition)),
        load_(load),
        values_(static_cast<std::size_t>(load.batch) * load.record_size, '\0') {
    if (load.rate > 0) pace_ = Pace::Rate(load.rate / static_cast<double>(load.batch));
    FakeChance chance(1);
    for (char& byte : values_) byte = static_cast<char>('a' + chance.Below(26));
    for (std::size_t i = 0; i < static_cast<std::size_t>(load.batch); ++i) {
      records_.push_back({.value = std::string_view(values_).substr(i * load.record_size, load.record_size)});
    }
  }

  void Stamp(std::size_t count, Clock::time_point due) {
    const std::int64_t stamp = due.time_since_epoch().count();
    if (load_.record_size < sizeof(stamp)) return;
    for (std::size_t i = 0; i < count; ++i) {
      std::memcpy(values_.data() + i * load_.record_size, &stamp, sizeof(stamp));
    }
  }

  Producer producer_;
  Partition partition_;
  const BenchLoad load_;
  std::string values_;
  std::vector<ProducerRecord> records_;
  Pace pace_;
  std::chrono::nanoseconds last_took_{0};
};

absl::StatusOr<Consumer> OpenConsumer(const Broker& broker, const Topic& topic) {
  auto consumer = Consumer::Open(broker, {.auto_offset_reset = OffsetReset::kEarliest});
  if (!consumer.ok()) return consumer;
  if (absl::Status assigned = consumer->Assign({TopicPartition{topic.name(), 0}}); !assigned.ok()) return assigned;
  return consumer;
}

std::chrono::nanoseconds Age(const ConsumerRecord& record, Clock::time_point now) {
  std::int64_t stamp = 0;
  std::memcpy(&stamp, record.value().data(), sizeof(stamp));
  return now.time_since_epoch() - std::chrono::nanoseconds(stamp);
}

// Sends while another thread receives. Each sees how far the other has come, and whether it has failed.
class Meeting {
 public:
  void Sent(std::int64_t count) { sent_.fetch_add(count); }
  void NoMore() { no_more_.store(true); }
  void Received(std::int64_t count) {
    received_.fetch_add(count);
    received_.notify_all();
  }
  void Fail() {
    failed_.store(true);
    received_.fetch_sub(1);  // so that who waits for it to change sees that it does
    received_.notify_all();
  }
  bool failed() const { return failed_.load(); }
  bool AllReceived() const { return no_more_.load() && received_.load() >= sent_.load(); }

  // Waits until so many have been received; false when that will not be.
  bool WaitReceived(std::int64_t count) const {
    for (std::int64_t now = received_.load(); now < count; now = received_.load()) {
      if (failed()) return false;
      received_.wait(now);
    }
    return !failed();
  }

 private:
  std::atomic<std::int64_t> sent_{0}, received_{0};
  std::atomic<bool> no_more_{false}, failed_{false};
};

absl::Status Receive(Consumer& consumer, Meeting& meeting, BenchResult& result) {
  while (!meeting.AllReceived() && !meeting.failed()) {
    const ConsumerRecords records = consumer.Poll(kLook);
    if (!records.status().ok()) return records.status();
    const Clock::time_point now = Clock::now();
    std::int64_t count = 0;
    for (const ConsumerRecord& record : records) {
      result.latencies.Add(Age(record, now));
      ++count;
    }
    result.records += count;
    meeting.Received(count);
  }
  return absl::OkStatus();
}

// With `singly`, what was sent has to come before the next is sent.
absl::Status SendAll(BenchSender& sender, std::int64_t count, bool singly, const StopSignal& stop, Meeting& meeting) {
  Progress progress(count, Progress::Unit::kRecords);
  for (std::int64_t done = 0; done < count && !stop.Asked() && !meeting.failed();) {
    const auto sent = sender.SendNext(count - done, stop);
    if (!sent.ok()) return sent.status();
    done += *sent;
    meeting.Sent(*sent);
    progress.Add(*sent);
    if (singly && !meeting.WaitReceived(done)) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<BenchResult> SendAndReceive(const Broker& broker, const Topic& topic, const BenchLoad& load,
                                           bool singly, const StopSignal& stop) {
  auto sender = BenchSender::Open(broker, topic, load);
  if (!sender.ok()) return sender.status();
  auto consumer = OpenConsumer(broker, topic);
  if (!consumer.ok()) return consumer.status();
  BenchResult result;
  Meeting meeting;
  absl::Status received;
  const Clock::time_point begin = Clock::now();
  std::thread receiving([&] {
    received = Receive(*consumer, meeting, result);
    if (!received.ok()) meeting.Fail();
  });
  const absl::Status sent = SendAll(*sender, load.count, singly, stop, meeting);
  if (!sent.ok()) meeting.Fail();
  meeting.NoMore();
  receiving.join();
  result.time = Clock::now() - begin;
  if (!sent.ok()) return sent;
  if (!received.ok()) return received;
  return result;
}

}  // namespace

absl::StatusOr<BenchResult> BenchProduce(const Broker& broker, const Topic& topic, const BenchLoad& load,
                                         const StopSignal& stop) {
  auto sender = BenchSender::Open(broker, topic, load);
  if (!sender.ok()) return sender.status();
  BenchResult result;
  Progress progress(load.count, Progress::Unit::kRecords);
  const Clock::time_point begin = Clock::now();
  while (result.records < load.count && !stop.Asked()) {
    const auto sent = sender->SendNext(load.count - result.records, stop);
    if (!sent.ok()) return sent.status();
    if (*sent == 0) break;
    result.latencies.Add(sender->last_took());
    result.records += *sent;
    progress.Add(*sent);
  }
  result.time = Clock::now() - begin;
  return result;
}

absl::StatusOr<BenchResult> BenchConsume(const Broker& broker, const Topic& topic, const BenchLoad& load,
                                         const StopSignal& stop) {
  const auto published = BenchProduce(broker, topic, load, stop);
  if (!published.ok()) return published;
  auto consumer = OpenConsumer(broker, topic);
  if (!consumer.ok()) return consumer.status();
  BenchResult result;
  Progress progress(published->records, Progress::Unit::kRecords);
  std::size_t bytes = 0;
  const Clock::time_point begin = Clock::now();
  while (result.records < published->records && !stop.Asked()) {
    const Clock::time_point asked = Clock::now();
    const ConsumerRecords records = consumer->Poll(kLook);
    result.latencies.Add(Clock::now() - asked);
    if (!records.status().ok()) return records.status();
    std::int64_t count = 0;
    for (const ConsumerRecord& record : records) {
      bytes += record.value().size();
      ++count;
    }
    result.records += count;
    progress.Add(count);
  }
  result.time = Clock::now() - begin;
  if (bytes != static_cast<std::size_t>(result.records) * load.record_size) {
    return absl::DataLossError("the values that were read are not as long as those that were published");
  }
  return result;
}

absl::StatusOr<BenchResult> BenchEndToEnd(const Broker& broker, const Topic& topic, const BenchLoad& load,
                                          const StopSignal& stop) {
  return SendAndReceive(broker, topic, load, /*singly=*/false, stop);
}

absl::StatusOr<BenchResult> BenchLatency(const Broker& broker, const Topic& topic, const BenchLoad& load,
                                         const StopSignal& stop) {
  return SendAndReceive(broker, topic, load, /*singly=*/true, stop);
}

}  // namespace leat::cli
