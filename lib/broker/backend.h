// The seam below Producer and Consumer: the few things they ask of the world. LocalBackend answers from a folder of this
// machine; others may answer from elsewhere. Virtual per batch or per poll, never per record.
#ifndef LEAT_BROKER_BACKEND_H_
#define LEAT_BROKER_BACKEND_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <leat/topic_options.h>
#include <leat/types.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"

namespace leat::broker {

class Folder;

// Where a batch landed: its first record's offset.
struct Appended {
  Offset base_offset = 0;
  LeaderEpoch leader_epoch = 0;
};

// Whole batches, back to back, each verified (header, CRC, structure of its records), none of them compressed: those that are
// in the log have been decompressed, into memory of their own. The first may begin before the offset asked for: the reader
// skips those records. The bytes stay there for as long as `pin` lives, whatever happens to the file.
struct FetchedBatches {
  std::span<const std::byte> bytes;  // empty: nothing there yet
  std::shared_ptr<const void> pin;
  Offset begin = 0;  // the offset asked for: records below it are not wanted
  Offset end = 0;    // one past the last record in `bytes`
};

struct PartitionOffsets {
  Offset log_start = 0;
  Offset high_watermark = 0;
  Offset end = 0;
  LeaderEpoch leader_epoch = -1;
};

// How much there is behind an offset.
struct UnreadBytes {
  std::int64_t bytes = 0;                // of whole batches, the one that holds the offset among them
  std::optional<Timestamp> oldest = {};  // the first record's; none when there is no record
};

struct OffsetAndTimestamp {
  Offset offset = 0;
  Timestamp timestamp{};
};

// One reader's place in one partition. Not safe from several threads at once. It may outlive its backend's last handle.
class PartitionCursor {
 public:
  virtual ~PartitionCursor() = default;

  virtual Offset position() const = 0;

  // Goes to `offset` without reading. kOutOfRange from the next Fetch when the log does not have it.
  virtual void Seek(Offset offset) = 0;

  // Hands out up to `max_bytes` of whole batches from position() to the high watermark (at least one, however large), and
  // moves behind them. Of batches that have to be decompressed, the last may go beyond `max_bytes`. Never waits, never
  // crosses a segment's border in one call.
  //   kOutOfRange    position() is below the log's start or above its end: the reset policy's affair
  //   kDataLoss      damage at position(), which stays, or a batch that expands too much (leat/compression.h): names file
  //                  and byte; Seek leads past it
  //   kNotFound      the topic has been deleted (or deleted and made again)
  //   kUnimplemented a message format or a codec that leat does not know; Seek leads past it
  virtual absl::StatusOr<FetchedBatches> Fetch(std::size_t max_bytes) = 0;

  // Goes to a batch that begins at most `max_bytes`, as they are stored, before the end of what is below `offset`, or to the
  // last batch that begins below it, if that is larger; to the log's start if that lies between. Returns position(), which
  // is below `offset`: Fetch, once or several times, hands out what is between. Never waits, and does not go to an earlier
  // segment while there is a batch in this one.
  //   kOutOfRange    nothing is below `offset` in the log, or it is above the high watermark
  //   kDataLoss      damage where a batch should begin; names file and byte
  //   kNotFound      the topic has been deleted (or deleted and made again)
  virtual absl::StatusOr<Offset> SeekBefore(Offset offset, std::size_t max_bytes) = 0;

  // Whether Fetch would find something (or an error to tell). One or two loads; any thread.
  virtual bool Ready() const = 0;
};

// One partition of one incarnation of a topic, open in this process. Safe from all threads.
class PartitionBackend {
 public:
  virtual ~PartitionBackend() = default;

  // Not virtual: these are asked for with every batch.
  const std::string& topic() const { return topic_; }
  PartitionId id() const { return id_; }
  const TopicOptions& topic_options() const { return options_; }  // as they were when it was opened

  // Appends a sealed batch (BatchBuilder::Seal; of one's own making, or checked before: the log checks only what it must
  // to stay whole). Visible to every reader when it returns. Errors: Producer::Send lists them.
  virtual absl::StatusOr<Appended> Append(std::span<const std::byte> batch, Durability durability) = 0;

  // Append in two halves, for who has more to append meanwhile: the first does not wait for the disk, the second does, for
  // all that was appended below `unsynced_end`, which the first makes 0 if the batch is acknowledged as it is. The errors
  // of the second are Append's of a batch whose fate nobody knows.
  virtual absl::StatusOr<Appended> AppendUnsynced(std::span<const std::byte> batch, Durability durability,
                                                  Offset* unsynced_end) {
    *unsynced_end = 0;
    return Append(batch, durability);
  }
  virtual absl::Status AwaitSync(Offset unsynced_end) {
    static_cast<void>(unsynced_end);
    return absl::OkStatus();
  }

  // For the metrics: that something was refused before Append was asked for it, and how a batch was compressed.
  virtual void CountRefusal(const absl::Status& why) const { static_cast<void>(why); }
  virtual void CountCompression(std::size_t size, std::size_t compressed_size) const {
    static_cast<void>(size);
    static_cast<void>(compressed_size);
  }

  virtual absl::StatusOr<PartitionOffsets> Offsets() const = 0;

  // The first record, in log order, whose timestamp is at or after `time`; nullopt when there is none.
  virtual absl::StatusOr<std::optional<OffsetAndTimestamp>> OffsetForTime(Timestamp time) = 0;

  // The record with the greatest timestamp, the first of several; nullopt when there is no record.
  virtual absl::StatusOr<std::optional<OffsetAndTimestamp>> MaxTimestamp() = 0;

  // From `offset`, or the log's start if that is later, to the high watermark. Looks at files, and reads one batch.
  virtual absl::StatusOr<UnreadBytes> UnreadFrom(Offset offset) = 0;

  virtual absl::StatusOr<std::unique_ptr<PartitionCursor>> OpenCursor(Offset offset) = 0;

  // Contract: Partition::Trim, which knows what -1 is.
  virtual absl::StatusOr<Offset> RaiseLogStart(Offset to) = 0;

 protected:
  PartitionBackend(std::string topic, PartitionId id, const TopicOptions& options)
      : topic_(std::move(topic)), id_(id), options_(options) {}

 private:
  const std::string topic_;
  const PartitionId id_;
  const TopicOptions options_;
};

// What a sleeper waits for.
struct Watched {
  PartitionBackend* partition;
  const PartitionCursor* cursor;
};

// One consumer's way to sleep until a partition grows. Wait is for one thread at a time; Wake for all.
class Waiter {
 public:
  virtual ~Waiter() = default;

  // Returns when a watched cursor is Ready, when Wake was called (also just before: a wake is kept until a Wait takes it), or
  // when `timeout` is over. Spins a little where that pays, then sleeps in the kernel.
  virtual void Wait(std::span<const Watched> watched, std::chrono::nanoseconds timeout) = 0;
  virtual void Wake() = 0;

  // From now on Wait returns, too, when `word` reads other than `seen`; nullptr: no more of that. Whoever changes the
  // word rings the doorbell of this process. Not while a Wait is under way.
  virtual void Watch(const std::atomic<std::uint32_t>* word, std::uint32_t seen) = 0;

  // For the metrics: so many polls, since the last that were counted, of which so many had records.
  virtual void CountPolls(std::uint32_t polls, std::uint32_t with_records) {
    static_cast<void>(polls);
    static_cast<void>(with_records);
  }
};

// A topic as it stood when it was looked up. `id` tells incarnations of one name apart.
struct TopicBackend {
  std::string name;
  std::string id;  // Kafka's topic id: 22 characters of base64
  TopicOptions options;
  std::vector<std::shared_ptr<PartitionBackend>> partitions;
};

// One open folder. Safe from all threads.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual const std::string& folder() const = 0;
  virtual bool read_only() const = 0;

  // kFailedPrecondition once it is closed ("the broker of FOLDER has been closed") or in a forked child ("opened before
  // fork; open it again"); OK otherwise. One or two loads.
  virtual absl::Status Usable() const = 0;

  virtual absl::StatusOr<std::shared_ptr<const TopicBackend>> FindTopic(std::string_view name) = 0;  // kNotFound
  virtual absl::StatusOr<std::vector<std::string>> ListTopics() = 0;                                 // sorted
  // Moves whenever a topic is made, altered or deleted by any process.
  virtual std::uint64_t TopicListGeneration() const = 0;

  virtual std::unique_ptr<Waiter> MakeWaiter() = 0;

  // The folder of this machine that answers, for what works on its files itself (module group); null when none does.
  virtual std::shared_ptr<Folder> local_folder() { return nullptr; }

  virtual const base::Clock& clock() const = 0;
  virtual base::Random& random() = 0;
  virtual std::chrono::milliseconds max_block() const = 0;
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_BACKEND_H_
