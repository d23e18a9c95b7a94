// What the files of a folder's consumer groups tell of them.
#ifndef LEAT_GROUP_GROUP_METRICS_H_
#define LEAT_GROUP_GROUP_METRICS_H_

#include <memory>

#include "absl/status/status.h"
#include "broker/folder.h"
#include "metrics/samples.h"

namespace leat::group {

// Takes no lock and writes nothing in a read-only folder. Not OK when the list of groups cannot be read.
absl::Status AddGroupMetrics(const std::shared_ptr<broker::Folder>& folder, metrics::Samples& samples);

}  // namespace leat::group

#endif  // LEAT_GROUP_GROUP_METRICS_H_
