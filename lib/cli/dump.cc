// leat dump: what is in the files of a partition, leat's and Kafka's.
#include <fmt/format.h>
#include <leat/broker.h>
#include <leat/folder_use.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/batch_file.h"
#include "cli/codec_name.h"
#include "cli/commands.h"
#include "cli/index_file.h"
#include "cli/json.h"
#include "cli/number.h"
#include "cli/record_json.h"
#include "cli/report.h"
#include "cli/transaction_file.h"

namespace leat::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  bool records = false;
  bool json = false;
};

Json JsonOf(const std::string& file, std::int64_t position, const BatchView& batch, BatchVerdict verdict) {
  Json object = {
      {"file", file},
      {"position", position},
      {"base_offset", batch.base_offset()},
      {"last_offset", batch.last_offset()},
      {"count", batch.count()},
      {"size", batch.size_bytes()},
      {"leader_epoch", batch.leader_epoch()},
      {"codec", NameOfCodec(batch.codec())},
      {"timestamp_type", batch.timestamp_type() == TimestampType::kCreateTime ? "CreateTime" : "LogAppendTime"},
      {"max_timestamp", batch.max_timestamp()},
      {"producer_id", batch.producer_id()},
      {"producer_epoch", batch.producer_epoch()},
      {"base_sequence", batch.base_sequence()},
      {"transactional", batch.is_transactional()},
      {"control", batch.is_control()},
      {"crc", batch.crc()},
      {"valid", verdict == BatchVerdict::kOk}};
  if (!object["valid"].get<bool>()) object["error"] = WhatIsWrong(verdict);
  return object;
}

std::string LineOf(std::int64_t position, const BatchView& batch, BatchVerdict verdict) {
  std::string line =
      fmt::format("position {}  offsets {}..{}  count {}  size {}  epoch {}  codec {}  {} {}  crc {:08x}", position,
                  batch.base_offset(), batch.last_offset(), batch.count(), batch.size_bytes(), batch.leader_epoch(),
                  NameOfCodec(batch.codec()),
                  batch.timestamp_type() == TimestampType::kCreateTime ? "CreateTime" : "LogAppendTime",
                  batch.max_timestamp(), batch.crc());
  if (verdict == BatchVerdict::kOk) {
    line += " right";
  } else if (verdict == BatchVerdict::kBadCrc) {
    line += fmt::format(" WRONG: the bytes have {:08x}", batch.ComputeCrc());
  } else {
    line += fmt::format(" WRONG: {}", WhatIsWrong(verdict));
  }
  if (batch.producer_id() >= 0) {
    line += fmt::format("  producer {} epoch {} sequence {}", batch.producer_id(), batch.producer_epoch(),
                        batch.base_sequence());
  }
  if (batch.is_transactional()) line += "  transactional";
  if (batch.is_control()) line += "  control";
  return line;
}

void PrintRecords(const Options& options, const TopicPartition& from, const BatchView& batch, Output& out) {
  RecordReader reader(batch);
  while (reader.Next()) {
    const ConsumerRecord record(&from, batch.data(), reader.record());
    if (options.json) {
      out.Line(leat::cli::JsonOf(record));
    } else {
      out.Line(fmt::format("  offset {}  timestamp {}  key {}  value {}", record.offset(),
                           record.timestamp().time_since_epoch().count(), record.key(), record.value()));
    }
  }
}

// The partition by the name of its folder, topic-3; of a file that lies elsewhere, nothing is known.
TopicPartition PartitionOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return {};
  const std::string folder = path.substr(0, slash).substr(path.rfind('/', slash - 1) + 1);
  const std::size_t dash = folder.rfind('-');
  if (dash == folder.npos) return {};
  const auto id = ParseNumber<PartitionId>(std::string_view(folder).substr(dash + 1));
  return id.has_value() ? TopicPartition{folder.substr(0, dash), *id} : TopicPartition{};
}

// Up to where all of a partition is written that somebody is publishing to now; nullopt of one at rest, and where nobody can
// say.
std::optional<Offset> LiveEnd(const std::string& path, const TopicPartition& partition) {
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path().parent_path();
  const auto use = WhoUses(folder.string());
  if (!use.ok() || !use->in_use) return std::nullopt;
  const auto broker = Broker::Open(folder.string(), {.mode = OpenMode::kReadOnly});
  if (!broker.ok()) return std::nullopt;
  const auto topic = broker->DescribeTopic(partition.topic);
  if (!topic.ok()) return std::nullopt;
  for (const PartitionDescription& one : topic->partitions) {
    if (one.id == partition.partition) return one.end;
  }
  return std::nullopt;
}

// The offset that a segment begins with, by its name.
Offset BaseOf(const std::string& path) {
  return ParseNumber<Offset>(std::filesystem::path(path).stem().string()).value_or(0);
}

// What ends the walk over a file: only unwritten room is nothing to complain of.
absl::Status EndOf(BatchFile& file, const FoundBatch& found) {
  if (found.verdict == BatchVerdict::kUnwritten) {
    const auto zeros = file.OnlyZerosLeft();
    if (!zeros.ok()) return zeros.status();
    if (*zeros) return absl::OkStatus();
  }
  return absl::DataLossError(
      fmt::format("{}: position {}: {}", file.path(), found.position, WhatIsWrong(found.verdict)));
}

absl::Status DumpLog(const Options& options, const std::string& path, Output& out) {
  auto file = BatchFile::Open(path);
  if (!file.ok()) return file.status();
  const TopicPartition from = PartitionOf(path);
  const std::optional<Offset> live_end = LiveEnd(path, from);
  Offset next = BaseOf(path);
  absl::Status damage;
  while (!out.abandoned()) {
    // What stands behind that is being written at this moment.
    if (live_end.has_value() && next >= *live_end) break;
    const auto found = file->Next();
    if (!found.ok()) return found.status();
    if (!found->has_value()) break;
    if (!(*found)->has_end()) return EndOf(*file, **found);
    const BatchView batch((*found)->bytes);
    next = batch.next_offset();
    out.Line(options.json ? OneLine(JsonOf(path, (*found)->position, batch, (*found)->verdict))
                          : LineOf((*found)->position, batch, (*found)->verdict));
    if ((*found)->is_right()) {
      if (options.records) PrintRecords(options, from, BatchView((*found)->plain), out);
    } else if (damage.ok()) {
      damage = EndOf(*file, **found);
    }
  }
  return damage;
}

absl::Status DumpOffsetIndex(const Options& options, const std::string& path, Output& out) {
  const auto entries = ReadOffsetIndex(path);
  if (!entries.ok()) return entries.status();
  for (const OffsetEntry& entry : *entries) {
    out.Line(options.json ? OneLine({{"file", path}, {"offset", entry.offset}, {"position", entry.position}})
                          : fmt::format("offset {}  position {}", entry.offset, entry.position));
  }
  return absl::OkStatus();
}

absl::Status DumpTimeIndex(const Options& options, const std::string& path, Output& out) {
  const auto entries = ReadTimeIndex(path);
  if (!entries.ok()) return entries.status();
  for (const TimeEntry& entry : *entries) {
    out.Line(options.json ? OneLine({{"file", path}, {"timestamp", entry.timestamp}, {"offset", entry.offset}})
                          : fmt::format("timestamp {}  offset {}", entry.timestamp, entry.offset));
  }
  return absl::OkStatus();
}

absl::Status DumpTransactionIndex(const Options& options, const std::string& path, Output& out) {
  const auto entries = ReadTransactionIndex(path);
  if (!entries.ok()) return entries.status();
  for (const AbortedTransaction& entry : *entries) {
    out.Line(options.json
                 ? OneLine({{"file", path},
                            {"producer_id", entry.producer_id},
                            {"first_offset", entry.first_offset},
                            {"last_offset", entry.last_offset},
                            {"last_stable_offset", entry.last_stable_offset}})
                 : fmt::format("producer {}  aborted offsets {}..{}  last stable offset {}", entry.producer_id,
                               entry.first_offset, entry.last_offset, entry.last_stable_offset));
  }
  return absl::OkStatus();
}

absl::Status DumpSnapshot(const Options& options, const std::string& path, Output& out) {
  const auto producers = ReadProducerSnapshot(path);
  if (!producers.ok()) return producers.status();
  for (const ProducerSnapshot& one : *producers) {
    if (options.json) {
      Json object = {{"file", path},
                     {"producer_id", one.producer_id},
                     {"producer_epoch", one.producer_epoch},
                     {"last_sequence", one.last_sequence},
                     {"last_offset", one.last_offset},
                     {"offset_delta", one.offset_delta},
                     {"timestamp", one.timestamp},
                     {"coordinator_epoch", one.coordinator_epoch}};
      object["transaction_first_offset"] =
          one.transaction_first_offset >= 0 ? Json(one.transaction_first_offset) : Json(nullptr);
      out.Line(OneLine(object));
      continue;
    }
    std::string line = fmt::format(
        "producer {} epoch {}  last sequence {}  last offset {}  offset delta {}  timestamp {}  coordinator epoch {}",
        one.producer_id, one.producer_epoch, one.last_sequence, one.last_offset, one.offset_delta, one.timestamp,
        one.coordinator_epoch);
    if (one.transaction_first_offset >= 0) line += fmt::format("  transaction from {}", one.transaction_first_offset);
    out.Line(line);
  }
  return absl::OkStatus();
}

// What can be dumped, by the end of its name.
struct Kind {
  std::string_view ending;
  absl::Status (*dump)(const Options& options, const std::string& path, Output& out);
};
constexpr Kind kKinds[] = {{".log", DumpLog},
                           {".index", DumpOffsetIndex},
                           {".timeindex", DumpTimeIndex},
                           {".txnindex", DumpTransactionIndex},
                           {".snapshot", DumpSnapshot}};

const Kind* KindOf(std::string_view path) {
  const auto* const found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                         [&](const Kind& kind) { return path.ends_with(kind.ending); });
  return found == std::end(kKinds) ? nullptr : found;
}

ExitCode Run(const Options& options, Session& session) {
  ExitCode result = ExitCode::kDone;
  for (const std::string& path : options.files) {
    if (!options.json && options.files.size() > 1) session.out.Line(path + ":");
    const absl::Status dumped = KindOf(path)->dump(options, path, session.out);
    if (absl::Status flushed = session.out.Flush(); !flushed.ok()) return Fail(flushed);
    if (dumped.ok()) continue;
    // The other files are looked at all the same.
    const ExitCode failed = FailOfReading(dumped);
    if (result == ExitCode::kDone) result = failed;
  }
  return result;
}

std::string CheckName(const std::string& path) {
  return KindOf(path) != nullptr ? "" : "'" + path + "' is no .log, .index, .timeindex, .txnindex or .snapshot file";
}

}  // namespace

void AddDump(CLI::App& program, Action& action) {
  CLI::App* const command =
      AddCommand(program, "dump", "Shows what is in the files of a partition, leat's and Kafka's",
                 "  leat dump data/registered_user-0/00000000000000000000.log --records\n"
                 "  leat dump /var/lib/kafka/orders-3/*.log --json");
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->files, ".log, .index, .timeindex, .txnindex and .snapshot files")
      ->required()
      ->type_name("")
      ->check(CheckName);
  command->add_flag("--records", options->records, "The records of each batch, too");
  AddJson(command, &options->json);
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
