#include "client/consumer_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/backward_reader.h"
#include "client/deadline.h"
#include "client/lag.h"
#include "client/partition_chooser.h"
#include "group/group.h"
#include "group/group_id.h"

namespace leat::client {
namespace {

struct SetBack {
  TopicPartition partition;
  Offset from;
};

// Bytes that are worth a look, and pauses (of ten to a hundred cycles) between two looks at most.
constexpr std::size_t kEnoughToRead = 16 << 10;
constexpr int kMostPauses = 1024;

void RelaxProcessor() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

absl::Status CheckTime(std::string_view name, std::chrono::milliseconds time, std::chrono::milliseconds least) {
  if (time >= least) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{} is {} ms; it is {} ms or more", name, time.count(), least.count()));
}

absl::Status CheckGroupOptions(const ConsumerOptions& options) {
  using std::chrono::milliseconds;
  if (options.group_id.empty() && !options.group_instance_id.empty()) {
    return absl::InvalidArgumentError("group_instance_id names a member of a group, and there is no group_id");
  }
  if (absl::Status id = group::CheckGroupId(options.group_id); !options.group_id.empty() && !id.ok()) return id;
  if (absl::Status s = CheckTime("session_timeout", options.session_timeout, milliseconds(1)); !s.ok()) return s;
  if (absl::Status s = CheckTime("max_poll_interval", options.max_poll_interval, milliseconds(1)); !s.ok()) return s;
  if (absl::Status s = CheckTime("auto_commit_interval", options.auto_commit_interval, milliseconds(0)); !s.ok()) {
    return s;
  }
  return CheckTime("auto_offset_reset_duration", options.auto_offset_reset_duration, milliseconds(0));
}

absl::Status CheckOptions(const ConsumerOptions& options) {
  if (options.max_poll_records < 0) {
    return absl::InvalidArgumentError(
        fmt::format("max_poll_records is {}; it is 0 (no limit) or more", options.max_poll_records));
  }
  if (options.fetch_max_bytes == 0 || options.max_partition_fetch_bytes == 0) {
    return absl::InvalidArgumentError("fetch_max_bytes and max_partition_fetch_bytes are 1 or more");
  }
  return CheckGroupOptions(options);
}

absl::Status NothingToRead() {
  return absl::FailedPreconditionError("nothing to read: call Subscribe or Assign first");
}

}  // namespace

absl::StatusOr<Consumer> ConsumerState::Open(std::shared_ptr<broker::Backend> backend, ConsumerOptions options) {
  if (absl::Status checked = CheckOptions(options); !checked.ok()) return checked;
  if (absl::Status usable = backend->Usable(); !usable.ok()) return usable;
  if (!options.group_id.empty() && backend->local_folder() == nullptr) {
    return absl::UnimplementedError("this broker has no consumer groups");
  }
  return Consumer(std::make_unique<ConsumerState>(std::move(backend), std::move(options)));
}

ConsumerState::ConsumerState(std::shared_ptr<broker::Backend> backend, ConsumerOptions options)
    : backend_(std::move(backend)),
      options_(std::move(options)),
      policy_(options_, backend_->clock()),
      subscription_(*backend_, policy_, !options_.group_id.empty()),
      fetcher_(options_, policy_),
      waiter_(backend_->MakeWaiter()),
      membership_(*backend_, options_, subscription_, fetcher_, policy_,
                  {.before_revoked = [this](const auto& partitions) { return committer_.CommitByItself(partitions); },
                   .call = [this](const auto& callback, const auto& partitions) { CallBack(callback, partitions); }}),
      committer_(*backend_, options_, subscription_, membership_) {}

void ConsumerState::Wake() {
  // Before the waiter's: who was woken must find it.
  woken_.store(true);
  waiter_->Wake();
}

absl::StatusOr<AssignedPartition*> ConsumerState::Find(const TopicPartition& partition) {
  if (AssignedPartition* found = subscription_.Find(partition); found != nullptr) return found;
  return absl::NotFoundError(fmt::format("{} is not being read by this consumer", partition));
}

absl::StatusOr<std::vector<WantedPartition>> ConsumerState::Resolve(const std::vector<TopicPartition>& names) {
  std::vector<WantedPartition> wanted;
  for (const TopicPartition& name : names) {
    const auto topic = backend_->FindTopic(name.topic);
    if (!topic.ok()) return topic.status();
    if (absl::Status status = CheckPartition(**topic, name.partition); !status.ok()) return status;
    wanted.push_back({(*topic)->partitions[static_cast<std::size_t>(name.partition)], (*topic)->id});
  }
  return wanted;
}

// Of a topic that is no more, a partition has no name that a group knows.
absl::StatusOr<std::vector<WantedPartition>> ConsumerState::Resolve(
    std::vector<std::shared_ptr<broker::PartitionBackend>> partitions) {
  std::vector<WantedPartition> wanted;
  for (auto& partition : partitions) {
    std::string topic_id;
    if (!options_.group_id.empty()) {
      const auto topic = backend_->FindTopic(partition->topic());
      if (!topic.ok()) return topic.status();
      topic_id = (*topic)->id;
    }
    wanted.push_back({std::move(partition), std::move(topic_id)});
  }
  return wanted;
}

// With a group, from where that has committed.
absl::Status ConsumerState::Assign(std::vector<WantedPartition> partitions) {
  if (!options_.group_id.empty() && options_.enable_auto_commit && backend_->read_only()) {
    return absl::PermissionDeniedError(
        "the broker is read-only, so that nothing can be committed: set enable_auto_commit to false");
  }
  std::vector<SetBack> set_back;
  for (WantedPartition& wanted : partitions) {
    if (options_.group_id.empty()) break;
    const TopicPartition name{wanted.partition->topic(), wanted.partition->id()};
    const AssignedPartition* const read = subscription_.Find(name);
    if (!membership_.joined() && read != nullptr && read->topic_id() == wanted.topic_id) continue;  // keeps its place
    const auto committed = committer_.CommittedByName(name, wanted.topic_id);
    if (!committed.ok()) return committed.status();
    if (!committed->has_value()) continue;
    wanted.place = (*committed)->offset;
    if ((*committed)->set_back_from.has_value()) set_back.push_back({name, *(*committed)->set_back_from});
  }
  // Who is given partitions by a group reads none by hand.
  const absl::Status done = membership_.joined() ? LeaveGroup() : committer_.CommitByItself(subscription_.names());
  if (!done.ok()) return done;
  if (absl::Status assigned = subscription_.Assign(std::move(partitions)); !assigned.ok()) return assigned;
  for (const SetBack& one : set_back) {
    const AssignedPartition& partition = *subscription_.Find(one.partition);
    fetcher_.TellReset(partition, one.from, partition.position());
  }
  return absl::OkStatus();
}

absl::Status ConsumerState::Subscribe(const std::vector<std::string>& topics) {
  return SubscribeBy([&] { return subscription_.Subscribe(topics); });
}

absl::Status ConsumerState::SubscribePattern(std::string_view pattern) {
  return SubscribeBy([&] { return subscription_.SubscribePattern(pattern); });
}

absl::Status ConsumerState::SubscribeBy(const std::function<absl::Status()>& subscribe) {
  Subscription::Selection before = subscription_.selection();
  if (absl::Status subscribed = subscribe(); !subscribed.ok()) return subscribed;
  if (!subscription_.divided()) return absl::OkStatus();
  const bool by_hand = before.mode == Subscription::Mode::kAssigned;
  absl::Status joined = by_hand ? committer_.CommitByItself(subscription_.names()) : absl::OkStatus();
  if (joined.ok()) joined = membership_.Join();
  if (!joined.ok()) {
    subscription_.PutBack(std::move(before));
    return joined;
  }
  if (by_hand) subscription_.RemoveAll();
  // It is a member; what else there is to say, Poll says.
  group_error_ = membership_.Follow();
  return absl::OkStatus();
}

absl::Status ConsumerState::LeaveGroup() {
  waiter_->Watch(nullptr, 0);
  return membership_.Leave();
}

absl::Status ConsumerState::Unsubscribe() {
  const absl::Status left = membership_.joined() ? LeaveGroup() : committer_.CommitByItself(subscription_.names());
  subscription_.Unsubscribe();
  return left;
}

absl::Status ConsumerState::Close() {
  absl::Status left = Unsubscribe();
  CountPolls(0);
  closed_ = true;
  return left;
}

void ConsumerState::CallBack(const RebalanceCallback& callback, const std::vector<TopicPartition>& partitions) {
  if (callback == nullptr) return;
  // A handle for the callback alone: it owns nothing, whatever happens.
  struct Lent {
    explicit Lent(ConsumerState* state) : consumer(std::unique_ptr<ConsumerState>(state)), owner(state) {
      owner->calls_back_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    }
    ~Lent() {
      owner->calls_back_.store(std::thread::id(), std::memory_order_relaxed);
      static_cast<void>(consumer.state_.release());
    }
    Consumer consumer;
    ConsumerState* const owner;
  };
  Lent lent(this);
  callback(lent.consumer, partitions);
}

absl::StatusOr<ConsumerLag> ConsumerState::Lag(const AssignedPartition& partition) const {
  if (!partition.placed()) return partition.NotPlaced();
  return LagBehind(*backend_, partition.partition(), partition.position());
}

// Who looks again and again is not to pay for being counted: looks that find nothing are counted with the next one that does,
// or waits.
void ConsumerState::CountPolls(std::uint32_t with_records) {
  waiter_->CountPolls(std::exchange(polls_uncounted_, 0), with_records);
}

void ConsumerState::Poll(std::chrono::nanoseconds timeout, ConsumerRecords& records) {
  ++polls_uncounted_;
  if (woken_.load(std::memory_order_relaxed) && woken_.exchange(false)) {
    FollowGroup(records);  // who is woken all the time lives, too
    return;
  }
  if (!subscription_.active()) {
    records = ConsumerRecords(NothingToRead());
    return;
  }
  LetWritersGetAhead();
  if (Collect(records)) return;
  pauses_ = 0;
  if (timeout <= std::chrono::nanoseconds::zero()) return;
  const Deadline deadline(backend_->clock(), timeout);
  for (auto left = deadline.Left(); left > std::chrono::nanoseconds::zero(); left = deadline.Left()) {
    Sleep(std::min(left, kLongestWait));
    if (woken_.exchange(false)) return;
    if (absl::Status usable = backend_->Usable(); !usable.ok()) {
      records = ConsumerRecords(std::move(usable));
      return;
    }
    if (Collect(records)) {
      pauses_ = 0;
      return;
    }
  }
}

BackwardRecords ConsumerState::PollBackwards() {
  if (!subscription_.active()) return BackwardReader::Failed(NothingToRead());
  if (!options_.group_id.empty()) {
    return BackwardReader::Failed(
        absl::FailedPreconditionError("with a group_id places go forwards: read backwards by a Consumer without one, "
                                      "or by Partition::ReadBackwards"));
  }
  if (absl::Status followed = subscription_.Follow(); !followed.ok())
    return BackwardReader::Failed(std::move(followed));
  const AssignedPartitions& partitions = subscription_.partitions();
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    AssignedPartition& partition = *partitions[backward_turn_++ % partitions.size()];
    if (partition.paused) continue;
    BackwardRecords records = partition.ReadBackwards(options_.filter != nullptr ? &options_.filter : nullptr,
                                                      static_cast<std::size_t>(options_.max_poll_records),
                                                      options_.max_partition_fetch_bytes);
    if (!records.empty() || !records.status().ok()) return records;
  }
  return {};
}

bool ConsumerState::Collect(ConsumerRecords& records) {
  if (absl::Status followed = subscription_.Follow(); !followed.ok()) [[unlikely]] {
    records = ConsumerRecords(std::move(followed));
    return true;
  }
  if (FollowGroup(records)) [[unlikely]]
    return true;
  if (version_ != subscription_.version()) [[unlikely]] {
    version_ = subscription_.version();
    fetcher_.StartAnew();
  }
  if (notices_next_ && CollectNotice(records)) return true;
  const std::size_t bytes = fetcher_.Collect(subscription_.partitions(), records);
  if (!records.empty() || !records.status().ok()) {
    CountPolls(records.empty() ? 0 : 1);
    const std::size_t enough =
        std::min<std::size_t>({kEnoughToRead, options_.fetch_max_bytes, options_.max_partition_fetch_bytes});
    if (bytes >= 4 * enough) {
      pauses_ = 0;
    } else {
      pauses_ = bytes >= enough ? pauses_ - pauses_ / 8 : std::clamp(pauses_ * 2, 4, kMostPauses);
    }
    notices_next_ = subscription_.has_notice();
    return true;
  }
  return CollectNotice(records);
}

bool ConsumerState::FollowGroup(ConsumerRecords& records) {
  if (options_.group_id.empty()) return false;
  const bool follows = membership_.joined() && membership_.NeedsFollow();
  if (!follows && !committer_.hurries()) [[likely]]
    return false;
  // Its errors take turns with records, so that neither hides the other.
  if (std::exchange(records_next_, false)) return false;
  // What earlier Polls have returned, before partitions go: it is done.
  absl::Status done = std::exchange(group_error_, absl::OkStatus());
  if (done.ok()) done = committer_.CommitWhenDue();
  if (follows) {
    group::ExpireOffsets(backend_->local_folder()).IgnoreError();  // when its time has come, every ten minutes
    // Fenced is what Follow is about to find, and to see to.
    const absl::Status followed = membership_.Follow();
    if (!followed.ok() || absl::IsAborted(done)) done = followed;
  }
  if (done.ok()) return false;
  records_next_ = !subscription_.partitions().empty();
  records = ConsumerRecords(std::move(done));
  return true;
}

bool ConsumerState::CollectNotice(ConsumerRecords& records) {
  notices_next_ = false;
  if (!subscription_.has_notice()) [[likely]]
    return false;
  records = ConsumerRecords(subscription_.TakeNotice());
  return true;
}

// Who looks again at once after having found little takes the cache line of the high watermark away from the writer,
// who then is the slower the quicker the reader is. So the next look waits a little longer each time, up to some
// microseconds, until there is enough to read. A reader that has found nothing is not in anybody's way so: the waiter
// sees to that.
void ConsumerState::LetWritersGetAhead() {
  for (int i = 0; i < pauses_; ++i) RelaxProcessor();
}

void ConsumerState::Sleep(std::chrono::nanoseconds timeout) {
  CountPolls(0);
  watched_.clear();
  for (const auto& partition : subscription_.partitions()) {
    if (!partition->paused) watched_.push_back({&partition->partition(), &partition->cursor()});
  }
  if (membership_.joined()) waiter_->Watch(&membership_.member()->news(), membership_.member()->news_seen());
  waiter_->Wait(watched_, timeout);
}

Entered::Entered(ConsumerState* state, From from) {
  if (state == nullptr) {
    status_ = absl::FailedPreconditionError("this Consumer has been moved from");
    return;
  }
  if (!state->entered_.exchange(true, std::memory_order_acquire)) {
    entered_ = state;
  } else if (from == kOutside || state->calls_back_.load(std::memory_order_relaxed) != std::this_thread::get_id()) {
    status_ = absl::FailedPreconditionError(
        "another call of this Consumer is under way, on another thread or around this callback: it takes one at a "
        "time");
    return;
  }
  closed_ = state->closed_;
  status_ = closed_ ? absl::FailedPreconditionError("this Consumer has been closed; open another one")
                    : state->backend_->Usable();
}

Entered::~Entered() {
  if (entered_ != nullptr) entered_->entered_.store(false, std::memory_order_release);
}

}  // namespace leat::client
