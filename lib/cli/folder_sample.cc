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

const TopicSample* SameTopic(const TopicSample& topic, const FolderSample* in) {
  if (in == nullptr) return nullptr;
  const auto same = std::find_if(in->topics.begin(), in->topics.end(), [&](const TopicSample& other) {
    return other.name == topic.name && other.id == topic.id;
  });
  return same == in->topics.end() ? nullptr : &*same;
}

void SetRates(TopicSample& topic, const FolderSample& now, const FolderSample& before, double seconds) {
  const TopicSample* const same = SameTopic(topic, &before);
  if (same == nullptr || seconds <= 0) return;
  topic.records_per_second = static_cast<double>(topic.appended - same->appended) / seconds;
  topic.bytes_per_second = static_cast<double>(std::max<std::int64_t>(topic.bytes - same->bytes, 0)) / seconds;
  if (!now.metrics.counted.ok() || !before.metrics.counted.ok()) return;
  const auto rate = [&](std::string_view name) {
    return std::max(now.metrics.Sum(name, topic.name) - before.metrics.Sum(name, topic.name), 0.0) / seconds;
  };
  // Not what is there more than before: retention takes of that.
  topic.bytes_per_second = rate("leat_partition_appended_bytes");
  topic.read_records_per_second = rate("leat_partition_fetched_records");
  topic.read_bytes_per_second = rate("leat_partition_fetched_bytes");
  topic.syncs_per_second = rate("leat_partition_syncs");
}

// Of what was measured since the sample before, if there is one.
std::optional<std::chrono::nanoseconds> P99(std::string_view name, const TopicSample& topic, const FolderSample& now,
                                            const FolderSample* before) {
  MetricHistogram times = now.metrics.Merge(name, topic.name);
  if (SameTopic(topic, before) != nullptr) {
    const MetricHistogram earlier = before->metrics.Merge(name, topic.name);
    for (std::size_t i = 0; i < std::min(times.buckets.size(), earlier.buckets.size()); ++i) {
      times.buckets[i].count -= std::min(times.buckets[i].count, earlier.buckets[i].count);
    }
  }
  if (times.count() == 0) return std::nullopt;
  return times.Quantile(0.99);
}

void SetMetrics(TopicSample& topic, const FolderSample& now, const FolderSample* before) {
  for (const std::string_view name :
       {"leat_partition_append_errors", "leat_partition_read_errors", "leat_partition_sync_errors"}) {
    topic.errors += static_cast<std::int64_t>(now.metrics.Sum(name, topic.name));
  }
  topic.append_p99 = P99("leat_topic_append_seconds", topic, now, before);
  topic.sync_p99 = P99("leat_topic_sync_wait_seconds", topic, now, before);
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

std::string Short(const std::optional<std::chrono::nanoseconds>& time) {
  if (!time.has_value()) return "";
  const double ns = static_cast<double>(time->count());
  if (ns >= 1e9) return *time == std::chrono::nanoseconds::max() ? ">34s" : fmt::format("{:.3g}s", ns / 1e9);
  if (ns >= 1e6) return fmt::format("{:.3g}ms", ns / 1e6);
  return ns >= 1e3 ? fmt::format("{:.3g}us", ns / 1e3) : fmt::format("{:.0f}ns", ns);
}

Json OrNull(const std::optional<std::chrono::nanoseconds>& time) {
  return time.has_value() ? Json(time->count()) : Json(nullptr);
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
  auto metrics = broker->Metrics();
  if (!metrics.ok()) return metrics.status();
  sample.metrics = *std::move(metrics);
  for (TopicSample& topic : sample.topics) SetMetrics(topic, sample, before);
  if (before == nullptr) return sample;
  const double seconds = std::chrono::duration<double>(sample.taken - before->taken).count();
  for (TopicSample& topic : sample.topics) SetRates(topic, sample, *before, seconds);
  return sample;
}

Json JsonOf(const FolderSample& sample) {
  Json topics = Json::array(), groups = Json::array(), processes = Json::array();
  for (const TopicSample& topic : sample.topics) {
    Json one = {
        {"topic", topic.name}, {"partitions", topic.partitions}, {"records", topic.records}, {"bytes", topic.bytes}};
    one["records_per_second"] = OrNull(topic.records_per_second);
    one["bytes_per_second"] = OrNull(topic.bytes_per_second);
    one["read_records_per_second"] = OrNull(topic.read_records_per_second);
    one["read_bytes_per_second"] = OrNull(topic.read_bytes_per_second);
    one["syncs_per_second"] = OrNull(topic.syncs_per_second);
    one["append_p99_ns"] = OrNull(topic.append_p99);
    one["sync_p99_ns"] = OrNull(topic.sync_p99);
    one["errors"] = topic.errors;
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
  Table topics({"TOPIC", "PARTITIONS", "RECORDS", "BYTES", "RECORDS/S", "BYTES/S", "READ/S", "BYTES READ/S",
                "SYNCS/S", "APPEND P99", "SYNC P99", "ERRORS"});
  for (const TopicSample& topic : sample.topics) {
    topics.Row({topic.name, fmt::to_string(topic.partitions), fmt::to_string(topic.records),
                fmt::to_string(topic.bytes), Rounded(topic.records_per_second), Rounded(topic.bytes_per_second),
                Rounded(topic.read_records_per_second), Rounded(topic.read_bytes_per_second),
                Rounded(topic.syncs_per_second), Short(topic.append_p99), Short(topic.sync_p99),
                fmt::to_string(topic.errors)});
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
