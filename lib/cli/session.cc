#include "cli/session.h"

#include <fmt/format.h>
#include <leat/settings.h>

#include <vector>

#include "cli/report.h"

namespace leat::cli {
namespace {

template <typename T>
absl::StatusOr<T> WithWayOut(absl::StatusOr<T> opened) {
  if (absl::IsNotFound(opened.status())) {
    return absl::NotFoundError(
        fmt::format("{}; name another with -d or LEAT_DIR", std::string(opened.status().message())));
  }
  return opened;
}

void TellRecovered(const RecoveredPartition& recovered) {
  for (const std::string& note : recovered.notes) {
    Say(fmt::format("{}-{} was recovered: {}", recovered.partition.topic, recovered.partition.partition, note));
  }
}

absl::StatusOr<Broker> Open(const Session& session, OpenMode mode) {
  return WithWayOut(Broker::Open(session.folder, {.mode = mode, .on_recovered = TellRecovered}));
}

}  // namespace

absl::StatusOr<Broker> OpenToRead(const Session& session) { return Open(session, OpenMode::kReadOnly); }
absl::StatusOr<MetricsSnapshot> ReadMetricsOf(const Session& session) {
  return WithWayOut(ReadMetrics(session.folder));
}
absl::StatusOr<Broker> OpenToChange(const Session& session) { return Open(session, OpenMode::kExisting); }
absl::StatusOr<Broker> OpenOrMake(const Session& session) { return Open(session, OpenMode::kCreate); }

absl::Status NoSuchTopic(const Broker& broker, std::string_view name) {
  std::string message = fmt::format("there is no topic '{}' in {}", name, broker.folder());
  if (const auto topics = broker.ListTopics(); topics.ok()) {
    if (const auto meant = NearestWord(name, *topics); meant.has_value()) {
      message += fmt::format("; did you mean '{}'?", *meant);
    }
  }
  return absl::NotFoundError(message);
}

absl::StatusOr<Topic> FindTopic(const Broker& broker, std::string_view name) {
  auto topic = broker.FindTopic(name);
  if (absl::IsNotFound(topic.status())) return NoSuchTopic(broker, name);
  return topic;
}

}  // namespace leat::cli
