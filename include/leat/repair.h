// Mending a folder whose files are not what was written: bad sectors, a failing disk, a copy made at a bad moment.
#ifndef LEAT_REPAIR_H_
#define LEAT_REPAIR_H_

#include <leat/broker.h>
#include <leat/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
inline namespace v1 {

// What Repair is to look at, and whether it may change it.
struct RepairOptions {
  // Which topics; none: all.
  std::vector<std::string> topics = {};

  // False: only says what it would do, and changes not a byte. True: does it.
  bool execute = false;

  // Called on the calling thread while the logs are read.
  std::function<void(const RecoveryProgress&)> on_progress = nullptr;
};

// One thing that is wrong, and what is done about it.
struct RepairStep {
  TopicPartition partition;                   // of which one
  std::string file = {};                      // its path
  std::optional<std::int64_t> position = {};  // in the file, as it was found
  std::int64_t bytes = 0;                     // that are taken out of the file, and kept
  // The offsets from here to before there that cannot be read any more; equal when none is lost. They are not given out
  // again: readers step over them.
  Offset lost_begin = 0;
  Offset lost_end = 0;
  std::string problem = {};  // "the checksum of the batch there is wrong"
  std::string remedy = {};   // "the bytes are taken out of the log"
  std::string kept_in = {};  // the file in the folder's salvage/ that has the bytes now; empty before it is done
};

// What Repair has found and done.
struct RepairReport {
  // What was done, or is to be done: by topics, partitions, offsets.
  std::vector<RepairStep> steps = {};
  // What is wrong and stays so, each with its way out: a medium that cannot be read, a partition's folder that is gone.
  std::vector<absl::Status> left = {};
  std::int64_t bytes_read = 0;  // of the logs
  bool executed = false;        // something was changed
};

// Looks at every byte of the logs of a folder that nobody has open, and says what of them is wrong and what is to be done
// about it; with `execute`, does it. Opening a folder repairs by itself what a power cut leaves behind; this is for what
// Broker::Open calls damage: bytes that had been on the disk and are others now.
//
//   auto plan = leat::Repair("data");
//   if (!plan.ok()) return plan.status();
//   for (const leat::RepairStep& step : plan->steps) fmt::print("{}: {}: {}\n", step.file, step.problem, step.remedy);
//   if (!plan->steps.empty()) plan = leat::Repair("data", {.execute = true});
//
// What it does: takes bytes that are no batches out of a log, so that what comes behind them can be read again; sets
// base offset and leader epoch right, which no checksum covers, where the neighbours tell what they must be; makes
// indexes, checkpoints and the small files anew. Whatever it takes out is kept in the folder's salvage/, so that nothing
// that was in the folder is ever gone. A partition out of which offsets were taken has gaps from then on, as one that a
// Kafka has compacted. The log's end stays where it was: no offset is given out twice.
//
// It may be killed at any time, and done again; a second run after one that has ended finds nothing to do. Groups keep
// what they have committed. Waits for nobody.
//   kNotFound            no such folder, or topic
//   kFailedPrecondition  somebody has the folder open (who); with `execute`, a file system that cannot carry it
//   kPermissionDenied    with `execute`, a file may not be written; to look, reading will do
//   kDataLoss            leat.meta or a topic's file is damaged (which, and what to do)
//   kResourceExhausted   no room for what is to be kept; nothing is lost, make room and do it again
absl::StatusOr<RepairReport> Repair(std::string folder, RepairOptions options = {}, HeaderVersion headers = {});

}  // namespace v1
}  // namespace leat

#endif  // LEAT_REPAIR_H_
