#include <leat/broker.h>

#include <utility>

#include "broker/environment.h"
#include "broker/local_backend.h"
#include "broker/open_local.h"
#include "broker/topics.h"
#include "group/group.h"
#include "group/settling.h"

namespace leat {
inline namespace v1 {

Broker::Broker(std::shared_ptr<broker::LocalBackend> backend) : backend_(std::move(backend)) {}

absl::StatusOr<Broker> Broker::Open(std::string folder, BrokerOptions options, HeaderVersion headers) {
  if (absl::Status status = broker::CheckHeaders(headers); !status.ok()) return status;
  auto backend =
      broker::OpenLocal(std::move(folder), std::move(options), broker::RealEnvironment(), group::SettleGroups);
  if (!backend.ok()) return backend.status();
  // Who opens a folder has not asked for it: what cannot be forgotten now is forgotten later.
  if (!(*backend)->read_only()) group::ExpireOffsets((*backend)->local_folder()).IgnoreError();
  return Broker(*std::move(backend));
}

absl::StatusOr<Broker> Broker::InMemory(InMemoryOptions options, HeaderVersion headers) {
  if (absl::Status status = broker::CheckHeaders(headers); !status.ok()) return status;
  auto backend = broker::OpenInMemory(options, broker::MemoryEnvironment());
  if (!backend.ok()) return backend.status();
  return Broker(*std::move(backend));
}

absl::StatusOr<Topic> Broker::EnsureTopic(std::string_view name, TopicOptions options) {
  absl::StatusOr<Topic> topic = FindTopic(name);
  if (!absl::IsNotFound(topic.status())) return topic;
  topic = CreateTopic(name, options);
  // Another process was quicker.
  return absl::IsAlreadyExists(topic.status()) ? FindTopic(name) : topic;
}

absl::StatusOr<Topic> Broker::CreateTopic(std::string_view name, TopicOptions options) {
  if (absl::Status status = Usable(); !status.ok()) return status;
  const auto made = broker::CreateTopic(backend_->state(), name, options);
  if (!made.ok()) return made.status();
  return FindTopic(name);
}

TopicOptions Broker::TopicDefaults() const {
  TopicOptions options;
  if (backend_ != nullptr) backend_->state().defaults().Apply(options);
  options.take_defaults = false;
  return options;
}

absl::StatusOr<Topic> Broker::FindTopic(std::string_view name) const {
  if (absl::Status status = Usable(); !status.ok()) return status;
  auto topic = backend_->FindTopic(name);
  if (!topic.ok()) return topic.status();
  return Topic(backend_, *std::move(topic));
}

absl::Status Broker::DeleteTopic(std::string_view name) {
  if (absl::Status status = Usable(); !status.ok()) return status;
  const absl::Status deleted = broker::DeleteTopic(backend_->state(), name);
  backend_->DropDeleted();
  return deleted;
}

absl::StatusOr<std::vector<std::string>> Broker::ListTopics() const {
  if (absl::Status status = Usable(); !status.ok()) return status;
  return backend_->ListTopics();
}

absl::StatusOr<TopicDescription> Broker::DescribeTopic(std::string_view name) const {
  if (absl::Status status = Usable(); !status.ok()) return status;
  return backend_->DescribeTopic(name);
}

absl::Status Broker::AlterTopic(std::string_view name, const TopicChanges& changes) {
  if (absl::Status status = Usable(); !status.ok()) return status;
  return backend_->AlterTopic(name, changes);
}

absl::StatusOr<Topic> Broker::AddPartitions(std::string_view name, PartitionId count) {
  if (absl::Status status = Usable(); !status.ok()) return status;
  const auto added = broker::AddPartitions(backend_->state(), name, count);
  if (!added.ok()) return added.status();
  return FindTopic(name);
}

absl::Status Broker::Flush() {
  if (absl::Status status = Usable(); !status.ok()) return status;
  return backend_->Flush();
}

absl::StatusOr<CompactionReport> Broker::CompactTopic(std::string_view name, const CompactionRequest& request) {
  if (absl::Status status = Usable(); !status.ok()) return status;
  return backend_->CompactTopic(name, request);
}

const std::string& Broker::folder() const {
  static const std::string none;
  return backend_ != nullptr ? backend_->folder() : none;
}

bool Broker::read_only() const { return backend_ != nullptr && backend_->read_only(); }

absl::Status Broker::Close() { return backend_ != nullptr ? backend_->Close() : absl::OkStatus(); }

absl::Status Broker::Usable() const {
  if (backend_ != nullptr) return backend_->Usable();
  return absl::FailedPreconditionError("this Broker has been moved from; use the one it was moved to");
}

}  // namespace v1
}  // namespace leat
