#include "cli/folder_sample.h"

#include <fmt/format.h>
#include <leat/consumer_group.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "cli/report.h"
#include "cli/table.h"

namespace leat::cli {
namespace {

TopicSample SampleOf(const TopicDescription& topic) {
  TopicSample sample{
      .name = topic.name, .id = topic.id, .partitions = static_cast<PartitionId>(topic.partitions.size())};
  for (const PartitionDescription& partition : topic.partitions) {
    sample.records += partition.high_watermark - partition.log_start;
    sample.bytes += partition.size_bytes;
    sample.appended += partition.end;
  }
  return sample;
}

void SetRates(TopicSample& now, const FolderSample& before, double seconds) {
  const auto same = std::find_if(before.topics.begin(), before.topics.end(), [&](const TopicSample& topic) {
    return topic.name == now.name && topic.id == now.id;
  });
  if (same == before.topics.end() || seconds <= 0) return;
  now.records_per_second = static_cast<double>(now.appended - same->appended) / seconds;
  now.bytes_per_second = static_cast<double>(std::max<std::int64_t>(now.bytes - same->bytes, 0)) / seconds;
}

GroupSample SampleOf(const GroupDescription& group) {
  GroupSample sample{.id = group.id, .members = static_cast<std::int64_t>(group.members.size()), .lag = 0};
  for (const GroupPartitionDescription& partition : group.partitions) {
    if (!partition.lag.ok()) {
      sample.lag.reset();
      break;
    }
    *sample.lag += partition.lag->records;
  }
  return sample;
}

absl::Status AddTopics(const Broker& broker, FolderSample& sample) {
  const auto names = broker.ListTopics();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const auto topic = broker.DescribeTopic(name);
    if (absl::IsNotFound(topic.status())) continue;  // deleted meanwhile
    if (!topic.ok()) return topic.status();
    sample.topics.push_back(SampleOf(*topic));
  }
  return absl::OkStatus();
}

absl::Status AddGroups(const Broker& broker, FolderSample& sample) {
  const auto ids = ConsumerGroup::List(broker);
  if (!ids.ok()) return ids.status();
  for (const std::string& id : *ids) {
    const auto group = ConsumerGroup::Open(broker, id);
    if (!group.ok()) return group.status();
    const auto described = group->Describe();
    if (absl::IsNotFound(described.status())) continue;
    if (!described.ok()) return described.status();
    sample.groups.push_back(SampleOf(*described));
  }
  return absl::OkStatus();
}

std::string Rounded(const std::optional<double>& rate) {
  return rate.has_value() ? fmt::format("{:.0f}", *rate) : "";
}

template <typename Number>
Json OrNull(const std::optional<Number>& number) {
  return number.has_value() ? Json(*number) : Json(nullptr);
}

}  // namespace

absl::StatusOr<FolderSample> TakeSample(const Session& session, const FolderSample* before) {
  // Anew each time: what is open at rest does not hear of those who come.
  const auto broker = OpenToRead(session);
  if (!broker.ok()) return broker.status();
  FolderSample sample{.time = std::chrono::system_clock::now(), .taken = std::chrono::steady_clock::now()};
  if (const absl::Status topics = AddTopics(*broker, sample); !topics.ok()) return topics;
  if (const absl::Status groups = AddGroups(*broker, sample); !groups.ok()) return groups;
  auto use = WhoUses(session.folder);
  if (!use.ok()) return use.status();
  sample.use = *std::move(use);
  if (before == nullptr) return sample;
  const double seconds = std::chrono::duration<double>(sample.taken - before->taken).count();
  for (TopicSample& topic : sample.topics) SetRates(topic, *before, seconds);
  return sample;
}

Json JsonOf(const FolderSample& sample) {
  Json topics = Json::array(), groups = Json::array(), processes = Json::array();
  for (const TopicSample& topic : sample.topics) {
    Json one = {
        {"topic", topic.name}, {"partitions", topic.partitions}, {"records", topic.records}, {"bytes", topic.bytes}};
    one["records_per_second"] = OrNull(topic.records_per_second);
    one["bytes_per_second"] = OrNull(topic.bytes_per_second);
    topics.push_back(std::move(one));
  }
  for (const GroupSample& group : sample.groups) {
    Json one = {{"group", group.id}, {"members", group.members}};
    one["lag"] = OrNull(group.lag);
    groups.push_back(std::move(one));
  }
  for (const ProcessDescription& process : sample.use.processes) {
    processes.push_back(
        {{"pid", process.pid}, {"host", process.host}, {"program", process.program}, {"stopped", process.stopped}});
  }
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(sample.time.time_since_epoch()).count();
  return {{"time", time}, {"topics", topics}, {"groups", groups}, {"processes", processes}};
}

std::vector<std::string> LinesOf(const FolderSample& sample, const std::string& folder) {
  const std::time_t time = std::chrono::system_clock::to_time_t(sample.time);
  std::tm local = {};
  ::localtime_r(&time, &local);
  std::vector<std::string> lines = {fmt::format(
      "{}  {:02}:{:02}:{:02}  {}, {}, {}", folder, local.tm_hour, local.tm_min, local.tm_sec,
      Counted(static_cast<std::int64_t>(sample.topics.size()), "topic"),
      Counted(static_cast<std::int64_t>(sample.groups.size()), "group"),
      sample.use.processes.size() == 1 ? "1 process" : fmt::format("{} processes", sample.use.processes.size()))};
  const auto append = [&lines](const Table& table) {
    for (std::string& line : table.Lines()) lines.push_back(std::move(line));
  };
  Table topics({"TOPIC", "PARTITIONS", "RECORDS", "BYTES", "RECORDS/S", "BYTES/S"});
  for (const TopicSample& topic : sample.topics) {
    topics.Row({topic.name, fmt::to_string(topic.partitions), fmt::to_string(topic.records),
                fmt::to_string(topic.bytes), Rounded(topic.records_per_second), Rounded(topic.bytes_per_second)});
  }
  append(topics);
  Table groups({"GROUP", "MEMBERS", "LAG"});
  for (const GroupSample& group : sample.groups) {
    groups.Row({group.id, fmt::to_string(group.members), group.lag.has_value() ? fmt::to_string(*group.lag) : ""});
  }
  if (!sample.groups.empty()) append(groups);
  Table processes({"PID", "HOST", "PROGRAM", "STATE"});
  for (const ProcessDescription& process : sample.use.processes) {
    processes.Row({fmt::to_string(process.pid), process.host, process.program, process.stopped ? "stopped" : "runs"});
  }
  if (!sample.use.processes.empty()) append(processes);
  return lines;
}

}  // namespace leat::cli
