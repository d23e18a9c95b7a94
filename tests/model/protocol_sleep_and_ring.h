// Sleeping until a partition grows, and ringing who sleeps: shared/doorbell.{h,cc}, broker/waiter.cc, and the end of an
// append in log/append.cc.
//
// Producers append, each once; consumers sleep, at one doorbell or each at its own, until they have seen it all; somebody may
// call Wake for the first of them. Producers and consumers are killed at any step. What a consumer may have to wait out is
// its longest sleep, 250 ms, and only when a producer has been killed.
//
// What matters is that a producer's look at the mask is not done before its watermark is seen by all. The unlock between the
// two is an exchange: where the machine does it as one (x86, ARMv8.1), everything before it is done before everything behind
// it. Where it is a pair of a load and a conditional store (ARMv8.0), only an acquiring load stays behind the store.
#ifndef LEAT_TESTS_MODEL_PROTOCOL_SLEEP_AND_RING_H_
#define LEAT_TESTS_MODEL_PROTOCOL_SLEEP_AND_RING_H_

#include <cstdint>

#include "model/explorer.h"

namespace leat::model {

class SleepAndRingModel {
 public:
  static constexpr int kProducers = 2;
  static constexpr int kConsumers = 2;

  enum class Without : std::uint8_t {
    kNothing,
    kExchangeOnUnlock,  // the lock is given back by a store with release
    kOrderedLook,       // the mask is loaded relaxed
    kSecondLook,        // the consumer sleeps at once when its bit is set
    kBitBeforeLook,     // it looks first, and sets its bit then
    kBellBeforeLook,    // it reads the doorbell only when it is about to sleep
    kExchangeOfMask,    // the producer stores 0 to the mask, whatever came into it since its look
    kChangeOfBell,      // ringing wakes who sleeps, and leaves the doorbell's number as it is
    kWakeLast,          // it wakes who sleeps, and changes the number then
    kLongestSleep,      // who sleeps does so until he is rung
  };
  enum class Exchange : std::uint8_t { kAtOnce, kLoadAndStore };

  struct Options {
    int producers = 2;
    int consumers = 2;
    bool one_doorbell = true;
    bool wake = false;
    Exchange exchange = Exchange::kAtOnce;
    bool kills = true;
    Without without = Without::kNothing;
  };

  struct Producer {
    std::uint8_t at;
    std::uint8_t done;  // which of its accesses are
    std::uint8_t offset;
    std::uint8_t mask;  // as it saw it
  };
  struct Consumer {
    std::uint8_t at;
    std::uint8_t rings;  // as it read the doorbell
    std::uint8_t seen;   // the watermark, at the last look
    std::uint8_t woken;  // has returned for Wake
  };
  struct State {
    std::uint8_t owner;      // of the append lock; producers are counted from 1
    std::uint8_t published;  // the version of the commit slots
    std::uint8_t watermark;
    std::uint8_t mask;               // PartitionPage::sleepers
    std::uint8_t rings[kConsumers];  // by doorbell
    std::uint8_t wakes;              // LocalWaiter::wakes_, of the first consumer
    std::uint8_t waker_at;
    std::uint8_t killed;
    Producer producers[kProducers];
    Consumer consumers[kConsumers];
  };

  explicit SleepAndRingModel(const Options& options) : options_(options) {}

  State First() const;
  const char* Wrong(const State&) const { return nullptr; }
  bool Done(const State& now) const;

  template <typename To>
  void Next(const State& now, To to) const {
    for (int p = 0; p < options_.producers; ++p) Produce(now, p, to);
    for (int c = 0; c < options_.consumers; ++c) Consume(now, c, to);
    if (options_.wake) CallWake(now, to);
  }

 private:
  enum ProducerAt : std::uint8_t {
    kLock,
    kPublish,
    kShow,
    kTakeMask,
    kChangeBell,
    kWakeSleepers,
    kChangeBellLate,
    kProduced,
    kProducerDead
  };
  // What is done in any order that is left open: see MayDo.
  enum Access : std::uint8_t { kStoreWatermark, kLoadOfUnlock, kStoreOfUnlock, kLoadMask, kAccesses };
  enum ConsumerAt : std::uint8_t {
    kLookFirst,
    kReadBell,
    kSetBit,
    kLookAgain,
    kReadBellLate,
    kCallFutex,
    kAsleep,
    kConsumerDead
  };

  static constexpr std::uint8_t Bit(int n) { return static_cast<std::uint8_t>(1u << n); }
  bool Is(Without without) const { return options_.without == without; }
  bool MayDo(std::uint8_t done, int access) const;
  int BellOf(int c) const { return options_.one_doorbell ? 0 : c; }
  void ChangeBells(State& s, std::uint8_t mask) const;
  void WakeAll(State& s, std::uint8_t mask) const;
  bool IsOver(const State& now, int c) const;

  template <typename To>
  void Produce(const State& now, int p, To& to) const {
    const int who = 1 + p;
    State s = now;
    Producer& me = s.producers[p];
    const auto step = [&](const char* what, std::uint8_t at) {
      me.at = at;
      to(s, Step{who, what});
    };
    switch (now.producers[p].at) {
      case kLock:  // protocol_lock_word.h says how
        if (now.owner != 0 && now.producers[now.owner - 1].at != kProducerDead) break;
        // Mend raises the watermark of what the dead one has published, and rings nobody for it.
        if (now.owner != 0) s.watermark = s.published;
        s.owner = static_cast<std::uint8_t>(who);
        step(now.owner == 0 ? "takes the append lock" : "takes the append lock over, and mends", kPublish);
        break;
      case kPublish:
        me.offset = ++s.published;
        step("publishes a batch", kShow);
        break;
      case kShow:  // AppendLocked's last store, Locker::Unlock, and RingSleepers' look
        for (int access = 0; access < kAccesses; ++access) {
          if (!MayDo(now.producers[p].done, access)) continue;
          s = now;
          Do(s, p, access);
          if (me.done == Bit(kAccesses) - 1) me.at = me.mask == 0 ? kProduced : kTakeMask;
          static constexpr const char* kNames[] = {"raises the watermark", "begins to give the lock back",
                                                   "gives the lock back", "looks at the mask"};
          to(s, Step{who, kNames[access]});
        }
        break;
      case kTakeMask:  // RingSleepers' exchange
        if (!Is(Without::kExchangeOfMask)) me.mask = now.mask;
        s.mask = 0;
        step("takes the mask", me.mask == 0 ? kProduced : Is(Without::kWakeLast) ? kWakeSleepers : kChangeBell);
        break;
      case kChangeBell:  // Ring
        if (!Is(Without::kChangeOfBell)) ChangeBells(s, me.mask);
        step("changes the doorbell", kWakeSleepers);
        break;
      case kWakeSleepers:
        WakeAll(s, me.mask);
        step("wakes who sleeps at the doorbell", Is(Without::kWakeLast) ? kChangeBellLate : kProduced);
        break;
      case kChangeBellLate:
        ChangeBells(s, me.mask);
        step("changes the doorbell", kProduced);
        break;
      default:
        return;
    }
    if (!options_.kills || now.producers[p].at == kProduced) return;
    s = now;
    s.killed = 1;
    me = {.at = kProducerDead, .done = 0, .offset = 0, .mask = 0};
    to(s, Step{who, "is killed", Kind::kMishap});
  }

  void Do(State& s, int p, int access) const {
    Producer& me = s.producers[p];
    me.done |= Bit(access);
    if (access == kStoreWatermark) s.watermark = me.offset;
    if (access == kStoreOfUnlock) s.owner = 0;
    if (access == kLoadMask) me.mask = s.mask;
    if (access == kLoadOfUnlock && options_.exchange == Exchange::kAtOnce) Do(s, p, kStoreOfUnlock);
  }

  template <typename To>
  void Consume(const State& now, int c, To& to) const {
    const int who = 11 + c;
    State s = now;
    Consumer& me = s.consumers[c];
    const auto step = [&](const char* what, std::uint8_t at) {
      me.at = at;
      to(s, Step{who, what});
    };
    // Cursor::Ready and the wakes; then Poll takes what there is, and waits anew.
    const auto look = [&](std::uint8_t if_over, std::uint8_t if_not) {
      const bool over = IsOver(now, c);
      me.seen = now.watermark;
      if (c == 0) me.woken = now.wakes;
      step(over ? "looks, and finds something" : "looks, and finds nothing", over ? if_over : if_not);
    };
    switch (now.consumers[c].at) {
      case kLookFirst:
        look(kLookFirst, Is(Without::kBellBeforeLook) ? kSetBit : kReadBell);
        break;
      case kReadBell:  // SleepAtDoorbell
        me.rings = now.rings[BellOf(c)];
        step("reads the doorbell", Is(Without::kBitBeforeLook) ? kLookAgain : kSetBit);
        break;
      case kSetBit:
        s.mask |= Bit(BellOf(c));
        step("sets its bit", Is(Without::kSecondLook) || Is(Without::kBitBeforeLook) ? kCallFutex : kLookAgain);
        break;
      case kLookAgain:
        look(kLookFirst, Is(Without::kBitBeforeLook)    ? kSetBit
                         : Is(Without::kBellBeforeLook) ? kReadBellLate
                                                        : kCallFutex);
        break;
      case kReadBellLate:
        me.rings = now.rings[BellOf(c)];
        step("reads the doorbell", kCallFutex);
        break;
      case kCallFutex:  // the kernel compares and sleeps at once
        if (now.rings[BellOf(c)] == me.rings)
          step("sleeps", kAsleep);
        else
          step("does not sleep, for the doorbell was rung", kLookFirst);
        break;
      case kAsleep:
        if (Is(Without::kLongestSleep)) break;
        me.at = kLookFirst;
        to(s, Step{who, "has slept for 250 ms", now.killed != 0 ? Kind::kStep : Kind::kMishap});
        break;
      default:
        return;
    }
    if (!options_.kills) return;
    s = now;
    me = {.at = kConsumerDead, .rings = 0, .seen = 0, .woken = 0};
    to(s, Step{who, "is killed", Kind::kMishap});
  }

  template <typename To>
  void CallWake(const State& now, To& to) const {  // LocalWaiter::Wake
    State s = now;
    ++s.waker_at;
    if (now.waker_at == 0) s.wakes = 1;
    if (now.waker_at == 1) ChangeBells(s, Bit(0));
    if (now.waker_at == 2) WakeAll(s, Bit(0));
    static constexpr const char* kNames[] = {"says that it wakes", "changes the doorbell", "wakes who sleeps there"};
    if (now.waker_at < 3) to(s, Step{0, kNames[now.waker_at]});
  }

  const Options options_;
};

}  // namespace leat::model

#endif  // LEAT_TESTS_MODEL_PROTOCOL_SLEEP_AND_RING_H_
