// A consumer group as its members live it: random events on group::Rebalance, beside what each member believes that it
// may read. Whatever the order of joins, deaths, slow acknowledgements and changes of topics, no two members that are
// alive by the rules may believe in the same partition, and whoever has something to hear must have been called.
#ifndef LEAT_TESTS_MODEL_REBALANCE_MODEL_H_
#define LEAT_TESTS_MODEL_REBALANCE_MODEL_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "group/rebalance.h"
#include "model/operation.h"

namespace leat::testing {

// What all runs together did.
struct RebalanceCounts {
  std::int64_t events = 0;
  std::int64_t generations = 0;
  std::int64_t settled = 0;
  std::int64_t moves = 0;          // partitions taken from a member that could have kept them
  std::int64_t fewest_moves = 0;   // that balance takes, where all subscribe to the same
  std::int64_t counted_moves = 0;  // of those generations
};

// Throws std::runtime_error, saying what does not hold.
class RebalanceModel {
 public:
  RebalanceModel(std::uint64_t seed, RebalanceCounts& counts);

  void Step();
  // All look and acknowledge until nobody has anything to do; then everything must be in its place.
  void Settle();

 private:
  using Partition = std::tuple<std::string, base::Uuid, PartitionId>;

  // Somebody who thinks that he is a member: he may have been declared dead without knowing.
  struct Consumer {
    group::MemberIndex index = 0;
    std::uint32_t epoch = 0;
    std::string instance_id;
    std::set<Partition> reads;  // what he believes to be his
    std::set<Partition> to_release;
    bool called = true;  // there is news for him that he has not looked at
  };

  void Join(std::string instance_id);
  void Look(Consumer& consumer);
  void Release(Consumer& consumer);
  void Resubscribe(Consumer& consumer);
  void ChangeTopics();
  void ClockJump();
  void Remove(const Consumer& consumer);
  void AnswerAssignor();

  void Apply(const group::GroupEvent& event);
  bool IsMember(const Consumer& consumer) const;
  Consumer* RandomConsumer();
  std::vector<std::string> RandomTopics();
  std::vector<group::TopicFact> FactsOf(const std::vector<std::string>& topics) const;

  void CheckBeliefs() const;
  void CheckState() const;
  void CheckMoves(const group::MembershipState& before);
  void CheckSettled() const;
  void CheckBalance() const;

  Numbers numbers_;
  RebalanceCounts& counts_;
  const std::string assignor_;
  const bool one_subscription_;
  group::MembershipState state_;
  std::vector<Consumer> consumers_;
  std::map<std::string, group::TopicFact> topics_;  // as they are
  std::uint8_t next_topic_id_ = 1;
  int next_name_ = 0;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_MODEL_REBALANCE_MODEL_H_
