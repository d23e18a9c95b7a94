// Starts a flow's threads and processes, lets them begin together, and takes the time.
#include <sys/prctl.h>

#include <algorithm>
#include <cstdlib>
#include <latch>
#include <memory>
#include <optional>
#include <thread>

#include "harness/clock.h"
#include "harness/flow.h"

namespace leat::bench {
namespace {

// Threads and children of one flow; the threads have names, for profilers. All are ready when they have been started and Release was called.
class Crew {
 public:
  Crew(const Flow& flow, std::string folder, Broker broker, Topic topic)
      : flow_(flow), folder_(std::move(folder)), broker_(std::move(broker)), topic_(std::move(topic)) {}

  ~Crew() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  absl::Status StartConsumer() {
    if (flow_.consumer == Where::kProcess) return StartChild("consume", {folder_});
    ++waiting_;
    consumer_.emplace(absl::UnknownError("it has not run"));
    threads_.emplace_back([this] {
      prctl(PR_SET_NAME, "consumer");
      consumer_ = Consume(
          flow_, broker_, topic_, [this] { WaitForRelease(); }, progress_);
      if (!consumer_->ok()) progress_.failed.store(true);
      gone_.fetch_add(1);
    });
    return absl::OkStatus();
  }

  absl::Status StartProducers() {
    produced_.resize(static_cast<std::size_t>(flow_.producers));
    for (int i = 0; i < flow_.producers; ++i) {
      if (flow_.producer == Where::kProcess) {
        if (absl::Status s = StartChild("produce", {folder_, std::to_string(i)}); !s.ok()) return s;
        continue;
      }
      ++waiting_;
      threads_.emplace_back([this, i] {
        prctl(PR_SET_NAME, "producer");
        produced_[static_cast<std::size_t>(i)] = Produce(
            flow_, broker_, topic_, i, [this] { WaitForRelease(); }, progress_);
        gone_.fetch_add(1);
      });
    }
    return absl::OkStatus();
  }

  void GiveUp() {
    progress_.failed.store(true);
    children_.clear();
    Release();
  }

  // Lets all begin, and returns when.
  std::int64_t Release() {
    // One that is gone before the release has failed.
    while (ready_.load() + gone_.load() < waiting_) std::this_thread::yield();
    const std::int64_t begin_ns = NowNs();
    for (Child& child : children_) (void)child.Go();
    released_.count_down();
    return begin_ns;
  }

  // Waits for the end, and returns when the last had done its work.
  absl::StatusOr<std::int64_t> Finish() {
    for (std::thread& thread : threads_) thread.join();
    std::int64_t end_ns = NowNs();
    absl::Status status;
    for (const absl::Status& produced : produced_) status.Update(produced);
    if (consumer_.has_value()) {
      status.Update(consumer_->status());
      if (consumer_->ok()) end_ns = **consumer_;
    }
    std::int64_t last_child_ns = 0;
    for (Child& child : children_) {
      const absl::StatusOr<std::string> said = child.Finish();
      status.Update(said.status());
      if (said.ok()) last_child_ns = std::max<std::int64_t>(last_child_ns, std::atoll(said->c_str()));
    }
    if (!status.ok()) return status;
    return consumer_.has_value() || children_.empty() ? end_ns : last_child_ns;
  }

  const Progress& progress() const { return progress_; }

 private:
  absl::Status StartChild(const std::string& role, std::vector<std::string> arguments) {
    for (std::string& argument : flow_.ToArguments()) arguments.push_back(std::move(argument));
    absl::StatusOr<Child> child = Child::Start(role, arguments);
    if (!child.ok()) return child.status();
    children_.push_back(*std::move(child));
    return absl::OkStatus();
  }

  void WaitForRelease() {
    ready_.fetch_add(1);
    released_.wait();
  }

  const Flow& flow_;
  std::string folder_;
  Broker broker_;
  Topic topic_;
  Progress progress_;
  std::latch released_{1};
  std::atomic<int> ready_{0};
  std::atomic<int> gone_{0};
  int waiting_ = 0;
  std::vector<Child> children_;
  std::vector<std::thread> threads_;
  std::vector<absl::Status> produced_;
  std::optional<absl::StatusOr<std::int64_t>> consumer_;
};

absl::StatusOr<double> Run(const Flow& flow, const std::string& folder, bool consume) {
  absl::StatusOr<Broker> broker = OpenBroker(flow, folder);
  if (!broker.ok()) return broker.status();
  absl::StatusOr<Topic> topic = MakeTopic(flow, *broker);
  if (!topic.ok()) return topic.status();
  const DeletedAtEnd deleted(*broker, topic->name());
  Crew crew(flow, folder, *std::move(broker), *std::move(topic));
  absl::Status started = consume ? crew.StartConsumer() : absl::OkStatus();
  if (started.ok()) started = crew.StartProducers();
  if (!started.ok()) {
    crew.GiveUp();
    return started;
  }
  std::int64_t begin_ns = crew.Release();
  const absl::StatusOr<std::int64_t> end_ns = crew.Finish();
  if (!end_ns.ok()) return end_ns.status();
  if (flow.warmup > 0) begin_ns = crew.progress().begin_ns.load();
  return static_cast<double>(flow.records - flow.warmup) * 1e3 / static_cast<double>(*end_ns - begin_ns);
}

}  // namespace

absl::StatusOr<double> RunFlow(const Flow& flow, const std::string& folder) { return Run(flow, folder, true); }
absl::StatusOr<double> RunProducers(const Flow& flow, const std::string& folder) { return Run(flow, folder, false); }

}  // namespace leat::bench
