// The small files of a partition and of a folder, and a segment's bytes.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <leat/batch.h>
#include "base/check.h"
#include "broker/folder_meta.h"
#include "broker/topic_file.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "io/memory_file_system.h"
#include "log/checkpoint.h"
#include "log/epochs.h"
#include "log/index_builder.h"
#include "log/offset_index.h"
#include "log/partition_metadata.h"
#include "log/segment_scan.h"
#include "log/time_index.h"
#include "support/log_files.h"

namespace leat::testing {
namespace {

std::unique_ptr<io::File> FileOf(io::FileSystem& files, std::span<const std::byte> bytes) {
  auto file = files.Open("/file", io::OpenMode::kCreate);
  LEAT_CHECK(file.ok());
  LEAT_CHECK((*file)->Truncate(0).ok());
  LEAT_CHECK((*file)->WriteAt(0, bytes).ok());
  return *std::move(file);
}

io::FileSystem& Files() {
  static const std::shared_ptr<io::FileSystem> files = io::MakeMemoryFileSystem();
  return *files;
}

}  // namespace

void FuzzSegment(FuzzBytes bytes) {
  FuzzInput input(bytes);
  const auto base = static_cast<Offset>(input.Number<std::uint32_t>());
  const auto flags = input.Number<std::uint8_t>();
  std::vector<std::byte> log = Exactly(input.Rest());
  const std::unique_ptr<io::File> file = FileOf(Files(), log);
  log::SegmentScanner scanner;
  for (const bool check_crc : {true, false}) {
    const auto scan = scanner.Scan(*file, base, {.position = 0, .offset = base},
                                   {.check_crc = check_crc, .allow_gaps = (flags & 1) != 0});
    if (!scan.ok()) continue;
    LEAT_CHECK(scan->position >= 0 && scan->position <= scan->file_size);
    LEAT_CHECK(scan->content_end >= scan->position && scan->content_end <= scan->file_size);
    LEAT_CHECK(scan->next_offset >= base);
  }
  const auto built = log::BuildIndexes("a.log", base, log, 64);
  if (!built.ok()) return;
  // What we build we take.
  const auto size = static_cast<std::int64_t>(log.size());
  LEAT_CHECK(log::OffsetIndex::Parse("a.index", built->offset_index, base, size).ok());
  LEAT_CHECK(log::TimeIndex::Parse("a.timeindex", built->time_index, base).ok());
}

FuzzSeeds SegmentSeeds() {
  FuzzSeeds seeds;
  for (const std::byte flags : {std::byte{0}, std::byte{1}}) {
    std::vector<std::byte> seed(5);
    seed[0] = std::byte{9};
    seed[4] = flags;
    AppendTo(seed, MakeBatches(9, 5, 2));
    seeds.push_back(seed);
    seed.resize(seed.size() + 100);
    seeds.push_back(seed);
  }
  return seeds;
}

void FuzzIndexes(FuzzBytes bytes) {
  FuzzInput input(bytes);
  const auto base = static_cast<Offset>(input.Number<std::uint32_t>());
  const auto log_size = static_cast<std::int64_t>(input.Number<std::uint32_t>());
  const auto wanted = input.Number<std::int64_t>();
  const std::vector<std::byte> file = Exactly(input.Rest());
  if (const auto index = log::OffsetIndex::Parse("a.index", file, base, log_size); index.ok()) {
    for (const Offset offset : {wanted, base, base + wanted % 1000}) {
      const std::int64_t position = index->Lookup(offset);
      LEAT_CHECK(position == 0 || (position > 0 && position < log_size));
    }
    if (index->count() > 0) LEAT_CHECK(index->entry(index->count() - 1).last_offset == index->last()->last_offset);
  }
  if (const auto index = log::TimeIndex::Parse("a.timeindex", file, base); index.ok()) {
    LEAT_CHECK(index->Lookup(wanted) >= base);
    if (index->count() > 0) LEAT_CHECK(index->entry(index->count() - 1).timestamp == index->last()->timestamp);
  }
}

FuzzSeeds IndexSeeds() {
  FuzzSeeds seeds;
  const auto log = MakeBatches(0, 20, 3);
  const auto built = log::BuildIndexes("a.log", 0, log, 100);
  LEAT_CHECK(built.ok());
  for (const auto& index : {built->offset_index, built->time_index}) {
    std::vector<std::byte> seed(16);
    seed[5] = std::byte{255};
    seed[8] = std::byte{17};
    AppendTo(seed, index);
    seeds.push_back(seed);
  }
  return seeds;
}

void FuzzCheckpoint(FuzzBytes bytes) {
  if (const auto read = log::ReadCheckpoint(*FileOf(Files(), bytes)); read.ok() && read->newest.has_value()) {
    // Whatever passes can be written on.
    const std::unique_ptr<io::File> file = FileOf(Files(), bytes);
    log::Checkpoint next = *read->newest;
    LEAT_CHECK(log::WriteCheckpoint(*file, next).ok());
    const auto again = log::ReadCheckpoint(*file);
    LEAT_CHECK(again.ok() && again->newest == next);
  }
  FuzzInput input(bytes);
  const log::Checkpoint made{.log_start = input.Number<std::int64_t>(),
                             .end = input.Number<std::int64_t>(),
                             .segment_base = input.Number<std::int64_t>(),
                             .position = input.Number<std::int64_t>(),
                             .max_timestamp = input.Number<std::int64_t>(),
                             .segment_first_append = input.Number<std::int64_t>(),
                             .epoch = input.Number<std::int32_t>(),
                             .allow_gaps = (input.Number<std::uint8_t>() & 1) != 0};
  const bool is_possible =
      made.log_start >= 0 && made.segment_base >= 0 && made.end >= made.segment_base && made.position >= 0;
  const std::unique_ptr<io::File> file = FileOf(Files(), std::vector<std::byte>(1024));
  LEAT_CHECK(log::WriteCheckpoint(*file, made).ok() == is_possible);
  if (!is_possible) return;
  const auto read = log::ReadCheckpoint(*file);
  if (read.ok() && read->newest.has_value()) LEAT_CHECK(read->newest == made);
}

FuzzSeeds CheckpointSeeds() {
  const std::unique_ptr<io::File> file = FileOf(Files(), std::vector<std::byte>(1024));
  LEAT_CHECK(log::WriteCheckpoint(*file, {.log_start = 3, .end = 1000, .segment_base = 500, .position = 7777}).ok());
  std::vector<std::byte> bytes(1024);
  LEAT_CHECK(file->ReadAt(0, bytes).ok());
  return {bytes};
}

// The first byte says which file it is, and whether its checksum is to be made right.
void FuzzTexts(FuzzBytes bytes) {
  FuzzInput input(bytes);
  const auto choice = input.Number<std::uint8_t>();
  const std::span<const std::byte> rest = input.Rest();
  std::string text(reinterpret_cast<const char*>(rest.data()), rest.size());
  if ((choice & 0x80) != 0) text += fmt::format("crc32c={:08x}\n", Crc32c(std::as_bytes(std::span(text))));
  switch (choice & 3) {
    case 0:
      if (const auto topic = broker::ParseTopicFile(text, "file"); topic.ok()) {
        const auto again = broker::ParseTopicFile(broker::FormatTopicFile(*topic), "file");
        LEAT_CHECK(again.ok() && *again == *topic);
      }
      return;
    case 1:
      for (const bool read_only : {false, true}) {
        const auto meta = broker::ParseFolderMeta(text, "file", read_only);
        if (!meta.ok()) continue;
        const auto again = broker::ParseFolderMeta(broker::FormatFolderMeta(*meta), "file", read_only);
        LEAT_CHECK(again.ok() && *again == *meta);
      }
      return;
    case 2:
      if (const auto epochs = log::Epochs::Parse(text, "file"); epochs.ok()) {
        const auto again = log::Epochs::Parse(epochs->Format(), "file");
        LEAT_CHECK(again.ok() && *again == *epochs);
        static_cast<void>(epochs->At(77));
      }
      return;
    default:
      if (const auto id = log::ParsePartitionMetadata(text, "file"); id.ok()) {
        const auto again = log::ParsePartitionMetadata(log::FormatPartitionMetadata(*id), "file");
        LEAT_CHECK(again.ok() && *again == *id);
      }
  }
}

FuzzSeeds TextSeeds() {
  FuzzSeeds seeds;
  const auto add = [&seeds](std::uint8_t choice, std::string text) {
    seeds.push_back(AsBytes(static_cast<char>(choice) + text));
    // Without its own checksum.
    if (const std::size_t crc = text.find("crc32c="); crc != std::string::npos) {
      seeds.push_back(AsBytes(static_cast<char>(choice | 0x80) + text.substr(0, crc)));
    }
  };
  broker::TopicFile topic;
  topic.name = "registered_user";
  topic.incarnation = 7;
  topic.options.partitions = 4;
  topic.id[3] = std::byte{5};
  add(0, broker::FormatTopicFile(topic));
  broker::FolderMeta meta{.producer_id_bound = 1000};
  meta.id[0] = std::byte{1};
  add(1, broker::FormatFolderMeta(meta));
  log::Epochs epochs;
  epochs.Append(0, 0);
  epochs.Append(3, 70);
  add(2, epochs.Format());
  add(3, log::FormatPartitionMetadata(topic.id));
  return seeds;
}

}  // namespace leat::testing
