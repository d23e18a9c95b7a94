// What is behind a Consumer.
#ifndef LEAT_CLIENT_CONSUMER_STATE_H_
#define LEAT_CLIENT_CONSUMER_STATE_H_

#include <leat/consumer.h>
#include <leat/consumer_records.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/backend.h"
#include "client/fetcher.h"
#include "client/subscription.h"

namespace leat::client {

// One call at a time, as Entered sees to; Wake from all threads.
class ConsumerState {
 public:
  // A Consumer over any backend.
  static absl::StatusOr<Consumer> Open(std::shared_ptr<broker::Backend> backend, ConsumerOptions options);

  ConsumerState(std::shared_ptr<broker::Backend> backend, ConsumerOptions options);

  // Contract: Consumer::Poll, into `records`, which is empty.
  void Poll(std::chrono::nanoseconds timeout, ConsumerRecords& records);
  void Wake();

  Subscription& subscription() { return subscription_; }
  broker::Backend& backend() { return *backend_; }
  std::int64_t missed() const { return fetcher_.missed(); }

  // The partition, or why not.
  absl::StatusOr<AssignedPartition*> Find(const TopicPartition& partition);

 private:
  friend class Entered;

  // Whether the Poll is over: there is something to return, or nothing may be waited for.
  bool Collect(ConsumerRecords& records);
  // What there is to tell of topics takes turns with records, as errors do.
  bool CollectNotice(ConsumerRecords& records);
  void LetWritersGetAhead();
  void Sleep(std::chrono::nanoseconds timeout);

  // First, to be destroyed last: everything below is of it.
  const std::shared_ptr<broker::Backend> backend_;
  const ConsumerOptions options_;
  Subscription subscription_;
  Fetcher fetcher_;
  const std::unique_ptr<broker::Waiter> waiter_;

  std::uint64_t version_ = 0;             // of the partitions that the fetcher knows
  bool notices_next_ = false;             // records came last while there was something to tell of a topic
  int pauses_ = 0;                        // of the processor, before the next look; see LetWritersGetAhead
  std::vector<broker::Watched> watched_;  // kept, so that no Poll allocates it

  std::atomic<bool> entered_{false};
  std::atomic<bool> woken_{false};
};

// Sees to it that one call at a time is in a Consumer.
class Entered {
 public:
  explicit Entered(ConsumerState* state);
  ~Entered();
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

  // kFailedPrecondition: moved from, another call is under way, or the broker is not usable.
  const absl::Status& status() const { return status_; }

 private:
  ConsumerState* entered_ = nullptr;
  absl::Status status_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_CONSUMER_STATE_H_
