// What WhoUses (leat/folder_use.h) does, with the world as an argument.
#ifndef LEAT_BROKER_FOLDER_USERS_H_
#define LEAT_BROKER_FOLDER_USERS_H_

#include <leat/folder_use.h>

#include <string>

#include "absl/status/statusor.h"
#include "broker/environment.h"

namespace leat::broker {

absl::StatusOr<FolderUse> FindUsers(const std::string& folder, const Environment& environment);

}  // namespace leat::broker

#endif  // LEAT_BROKER_FOLDER_USERS_H_
