#include "model/protocol_reading.h"

namespace leat::model {

ReadingModel::State ReadingModel::First() const {
  State state{};
  state.exists = 1;
  for (std::uint8_t& size : state.size) size = kSegmentBytes;
  state.owner_at = kChoose;
  return state;
}

const char* ReadingModel::Wrong(const State& now) const {
  switch (now.wrong) {
    case kBeyondFile:
      return "a reader touches bytes beyond the file's end";
    case kOtherBytes:
      return "a reader takes other bytes for the batch";
    case kDamage:
      return "a reader calls damaged what is not there";
    default:
      return nullptr;
  }
}

// All that will ever be published is, and was read.
bool ReadingModel::Done(const State& now) const {
  const bool full = now.segment == 1 && now.position == kSegmentBytes;
  return (now.next == kBatches || full) && now.watermark == now.next && now.batch_base == now.next;
}

void ReadingModel::Enter(State& s) const {
  s.in = static_cast<std::uint8_t>((s.listed & 2) != 0 && BaseOf(s, 1) <= s.batch_base ? 2 : 1);
  // From the segment's first batch on; those before ours are walked over.
  s.at = s.limit = s.end_known = s.end = s.end_generation = s.looked = s.back_to = 0;
  const int base = BaseOf(s, s.in - 1);
  for (int offset = base; offset < s.batch_base; ++offset)
    s.at = static_cast<std::uint8_t>(s.at + SizeOf(s.published[offset]));
}

void ReadingModel::KnowEnd(State& s) const {
  s.end_known = 1;
  s.end = s.in == 1 && (s.listed & 2) != 0 ? s.base : kNoEnd;
  s.looked = 0;
}

}  // namespace leat::model
