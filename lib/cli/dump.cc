// leat dump: what is in .log, .index and .timeindex files, leat's and Kafka's.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/batch_file.h"
#include "cli/commands.h"
#include "cli/index_file.h"
#include "cli/json.h"
#include "cli/record_json.h"
#include "cli/report.h"

namespace leat::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  bool records = false;
  bool json = false;
};

std::string_view NameOfCodec(Codec codec) {
  constexpr std::string_view kNames[] = {"none", "gzip", "snappy", "lz4", "zstd"};
  const auto number = static_cast<std::size_t>(codec);
  return number < std::size(kNames) ? kNames[number] : "unknown";
}

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
      {"valid", verdict == BatchVerdict::kOk || verdict == BatchVerdict::kCompressed}};
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
  if (verdict == BatchVerdict::kOk || verdict == BatchVerdict::kCompressed) {
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
  absl::Status damage;
  while (!out.abandoned()) {
    const auto found = file->Next();
    if (!found.ok()) return found.status();
    if (!found->has_value()) break;
    if (!(*found)->has_end()) return EndOf(*file, **found);
    const BatchView batch((*found)->bytes);
    out.Line(options.json ? OneLine(JsonOf(path, (*found)->position, batch, (*found)->verdict))
                          : LineOf((*found)->position, batch, (*found)->verdict));
    if ((*found)->is_right()) {
      if (options.records) PrintRecords(options, from, batch, out);
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

absl::Status Dump(const Options& options, const std::string& path, Output& out) {
  if (path.ends_with(".log")) return DumpLog(options, path, out);
  if (path.ends_with(".index")) return DumpOffsetIndex(options, path, out);
  return DumpTimeIndex(options, path, out);
}

ExitCode Run(const Options& options, Session& session) {
  ExitCode result = ExitCode::kDone;
  for (const std::string& path : options.files) {
    if (!options.json && options.files.size() > 1) session.out.Line(path + ":");
    const absl::Status dumped = Dump(options, path, session.out);
    if (absl::Status flushed = session.out.Flush(); !flushed.ok()) return Fail(flushed);
    if (dumped.ok()) continue;
    // The other files are looked at all the same.
    const ExitCode failed = FailOfReading(dumped);
    if (result == ExitCode::kDone) result = failed;
  }
  return result;
}

std::string CheckName(const std::string& path) {
  for (const std::string_view ending : {".log", ".index", ".timeindex"}) {
    if (path.ends_with(ending)) return "";
  }
  return "'" + path + "' is no .log, .index or .timeindex file";
}

}  // namespace

void AddDump(CLI::App& program, Action& action) {
  CLI::App* const command =
      AddCommand(program, "dump", "Shows batches and index entries of files, leat's and Kafka's",
                 "  leat dump data/registered_user-0/00000000000000000000.log --records\n"
                 "  leat dump /var/lib/kafka/orders-3/*.log --json");
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->files, ".log, .index and .timeindex files")
      ->required()
      ->type_name("")
      ->check(CheckName);
  command->add_flag("--records", options->records, "The records of each batch, too");
  AddJson(command, &options->json);
  WhenNamed(command, action, options, Run);
}

}  // namespace leat::cli
