// Reads what is in the log at the speed at which it came, or at any other.
#ifndef LEAT_REPLAY_H_
#define LEAT_REPLAY_H_

#include <leat/broker.h>
#include <leat/partition.h>
#include <leat/record.h>
#include <leat/topic.h>
#include <leat/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
namespace client {
class ReplayState;
}  // namespace client
inline namespace v1 {

// A partition, and which of its records.
struct ReplayRange {
  Partition partition;               // which one
  std::optional<Offset> begin = {};  // the first one; else as ReplayOptions::from says
  std::optional<Offset> end = {};    // the one behind the last; else as ReplayOptions::until says
};

// How fast a Replay goes, and over what.
struct ReplayOptions {
  // Seconds of the log that pass in a second of the clock: 1 is as it came, 60 a minute a second, 0.5 half as fast.
  // 0 stands still until SetSpeed; infinity waits for nothing, and the order is still that of time.
  double speed = 1.0;

  // The longest time of the log in which nothing happens that is waited for, also divided by `speed`; what is longer is
  // cut to that. A night without orders, or one record with a time far in the future, need not be sat through.
  std::chrono::milliseconds longest_gap = std::chrono::milliseconds::max();

  // Of the ranges that do not say it: from the first record, in log order, whose timestamp is at or after `from`, to
  // before the first whose timestamp is at or after `until`; else from the log's start to the high watermark as it is
  // at Open.
  std::optional<Timestamp> from = {};
  std::optional<Timestamp> until = {};
};

// A Replay hands out the records of some partitions when their time has come: the first at once, each of the others so
// long after the first as their timestamps are apart, divided by the speed.
//
//   auto replay = leat::Replay::Open(*broker, *topic, {.speed = 10});
//   if (!replay.ok()) return replay.status();
//   while (!replay->ended()) {
//     const auto record = replay->Next(100ms);
//     if (!record.ok()) return record.status();
//     if (record->has_value()) simulation.Step((*record)->value());
//   }
//
// Order: of one partition, that of the log. Between partitions, that of the timestamps; where they are the same, that of
// the ranges. A record whose timestamp is before that of an earlier one of its partition, or that has none, comes right
// behind that one.
//
// Who comes late gets what is due at once, so that the whole takes no longer. Time is the broker's clock: a test with a
// SimulatedMachine moves it with Advance.
//
// Threads: one at a time, whichever; a call while another is under way is refused with kFailedPrecondition. Wake may be
// called from all threads. Lifetime: moves, does not copy; keeps the broker's folder open in this process. What was moved
// from refuses every call with kFailedPrecondition.
class Replay {
 public:
  // Waits for nothing but the disk.
  //   kInvalidArgument     no range; a negative or no speed; a negative gap; a partition twice or of another broker
  //   kOutOfRange          a range does not lie between the log's start and the high watermark
  //   kNotFound            a topic has been deleted
  //   kFailedPrecondition  the broker has been closed, or was opened before a fork
  static absl::StatusOr<Replay> Open(const Broker& broker, const std::vector<ReplayRange>& ranges,
                                     ReplayOptions options = {});
  // All partitions of a topic.
  static absl::StatusOr<Replay> Open(const Broker& broker, const Topic& topic, ReplayOptions options = {});

  Replay(Replay&&) noexcept;
  Replay& operator=(Replay&&) noexcept;
  ~Replay();

  // The next record as soon as it is due; nullopt when `timeout` is over before that, when Wake was called, or when there
  // are no more (ended()). It shows the bytes in the log, and stays good until the next call of Next or Seek. A timeout of
  // 0 or less only looks.
  //   kDataLoss            damage at the place; names file and byte. Comes again until Seek has led past it
  //   kNotFound            the topic has been deleted
  //   kFailedPrecondition  the broker has been closed, or was opened before a fork
  absl::StatusOr<std::optional<ConsumerRecord>> Next(std::chrono::nanoseconds timeout);

  // Whether all records have been handed out.
  bool ended() const;

  // Goes on at another offset of the partition, before the end of its range; time goes on as it does.
  //   kNotFound     it is not replayed
  //   kOutOfRange   not from the log's start to the end of the range
  absl::Status Seek(const TopicPartition& partition, Offset offset);

  // From now on. kInvalidArgument: negative, or not a number.
  absl::Status SetSpeed(double speed);

  // The moment of the log that it has come to; nullopt before the first record, or while none has a time.
  std::optional<Timestamp> time() const;

  // How many records retention had deleted before their time came.
  std::int64_t missed() const;

  // Makes the Next that is waiting, or else the next one, return at once. Threads: safe from all threads; not from a signal
  // handler.
  void Wake();

 private:
  explicit Replay(std::unique_ptr<client::ReplayState> state);

  std::unique_ptr<client::ReplayState> state_;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_REPLAY_H_
