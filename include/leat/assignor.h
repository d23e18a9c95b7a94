// Which member of a group reads which partition.
#ifndef LEAT_ASSIGNOR_H_
#define LEAT_ASSIGNOR_H_

#include <leat/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace leat {
inline namespace v1 {

// The built-in ways to divide the partitions of a group's topics among its members (Kafka's
// partition.assignment.strategy). All of them give a partition to one member that subscribes to its topic, and leave
// members without any when there are more members than partitions. Whatever the way, only partitions that change
// their owner are taken from somebody; the rest goes on being read.
enum class Assigning : std::uint8_t {
  kSticky,      // everybody as many as the others, give or take one, and as few as possible change their owner
  kRange,       // of each topic a row of neighbours to each member: partitions of one number stay together
  kRoundRobin,  // all partitions of all topics in turn
};

// What an assignor is told.
struct AssignmentRequest {
  // One of the group's members.
  struct Member {
    std::string id;                     // of this membership: another one after a restart
    std::string instance_id;            // group_instance_id; empty when it has none
    std::vector<std::string> topics;    // that it subscribes to, and that there are; sorted
    std::vector<TopicPartition> owned;  // what the assignment until now gives it; sorted
  };
  // A topic, and how many partitions it has.
  struct Topic {
    std::string name;            // Kafka's rules, as everywhere
    PartitionId partitions = 0;  // they are 0 to one less
  };
  std::vector<Member> members;  // in an order that is the same for all who ask
  std::vector<Topic> topics;    // all that somebody subscribes to, sorted by name
};

// A way of one's own: for each member of the request, in their order, the partitions it is to read. A partition that
// is left out is read by nobody; one that is named twice, does not exist, or is given to a member that does not
// subscribe to its topic makes the whole answer void, and Poll says so with kInvalidArgument.
//
// Called within Poll or Subscribe of whichever member notices first that the group has changed, holding no lock, and
// maybe again when the group has changed meanwhile; so all members are to bring the same one. It may not call the
// consumer.
using Assignor = std::function<std::vector<std::vector<TopicPartition>>(const AssignmentRequest& request)>;

}  // namespace v1
}  // namespace leat

#endif  // LEAT_ASSIGNOR_H_
