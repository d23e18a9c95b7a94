#include "model/protocol_folder.h"

namespace leat::model {

FolderModel::State FolderModel::First() const {
  State state{};
  state.openings = options_.openings;
  return state;
}

const char* FolderModel::Wrong(const State& now) const {
  if (now.kept_out != 0) return "who has just made the state is kept out";
  for (const std::uint8_t at : now.at) {
    if (at != kWork) continue;
    if (now.alone != 0) return "somebody works while another is alone";
    if (now.whole == 0) return "somebody works with a state that does not hold";
  }
  return nullptr;
}

bool FolderModel::Done(const State& now) const {
  for (const std::uint8_t at : now.at) {
    if (at != kClosed) return false;
  }
  return true;
}

}  // namespace leat::model
