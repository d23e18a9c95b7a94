#include <leat/repair.h>

#include <utility>

#include "broker/environment.h"
#include "broker/folder_repair.h"
#include "broker/open_local.h"

namespace leat {
inline namespace v1 {

absl::StatusOr<RepairReport> Repair(std::string folder, RepairOptions options, HeaderVersion headers) {
  if (absl::Status status = broker::CheckHeaders(headers); !status.ok()) return status;
  return broker::RepairFolder(std::move(folder), options, broker::RealEnvironment());
}

}  // namespace v1
}  // namespace leat
