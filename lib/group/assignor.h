// Who gets which partitions: the library's own ways, and the user's.
#ifndef LEAT_GROUP_ASSIGNOR_H_
#define LEAT_GROUP_ASSIGNOR_H_

#include <leat/assignor.h>

#include <string>
#include <string_view>

namespace leat::group {

inline constexpr std::string_view kStickyAssignor = "sticky";          // balanced, and as few moves as that takes
inline constexpr std::string_view kRangeAssignor = "range";            // Kafka's RangeAssignor
inline constexpr std::string_view kRoundRobinAssignor = "roundrobin";  // Kafka's RoundRobinAssignor

// All members of a group use the same; the first one chooses.
struct AssignorChoice {
  std::string name = std::string(kStickyAssignor);
  Assignor assign = nullptr;  // only with a name that is none of the above, and always then
};

}  // namespace leat::group

#endif  // LEAT_GROUP_ASSIGNOR_H_
