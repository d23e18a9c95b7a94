#include <leat/folder_use.h>

#include "broker/environment.h"
#include "broker/folder_users.h"
#include "broker/open_local.h"

namespace leat {
inline namespace v1 {

absl::StatusOr<FolderUse> WhoUses(const std::string& folder, HeaderVersion headers) {
  if (absl::Status status = broker::CheckHeaders(headers); !status.ok()) return status;
  return broker::FindUsers(folder, broker::RealEnvironment());
}

}  // namespace v1
}  // namespace leat
