// What is in a folder that is not known to be leat's: whether it may become leat's.
#ifndef LEAT_BROKER_FOLDER_CONTENT_H_
#define LEAT_BROKER_FOLDER_CONTENT_H_

#include <string>

#include "absl/status/status.h"
#include "io/file_system.h"

namespace leat::broker {

// OK for a folder without leat.meta that is empty, or has only what leat leaves when it is killed while it makes one,
// or leat.properties, or what a Kafka broker keeps in its log directory. kFailedPrecondition otherwise, naming what was found.
absl::Status CheckMayBecomeLeats(io::FileSystem& files, const std::string& folder);

}  // namespace leat::broker

#endif  // LEAT_BROKER_FOLDER_CONTENT_H_
