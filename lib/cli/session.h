// What every command works with: the folder that was named, and where results go.
#ifndef LEAT_CLI_SESSION_H_
#define LEAT_CLI_SESSION_H_

#include <leat/broker.h>
#include <leat/metrics.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cli/output.h"

namespace leat::cli {

struct Session {
  std::string folder;
  Output out;
};

// The folder for commands that only look: nothing is written, whoever runs them.
absl::StatusOr<Broker> OpenToRead(const Session& session);

// What is counted there.
absl::StatusOr<MetricsSnapshot> ReadMetricsOf(const Session& session);

// For commands that change what must be there already.
absl::StatusOr<Broker> OpenToChange(const Session& session);

// For commands that make the folder if it is not there.
absl::StatusOr<Broker> OpenOrMake(const Session& session);

// The error of a topic that is not there, with the name that was perhaps meant.
absl::Status NoSuchTopic(const Broker& broker, std::string_view name);

// The topic, or NoSuchTopic.
absl::StatusOr<Topic> FindTopic(const Broker& broker, std::string_view name);

}  // namespace leat::cli

#endif  // LEAT_CLI_SESSION_H_
