#include <leat/topic.h>

#include <fmt/format.h>

#include <utility>

#include "absl/status/status.h"
#include "broker/backend.h"
#include "client/partition_chooser.h"

namespace leat {
inline namespace v1 {
namespace {

// What a moved-from handle shows of itself.
const broker::TopicBackend& Nothing() {
  static const auto* const nothing = new broker::TopicBackend;
  return *nothing;
}

}  // namespace

Topic::Topic(std::shared_ptr<broker::Backend> backend, std::shared_ptr<const broker::TopicBackend> topic)
    : backend_(std::move(backend)), topic_(std::move(topic)) {}

const std::string& Topic::name() const { return topic_ != nullptr ? topic_->name : Nothing().name; }
const std::string& Topic::id() const { return topic_ != nullptr ? topic_->id : Nothing().id; }
const TopicOptions& Topic::options() const { return topic_ != nullptr ? topic_->options : Nothing().options; }
PartitionId Topic::partition_count() const {
  return topic_ != nullptr ? static_cast<PartitionId>(topic_->partitions.size()) : 0;
}

absl::StatusOr<Partition> Topic::partition(PartitionId id) const {
  if (topic_ == nullptr) return absl::FailedPreconditionError("this Topic has been moved from");
  if (absl::Status status = client::CheckPartition(*topic_, id); !status.ok()) return status;
  return Partition(backend_, topic_->partitions[static_cast<std::size_t>(id)]);
}

}  // namespace v1
}  // namespace leat
