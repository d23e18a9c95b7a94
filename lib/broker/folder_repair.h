// What Repair (leat/repair.h) does, with the world as an argument.
#ifndef LEAT_BROKER_FOLDER_REPAIR_H_
#define LEAT_BROKER_FOLDER_REPAIR_H_

#include <leat/repair.h>

#include <string>

#include "absl/status/statusor.h"
#include "broker/environment.h"

namespace leat::broker {

absl::StatusOr<RepairReport> RepairFolder(std::string path, const RepairOptions& options, Environment environment);

}  // namespace leat::broker

#endif  // LEAT_BROKER_FOLDER_REPAIR_H_
