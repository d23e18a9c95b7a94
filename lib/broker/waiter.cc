#include "broker/waiter.h"

#include <algorithm>
#include <limits>
#include <thread>

#include "broker/local_partition.h"
#include "io/futex.h"
#include "shared/counters.h"
#include "shared/doorbell.h"

namespace leat::broker {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A sleep and its end cost some 20 us; a record that comes within this time is had without.
constexpr nanoseconds kSpinTime = microseconds(40);
constexpr int kFirstPauses = 16;
// Each look takes the watermark's cache line away from the writer.
constexpr int kMostPauses = 256;

// Somebody who was killed between publishing and ringing strands nobody for longer.
constexpr nanoseconds kLongestSleep = milliseconds(250);

constexpr nanoseconds kFirstNap = milliseconds(1);
constexpr nanoseconds kLongestNap = milliseconds(20);

void Pause(int times) {
  for (int i = 0; i < times; ++i) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
}

bool SpinningPays() {
  static const bool pays = std::thread::hardware_concurrency() > 1;
  return pays;
}

shared::PartitionPage& PageOf(const Watched& watched) {
  return static_cast<LocalPartition*>(watched.partition)->opened()->page();
}

}  // namespace

void LocalWaiter::Wait(std::span<const Watched> watched, nanoseconds timeout) {
  // Longer than anybody waits, and no overflow.
  constexpr nanoseconds kForEver = std::chrono::hours(24 * 365 * 100);
  const nanoseconds began = folder_->clock().Monotonic();
  const Round round{
      .watched = watched, .topics = folder_->TopicListGeneration(), .deadline = began + std::min(timeout, kForEver)};
  if (IsOver(round) || timeout <= nanoseconds::zero()) return;
  // Who has just slept a wait to its end, and so is called again in the middle of a pause, does not expect anything at
  // once: looking on would be all that an idle consumer costs.
  if (!slept_in_vain_ && SpinningPays() && Spin(round)) return;
  if (folder_->slot() != nullptr) {
    SleepAtDoorbell(round);
  } else {
    LookNowAndThen(round);
  }
  const nanoseconds left = Left(round);
  slept_in_vain_ = left <= nanoseconds::zero();
  if (folder_->counts() && folder_->Usable().ok()) {
    shared::Add(folder_->control().header().counters.poll_wait, round.deadline - left - began);
  }
}

void LocalWaiter::CountPolls(std::uint32_t polls, std::uint32_t with_records) {
  if (!folder_->counts() || !folder_->Usable().ok()) return;
  shared::ActivityLine& line = folder_->control().activity(activity_line_);
  if (polls > 0) shared::Add(line.polls, polls);
  if (with_records > 0) shared::Add(line.polls_with_records, with_records);
}

void LocalWaiter::Wake() {
  if (!folder_->IsOpenersProcess()) return;
  wakes_.fetch_add(1, std::memory_order_seq_cst);
  if (folder_->slot() != nullptr) {
    shared::Ring(folder_->control().doorbell(folder_->slot()->doorbell_index()));
  } else {
    io::FutexWake(wakes_, std::numeric_limits<int>::max());
  }
}

bool LocalWaiter::IsOver(const Round& round) {
  const std::uint32_t wakes = wakes_.load(std::memory_order_acquire);
  if (wakes_taken_.load(std::memory_order_relaxed) != wakes) {
    wakes_taken_.store(wakes, std::memory_order_relaxed);
    return true;
  }
  if (word_ != nullptr && word_->load(std::memory_order_acquire) != word_seen_) return true;
  if (std::any_of(round.watched.begin(), round.watched.end(), [](const Watched& w) { return w.cursor->Ready(); })) {
    return true;
  }
  return !folder_->Usable().ok() || folder_->TopicListGeneration() != round.topics;
}

bool LocalWaiter::Spin(const Round& round) {
  const nanoseconds end = std::min(folder_->clock().Monotonic() + kSpinTime, round.deadline);
  for (int pauses = kFirstPauses; folder_->clock().Monotonic() < end; pauses = std::min(pauses * 2, kMostPauses)) {
    Pause(pauses);
    if (IsOver(round)) return true;
  }
  return false;
}

void LocalWaiter::SleepAtDoorbell(const Round& round) {
  const shared::ProcessSlot& slot = *folder_->slot();
  const shared::Doorbell& doorbell = folder_->control().doorbell(slot.doorbell_index());
  for (nanoseconds left = Left(round); left > nanoseconds::zero(); left = Left(round)) {
    // The order is the protocol: a ring after this load ends the sleep; what came before our bit was set is seen by
    // the look.
    const std::uint32_t rings = doorbell.rings.load(std::memory_order_acquire);
    for (const Watched& watched : round.watched) shared::AnnounceSleep(PageOf(watched), slot.doorbell_bit());
    if (IsOver(round)) return;
    shared::SleepAt(doorbell, rings, std::min(left, kLongestSleep));
    if (IsOver(round)) return;
  }
}

// Who may not write cannot leave a bit to be rung for.
void LocalWaiter::LookNowAndThen(const Round& round) {
  nanoseconds nap = kFirstNap;
  for (nanoseconds left = Left(round); left > nanoseconds::zero(); left = Left(round)) {
    io::FutexWait(wakes_, wakes_taken_.load(std::memory_order_relaxed), std::min(left, nap));
    if (IsOver(round)) return;
    nap = std::min(nap * 2, kLongestNap);
  }
}

nanoseconds LocalWaiter::Left(const Round& round) const { return round.deadline - folder_->clock().Monotonic(); }

}  // namespace leat::broker
