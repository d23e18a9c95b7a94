// A folder with topics, and "processes" that have it open: brokers of their own over one clock that the test moves.
// Each has a slot and a LOCK descriptor of its own, so that to the others it is what a process is; closing one looks to
// them as its death does.
#ifndef LEAT_TESTS_SUPPORT_GROUP_FOLDER_H_
#define LEAT_TESTS_SUPPORT_GROUP_FOLDER_H_

#include <leat/topic_options.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/manual_clock.h"
#include "broker/environment.h"
#include "broker/folder.h"
#include "broker/open_local.h"
#include "broker/topics.h"
#include "group/member.h"
#include "group/settling.h"
#include "support/temp_folder.h"

namespace leat::testing {

class GroupFolder {
 public:
  using Process = std::shared_ptr<broker::LocalBackend>;

  Process Open(BrokerOptions options = {}) {
    broker::Environment environment = broker::RealEnvironment();
    environment.clock = &clock;
    if (!boot_id.empty()) environment.boot_id = boot_id;
    auto opened = broker::OpenLocal(path(), std::move(options), std::move(environment), group::SettleGroups);
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    return *std::move(opened);
  }
  static void Topic(const Process& process, const std::string& name, PartitionId partitions) {
    const auto made = broker::CreateTopic(process->state(), name, {.partitions = partitions});
    if (!made.ok()) throw std::runtime_error(made.status().ToString());
  }
  static std::string IdOf(const Process& process, const std::string& topic) {
    return base::UuidToString(broker::ReadTopic(process->state(), topic)->id);
  }
  std::string path() const { return temp / "data"; }
  std::string GroupPath(const std::string& id) const { return path() + "/groups/" + id; }

  TempFolder temp;
  base::ManualClock clock;
  std::string boot_id;  // of what is opened from now on; empty: the machine's
};

// A member that does what a consumer does in Poll: it looks, and gives up what it is to give up.
class PollingMember {
 public:
  PollingMember(const GroupFolder::Process& process, std::string id, std::vector<std::string> topics,
                group::MemberOptions options = {}) {
    auto joined = group::Member::Join(process->local_folder(), std::move(id), std::move(options), std::move(topics));
    if (!joined.ok()) throw std::runtime_error(joined.status().ToString());
    member_ = *std::move(joined);
  }

  absl::StatusOr<group::MemberChanges> Poll() {
    auto changes = member_->Look();
    if (changes.ok() && !changes->revoked.empty()) {
      if (auto s = member_->Acknowledge(changes->revoked); !s.ok()) return s;
    }
    return changes;
  }
  std::vector<TopicPartition> names() const {
    std::vector<TopicPartition> names;
    for (const group::GroupPartition& partition : member_->owned()) names.push_back(partition.name);
    return names;
  }
  std::size_t count() const { return member_->owned().size(); }
  group::Member& operator*() { return *member_; }
  group::Member* operator->() { return member_.get(); }

 private:
  std::unique_ptr<group::Member> member_;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_GROUP_FOLDER_H_
