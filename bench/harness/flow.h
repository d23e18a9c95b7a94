// Records from producers to a consumer: what most rows are about.
#ifndef LEAT_BENCH_HARNESS_FLOW_H_
#define LEAT_BENCH_HARNESS_FLOW_H_

#include <leat/leat.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "harness/child.h"

namespace leat::bench {

// How records get into the log.
enum class Road : std::uint8_t {
  kSend,      // Producer::Send, one by one
  kSendMany,  // Producer::Send of a batch's worth
  kBuilder,   // BatchBuilder, and Partition::Append when it has a batch's worth
  kEnqueue,   // Producer::Enqueue, which makes batches by itself
};

enum class Where : std::uint8_t { kThread, kProcess };

struct Flow {
  std::size_t value_size = 100;
  std::int32_t batch = 256;  // records
  std::int64_t records = 0;  // altogether; a multiple of producers * partitions * batch
  std::int32_t partitions = 1;
  std::int32_t producers = 1;
  Road road = Road::kBuilder;
  Where producer = Where::kThread;
  Where consumer = Where::kThread;

  // Broker::InMemory with this size limit, of which the producer keeps no more than half ahead of the consumer; 0: a
  // folder.
  std::int64_t memory = 0;
  // Records at the beginning that are not timed: until memory is being reused.
  std::int64_t warmup = 0;

  std::vector<std::string> ToArguments() const;
  static Flow FromArguments(const std::vector<std::string>& arguments);
};

// A flow of about `bytes` of log, however its records are cut.
Flow FlowOf(std::int64_t bytes, std::size_t value_size, std::int32_t batch);

// Bytes of one of its batches, and of all of them.
std::int64_t BatchBytes(const Flow& flow);
std::int64_t LogBytes(const Flow& flow);

// What threads of a flow tell each other.
struct Progress {
  std::atomic<std::int64_t> consumed{0};
  std::atomic<std::int64_t> begin_ns{0};  // when warmup was over
  std::atomic<bool> failed{false};
};

absl::StatusOr<Broker> OpenBroker(const Flow& flow, const std::string& folder);
absl::StatusOr<Topic> MakeTopic(const Flow& flow, Broker& broker);

// Deletes the topic when it goes, and before the broker closes: a measurement has no use for what a close makes
// durable, and the disk would still be busy with it while the next one runs.
class DeletedAtEnd {
 public:
  DeletedAtEnd(Broker broker, std::string topic) : broker_(std::move(broker)), topic_(std::move(topic)) {}
  DeletedAtEnd(const DeletedAtEnd&) = delete;
  DeletedAtEnd& operator=(const DeletedAtEnd&) = delete;
  ~DeletedAtEnd() { (void)broker_.DeleteTopic(topic_); }

 private:
  Broker broker_;
  std::string topic_;
};

// Sends producer number `number`'s share.
absl::Status Produce(const Flow& flow, Broker& broker, const Topic& topic, int number,
                     const std::function<void()>& ready, Progress& progress);

// Reads all and compares every record with what was sent: its bytes, its place in the sequence of its producer, its
// offset. Every checksum has been verified by Poll. Returns when the last was there, as NowNs().
absl::StatusOr<std::int64_t> Consume(const Flow& flow, Broker& broker, const Topic& topic,
                                     const std::function<void()>& ready, Progress& progress);

// Runs all of it in fresh files and returns millions of records a second, from the first Send to the last comparison.
absl::StatusOr<double> RunFlow(const Flow& flow, const std::string& folder);
// The same without a consumer: to the end of the last Send.
absl::StatusOr<double> RunProducers(const Flow& flow, const std::string& folder);

// What a child process does: "consume" and "produce", with the folder and the flow as arguments.
absl::StatusOr<std::string> ConsumeRole(const std::vector<std::string>& arguments, const ReadyThenGo& ready);
absl::StatusOr<std::string> ProduceRole(const std::vector<std::string>& arguments, const ReadyThenGo& ready);

}  // namespace leat::bench

#endif  // LEAT_BENCH_HARNESS_FLOW_H_
