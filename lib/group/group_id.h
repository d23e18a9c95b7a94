// What a group may be called, and what its file is called then.
#ifndef LEAT_GROUP_GROUP_ID_H_
#define LEAT_GROUP_GROUP_ID_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace leat::group {

inline constexpr std::string_view kGroupsFolderName = "groups";
inline constexpr std::size_t kGroupFileNameMax = 200;

// Any bytes will do. kInvalidArgument when there are none, or when its file's name would be too long.
absl::Status CheckGroupId(std::string_view id);

// Letters, digits, '_' and '-' stand for themselves, and '.' does but in front; all else is percent-encoded.
std::string GroupFileName(std::string_view id);
// nullopt for what is no such name: temporary files, and what others have put there.
std::optional<std::string> ParseGroupFileName(std::string_view name);

}  // namespace leat::group

#endif  // LEAT_GROUP_GROUP_ID_H_
