// Folders that a real Kafka wrote: tests/golden/README.md says what is in them.
#include <leat/batch.h>

#include "io/memory_file_system.h"
#include "io/posix_file_system.h"
#include "log/checkpoint.h"
#include "log/epochs.h"
#include "log/recovery.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

using testing::Bytes;
using testing::LogFiles;

const char* const kFolder = "/data/topic-0";

// A copy of a golden folder.
class Adopted {
 public:
  explicit Adopted(std::string_view golden) {
    REQUIRE(files->MakeDirectory("/data").ok());
    REQUIRE(files->MakeDirectory(kFolder).ok());
    log.CopyFrom(*io::MakePosixFileSystem(), testing::GoldenFolder(golden));
  }

  absl::StatusOr<RecoveredLog> TryRecover(bool adopting = true, bool is_copy = false) {
    return RecoverLog({.files = *files,
                       .folder = kFolder,
                       .topic = "topic",
                       .partition = 0,
                       .salvage_folder = "/data/salvage",
                       .like = {},
                       .is_copy = is_copy,
                       .adopting = adopting});
  }
  RecoveredLog Recover(bool adopting = true, bool is_copy = false) {
    absl::StatusOr<RecoveredLog> recovered = TryRecover(adopting, is_copy);
    INFO(recovered.status().ToString());
    REQUIRE(recovered.ok());
    return *std::move(recovered);
  }
  std::vector<SegmentFiles> Segments() { return ListSegments(*files, kFolder).value(); }

  std::shared_ptr<io::FileSystem> files = io::MakeMemoryFileSystem();
  LogFiles log{*files, kFolder};
};

// Kafka leaves a snapshot named after the end when it closes a log.
Offset EndAsKafkaSays(Adopted& adopted) {
  Offset end = 0;
  for (const std::string& name : adopted.log.Names()) {
    if (const auto offset = ParseSegmentFileName(name, ".snapshot")) end = std::max(end, *offset);
  }
  return end;
}

TEST_CASE("whatever folder a Kafka closed is adopted whole") {
  for (const char* golden :
       {"append-time-0", "batches-0",    "compacted-0",    "dense-index-0",  "empty-0",   "empty-1", "epochs-0",
        "gzip-0",        "idempotent-0", "keyed-0",        "keyed-1",        "keyed-2",   "lz4-0",   "shapes-0",
        "singles-0",     "snappy-0",     "transactions-0", "transactions-1", "trimmed-0", "zstd-0"}) {
    INFO(golden);
    Adopted adopted(golden);
    const auto segments = adopted.Segments();
    std::vector<Bytes> before;
    for (const SegmentFiles& segment : segments) before.push_back(adopted.log.ReadSegment(segment.base));
    const Epochs epochs = ReadEpochs(*adopted.files, kFolder).value();

    const RecoveredLog log = adopted.Recover();
    CHECK(log.damage.ok());
    CHECK(log.notes.empty());
    CHECK(log.end == EndAsKafkaSays(adopted));
    CHECK(log.log_start == segments.front().base);
    CHECK(log.allow_gaps);
    CHECK(log.cut_bytes == 0);
    CHECK(log.epoch == epochs.latest() + 1);
    CHECK(log.segment_base == segments.back().base);
    CHECK(adopted.Segments().size() == segments.size());
    for (std::size_t i = 0; i < segments.size(); ++i) CHECK(adopted.log.ReadSegment(segments[i].base) == before[i]);
    Epochs raised = epochs;
    raised.Append(log.epoch, log.end);
    CHECK(ReadEpochs(*adopted.files, kFolder).value().At(log.log_start) == raised.At(log.log_start));
    CHECK(ReadEpochs(*adopted.files, kFolder).value().latest() == log.epoch);

    // From now on it is a log of ours, gaps and all, also after a reboot and in a copy.
    for (const bool is_copy : {false, true}) {
      const RecoveredLog again = adopted.Recover(false, is_copy);
      CHECK(again.damage.ok());
      CHECK(again.end == log.end);
      CHECK(again.log_start == log.log_start);
      CHECK(again.max_timestamp == log.max_timestamp);
      CHECK(again.allow_gaps);
    }
  }
}

TEST_CASE("a folder that Kafka was killed in is adopted up to its last batch") {
  Adopted adopted("unclean/killed-0");
  const RecoveredLog log = adopted.Recover();
  CHECK(log.damage.ok());
  CHECK(log.segment_base == 115);
  CHECK(log.end == 179);  // unclean/killed.expected.jsonl ends with 178
  CHECK(log.cut_bytes == 0);
  CHECK(adopted.Recover(false).end == log.end);
}

TEST_CASE("the torn tail of an adopted log is cut and kept") {
  Adopted adopted("singles-0");
  const Offset end = EndAsKafkaSays(adopted);
  const Offset last = adopted.Segments().back().base;
  Bytes bytes = adopted.log.ReadSegment(last);
  bytes.resize(bytes.size() - 7);
  adopted.log.WriteSegment(last, bytes);
  const RecoveredLog log = adopted.Recover();
  CHECK(log.damage.ok());
  CHECK(log.end == end - 1);
  CHECK(log.cut_bytes > 0);
}

TEST_CASE("what is wrong in a finished segment of an adopted log is damage") {
  Adopted adopted("singles-0");
  const auto segments = adopted.Segments();
  REQUIRE(segments.size() > 1);
  adopted.log.FlipBit(LogFiles::LogName(segments.front().base), 30);
  const RecoveredLog log = adopted.Recover();
  CHECK(absl::IsDataLoss(log.damage));
  CHECK(log.end == 0);
  CHECK_FALSE(adopted.log.Has("checkpoint"));
  CHECK(adopted.Segments() == segments);
}

TEST_CASE("Kafka's old message formats are refused, and the file is named") {
  for (const int magic : {0, 1}) {
    Adopted adopted("singles-0");
    const std::string name = LogFiles::LogName(adopted.Segments().front().base);
    Bytes bytes = adopted.log.Read(name);
    bytes[batch_layout::kMagic] = static_cast<std::byte>(magic);
    adopted.log.Write(name, bytes);
    const absl::Status status = adopted.TryRecover().status();
    CHECK(absl::IsUnimplemented(status));
    CHECK(std::string(status.message()).find(name) != std::string::npos);
    CHECK_FALSE(adopted.log.Has("checkpoint"));
  }
}

TEST_CASE("a log that Kafka was about to swap segments of is left to Kafka") {
  Adopted adopted("compacted-0");
  adopted.log.Write("00000000000000000000.log.swap", "x");
  const absl::Status status = adopted.TryRecover().status();
  CHECK(absl::IsFailedPrecondition(status));
  CHECK(std::string(status.message()).find("00000000000000000000.log.swap") != std::string::npos);
}

}  // namespace
}  // namespace leat::log
