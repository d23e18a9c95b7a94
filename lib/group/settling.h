// The groups' part of opening a folder in which somebody has died: no lock word goes on naming him.
#ifndef LEAT_GROUP_SETTLING_H_
#define LEAT_GROUP_SETTLING_H_

#include "absl/status/status.h"
#include "broker/folder.h"

namespace leat::group {

// Takes over what the dead held, and mends it; waits for nobody. A word that named a dead process's slot for as long as
// the slot takes to come back to the same generation would then name somebody who lives.
absl::Status SettleGroups(broker::Folder& folder);

}  // namespace leat::group

#endif  // LEAT_GROUP_SETTLING_H_
