// What a folder's shared memory and its files tell of it, its topics and its partitions.
#ifndef LEAT_BROKER_FOLDER_METRICS_H_
#define LEAT_BROKER_FOLDER_METRICS_H_

#include "absl/status/status.h"
#include "broker/folder.h"
#include "metrics/samples.h"

namespace leat::broker {

// Takes no lock and writes nothing, whatever the folder is open for. Not OK when the list of topics cannot be read.
absl::Status AddFolderMetrics(Folder& folder, metrics::Samples& samples);

// OK, or why no counters are among the samples: the control file is not there to be believed.
absl::Status WhyNotCounted(const Folder& folder);

}  // namespace leat::broker

#endif  // LEAT_BROKER_FOLDER_METRICS_H_
