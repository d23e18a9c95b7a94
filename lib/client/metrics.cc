// Broker::Metrics and ReadMetrics.
#include <leat/metrics.h>

#include <chrono>
#include <utility>

#include "broker/folder_metrics.h"
#include "broker/local_backend.h"
#include "broker/open_local.h"
#include "group/group_metrics.h"
#include "metrics/samples.h"

namespace leat {
inline namespace v1 {
namespace {

absl::StatusOr<MetricsSnapshot> Collect(const std::shared_ptr<broker::Folder>& folder) {
  metrics::Samples samples;
  if (absl::Status added = broker::AddFolderMetrics(*folder, samples); !added.ok()) return added;
  if (absl::Status added = group::AddGroupMetrics(folder, samples); !added.ok()) return added;
  const Timestamp now(std::chrono::milliseconds(folder->clock().WallMillis()));
  return samples.Take(now, broker::WhyNotCounted(*folder));
}

}  // namespace

absl::StatusOr<MetricsSnapshot> Broker::Metrics() const {
  if (absl::Status status = Usable(); !status.ok()) return status;
  return Collect(backend_->local_folder());
}

absl::StatusOr<MetricsSnapshot> ReadMetrics(const std::string& folder, HeaderVersion headers) {
  if (absl::Status status = broker::CheckHeaders(headers); !status.ok()) return status;
  BrokerOptions options{.mode = OpenMode::kReadOnly};
  auto opened = broker::Folder::Open(folder, {.broker = std::move(options)}, broker::RealEnvironment());
  if (!opened.ok()) return opened.status();
  return Collect(*opened);
}

}  // namespace v1
}  // namespace leat
