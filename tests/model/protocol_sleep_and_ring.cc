#include "model/protocol_sleep_and_ring.h"

namespace leat::model {

SleepAndRingModel::State SleepAndRingModel::First() const {
  State state{};
  for (int p = options_.producers; p < kProducers; ++p) state.producers[p].at = kProduced;
  for (int c = options_.consumers; c < kConsumers; ++c) state.consumers[c].at = kConsumerDead;
  if (!options_.wake) state.waker_at = 3;
  return state;
}

// When all producers are done, all consumers know it. (A batch that was published and not shown, because its producer was
// killed, is shown by the next one to append.)
bool SleepAndRingModel::Done(const State& now) const {
  for (const Producer& producer : now.producers) {
    if (producer.at != kProduced && producer.at != kProducerDead) return false;
  }
  for (const Consumer& consumer : now.consumers) {
    if (consumer.at != kConsumerDead && consumer.seen != now.watermark) return false;
  }
  return now.waker_at == 3 && (now.consumers[0].at == kConsumerDead || now.consumers[0].woken == now.wakes);
}

// The watermark is stored with release; the exchange releases by its store and acquires by its load; the look at the mask
// acquires.
bool SleepAndRingModel::MayDo(std::uint8_t done, int access) const {
  const auto is_done = [&](int other) { return (done & Bit(other)) != 0; };
  if (is_done(access)) return false;
  switch (access) {
    case kLoadOfUnlock:
      return options_.exchange == Exchange::kLoadAndStore || is_done(kStoreWatermark);
    case kStoreOfUnlock:
      return is_done(kStoreWatermark) && is_done(kLoadOfUnlock);
    case kLoadMask:
      if (Is(Without::kExchangeOnUnlock)) return true;
      return is_done(kLoadOfUnlock) && (Is(Without::kOrderedLook) || is_done(kStoreOfUnlock));
    default:
      return true;
  }
}

void SleepAndRingModel::ChangeBells(State& s, std::uint8_t mask) const {
  for (int bell = 0; bell < kConsumers; ++bell)
    s.rings[bell] = static_cast<std::uint8_t>(s.rings[bell] + (mask >> bell & 1));
}

void SleepAndRingModel::WakeAll(State& s, std::uint8_t mask) const {
  for (int c = 0; c < kConsumers; ++c) {
    if ((mask >> BellOf(c) & 1) != 0 && s.consumers[c].at == kAsleep) s.consumers[c].at = kLookFirst;
  }
}

bool SleepAndRingModel::IsOver(const State& now, int c) const {
  return now.consumers[c].seen != now.watermark || (c == 0 && now.consumers[c].woken != now.wakes);
}

}  // namespace leat::model
