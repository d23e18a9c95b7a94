// What is behind a Consumer.
#ifndef LEAT_CLIENT_CONSUMER_STATE_H_
#define LEAT_CLIENT_CONSUMER_STATE_H_

#include <leat/consumer.h>
#include <leat/consumer_records.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/backend.h"
#include "client/committer.h"
#include "client/fetcher.h"
#include "client/membership.h"
#include "client/reset_policy.h"
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
  BackwardRecords PollBackwards();
  void Wake();

  // What Assign is to be given; kNotFound, kOutOfRange.
  absl::StatusOr<std::vector<WantedPartition>> Resolve(const std::vector<TopicPartition>& names);
  absl::StatusOr<std::vector<WantedPartition>> Resolve(
      std::vector<std::shared_ptr<broker::PartitionBackend>> partitions);

  // Contracts: Consumer's functions of these names.
  absl::Status Assign(std::vector<WantedPartition> partitions);
  absl::Status Subscribe(const std::vector<std::string>& topics);
  absl::Status SubscribePattern(std::string_view pattern);
  absl::Status Unsubscribe();
  absl::Status Close();
  absl::StatusOr<ConsumerLag> Lag(const AssignedPartition& partition) const;

  const Subscription& subscription() const { return subscription_; }
  const Membership& membership() const { return membership_; }
  Committer& committer() { return committer_; }
  broker::Backend& backend() { return *backend_; }
  std::int64_t missed() const { return fetcher_.missed(); }

  // The partition, or why not.
  absl::StatusOr<AssignedPartition*> Find(const TopicPartition& partition);

 private:
  friend class Entered;

  // Whether the Poll is over: there is something to return, or nothing may be waited for.
  bool Collect(ConsumerRecords& records);
  // Does what a group wants of its members, and commits when it is time to. Whether there is an error to be returned.
  bool FollowGroup(ConsumerRecords& records);
  absl::Status SubscribeBy(const std::function<absl::Status()>& subscribe);
  absl::Status LeaveGroup();
  // Calls a function of the user's that may call this consumer.
  void CallBack(const RebalanceCallback& callback, const std::vector<TopicPartition>& partitions);
  // What there is to tell of topics takes turns with records, as errors do.
  bool CollectNotice(ConsumerRecords& records);
  void LetWritersGetAhead();
  void CountPolls(std::uint32_t with_records);
  void Sleep(std::chrono::nanoseconds timeout);

  // First, to be destroyed last: everything below is of it.
  const std::shared_ptr<broker::Backend> backend_;
  const ConsumerOptions options_;
  const ResetPolicy policy_;
  Subscription subscription_;
  Fetcher fetcher_;
  const std::unique_ptr<broker::Waiter> waiter_;
  Membership membership_;
  Committer committer_;

  std::size_t backward_turn_ = 0;  // whose turn PollBackwards begins with
  std::uint64_t version_ = 0;      // of the partitions that the fetcher knows
  bool notices_next_ = false;      // records came last while there was something to tell of a topic
  bool records_next_ = false;      // an error of the group came last
  absl::Status group_error_;       // of Subscribe, to be told by the next Poll
  bool closed_ = false;
  std::uint32_t polls_uncounted_ = 0;
  int pauses_ = 0;                        // of the processor, before the next look; see LetWritersGetAhead
  std::vector<broker::Watched> watched_;  // kept, so that no Poll allocates it

  std::atomic<bool> entered_{false};
  std::atomic<std::thread::id> calls_back_{};  // the thread that runs a function which may call this consumer
  std::atomic<bool> woken_{false};
};

// Sees to it that one call at a time is in a Consumer; from within a RebalanceCallback, of its own thread, another one.
class Entered {
 public:
  enum From : bool { kOutside, kCallback };  // kOutside: not from within a RebalanceCallback
  explicit Entered(ConsumerState* state, From from = kCallback);
  ~Entered();
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

  // kFailedPrecondition: moved from, another call is under way, or the broker is not usable.
  const absl::Status& status() const { return status_; }
  // Whether it is because Close has been called.
  bool closed() const { return closed_; }

 private:
  bool closed_ = false;
  ConsumerState* entered_ = nullptr;  // to be left
  absl::Status status_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_CONSUMER_STATE_H_
