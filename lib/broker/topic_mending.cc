#include "broker/topic_mending.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

#include "broker/topic_name.h"
#include "log/log.h"
#include "shared/doorbell.h"

namespace leat::broker {
namespace {

struct PendingSuffix {
  Pending what;
  std::string_view suffix;
};
constexpr std::array kSuffixes = {
    PendingSuffix{Pending::kCreate, "-create"}, PendingSuffix{Pending::kAlter, "-alter"},
    PendingSuffix{Pending::kDelete, "-delete"}, PendingSuffix{Pending::kAdopt, "-adopt"}};

std::optional<Pending> WhatIsPending(std::string_view name) {
  for (const PendingSuffix& known : kSuffixes) {
    if (name.ends_with(known.suffix)) return known.what;
  }
  return std::nullopt;
}

absl::Status Undo(Folder& folder, const TopicFile& topic, PartitionId begin) {
  CondemnPages(folder, topic.id, begin);
  return RemovePartitionFolders(folder.place(), topic, begin, topic.options.partitions);
}

// The first of its partitions that is not (any more, or not yet) part of the topic as it stands.
absl::StatusOr<PartitionId> FirstUnwanted(Folder& folder, const TopicFile& topic, Pending what) {
  if (what == Pending::kAdopt) return topic.options.partitions;  // its folders are a Kafka's: never ours to remove
  if (what != Pending::kAlter) return 0;
  const absl::StatusOr<TopicFile> now = ReadTopicFile(folder.files(), folder.path(), topic.name);
  if (absl::IsNotFound(now.status())) return topic.options.partitions;
  if (!now.ok()) return now.status();
  return now->id == topic.id ? now->options.partitions : topic.options.partitions;
}

// Who was to raise it has made the pages do so before the topic's file says it.
void LowerDurability(Folder& folder, const TopicFile& altered, PartitionId partitions) {
  const absl::StatusOr<TopicFile> now = ReadTopicFile(folder.files(), folder.path(), altered.name);
  if (!now.ok() || now->id != altered.id || FlagsOf(*now) != 0) return;
  for (PartitionId p = 0; p < partitions; ++p) {
    const absl::StatusOr<shared::PartitionPage*> page = folder.PageOf(*now, p);
    // What is left as it is does more than it should.
    if (page.ok()) log::Log::Open(folder.LogSettingsOf(*now, p, *page))->SetToDisk(false).IgnoreError();
  }
}

absl::Status MendOne(Folder& folder, const std::string& name) {
  const std::string path = TopicFilePath(folder.path(), name);
  const std::optional<Pending> what = WhatIsPending(name);
  const absl::StatusOr<std::string> content = io::ReadWholeFile(folder.files(), path);
  if (!content.ok()) return content.status();
  const absl::StatusOr<TopicFile> topic = ParseTopicFile(*content, path);
  // Not whole: its writer was killed before it did anything else.
  if (what.has_value() && topic.ok()) {
    const absl::StatusOr<PartitionId> begin = FirstUnwanted(folder, *topic, *what);
    if (!begin.ok()) return begin.status();
    // Before what it names is removed: a power loss must not give the name back, and not what belongs to it.
    if (*what == Pending::kDelete) {
      if (absl::Status status = SyncTopicNames(folder.files(), folder.path()); !status.ok()) return status;
    }
    if (absl::Status status = Undo(folder, *topic, *begin); !status.ok()) return status;
    if (*what == Pending::kAlter) LowerDurability(folder, *topic, *begin);
  } else if (!topic.ok() && !absl::IsDataLoss(topic.status())) {
    return topic.status();
  }
  return io::RemoveIfThere(folder.files(), path);
}

}  // namespace

std::string PendingPath(const FolderPlace& place, const base::Uuid& id, Pending what) {
  const auto known = std::find_if(kSuffixes.begin(), kSuffixes.end(),
                                  [&](const PendingSuffix& suffix) { return suffix.what == what; });
  return TopicFilePath(place.path, fmt::format("{}{}{}", kPendingMark, base::UuidToString(id), known->suffix));
}

absl::Status WritePending(const FolderPlace& place, const TopicFile& topic, Pending what) {
  const std::string path = PendingPath(place, topic.id, what);
  const absl::StatusOr<std::unique_ptr<io::File>> file = place.files.Open(path, io::OpenMode::kCreate);
  if (!file.ok()) return file.status();
  if (auto s = (*file)->Truncate(0); !s.ok()) return s;
  if (auto s = (*file)->TakePermissionsOf(place.like); !s.ok()) return s;
  const std::string content = FormatTopicFile(topic);
  if (auto s = (*file)->WriteAt(0, std::as_bytes(std::span(content))); !s.ok()) return s;
  if (auto s = (*file)->Sync(); !s.ok()) return s;
  // Before the folders that it speaks of are there: without it they would be taken for a Kafka's.
  return SyncTopicNames(place.files, place.path);
}

absl::StatusOr<TopicNames> ListTopicNames(const FolderPlace& place) {
  absl::StatusOr<std::vector<std::string>> all = place.files.List(TopicsFolderPath(place.path));
  if (!all.ok()) return all.status();
  TopicNames names;
  for (std::string& name : *all) {
    if (name.starts_with(kPendingMark)) {
      names.pending.push_back(std::move(name));
    } else if (CheckTopicName(name).ok()) {
      names.topics.push_back(std::move(name));
    }
  }
  std::sort(names.topics.begin(), names.topics.end());
  return names;
}

absl::Status MendTopics(Folder& folder, const std::vector<std::string>& pending) {
  for (const std::string& name : pending) {
    if (absl::Status status = MendOne(folder, name); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void CondemnPages(Folder& folder, const base::Uuid& id, PartitionId begin) {
  shared::ControlFile& control = folder.control();
  for (std::uint32_t index = 0; index < control.page_count(); ++index) {
    shared::PartitionPage& page = control.page(index);
    if (page.state.load(std::memory_order_acquire) != shared::kPageUsed || page.partition < begin) continue;
    if (std::memcmp(page.topic_id, id.data(), id.size()) != 0) continue;
    if ((page.flags.load(std::memory_order_acquire) & shared::kFlagDeleted) != 0) continue;
    // Under the lock no append is half way when this returns. Where a stopped process has it, that one's append is
    // the last, and goes down with the topic.
    const auto taken = folder.locker()->Lock(page.append_lock, "a partition that is being deleted");
    page.flags.fetch_or(shared::kFlagDeleted, std::memory_order_acq_rel);
    if (taken.ok()) folder.locker()->Unlock(page.append_lock);
    // Who is removing old segments does it by name: those of the next topic of this name must not be there yet.
    const auto retired = folder.locker()->Lock(page.retire_lock, "a partition that is being deleted");
    if (retired.ok()) folder.locker()->Unlock(page.retire_lock);
    shared::RingSleepers(control, page);
  }
}

}  // namespace leat::broker
