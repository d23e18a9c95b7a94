// Runs operations on a broker and, beside it, on the model: of each partition, a vector of its records. What the two
// do not agree on is thrown.
#ifndef LEAT_TESTS_MODEL_LOG_MODEL_H_
#define LEAT_TESTS_MODEL_LOG_MODEL_H_

#include <leat/leat.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "model/operation.h"

namespace leat::testing {

// What a record is, offsets aside. For comparing and for showing.
struct Kept {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  Timestamp timestamp;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  LeaderEpoch epoch = 0;

  friend bool operator==(const Kept&, const Kept&) = default;
};

// The model. An offset is a place in the vector.
struct PartitionModel {
  std::vector<Kept> records;
  Offset log_start = 0;  // known so far: in memory that is limited it grows by itself
  bool lets_go = false;  // and where the topic has a retention.bytes

  Offset end() const { return static_cast<Offset>(records.size()); }
};
using TopicModel = std::deque<PartitionModel>;

struct Disagreement : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class LogModel {
 public:
  LogModel(Place place, std::string folder);

  // Does one operation on both and compares. Where the process is to be killed, it returns in a child of it.
  void Do(const Operation& operation);
  // Compares everything.
  void CompareAll();

 private:
  // A topic, as it is and as it is to be.
  struct Both {
    TopicModel model;
    std::optional<Topic> topic;
    std::vector<Partition> partitions = {};
    bool append_time = false;
  };
  // The consumer, and where it is to be in each partition.
  struct Reader {
    Consumer consumer;
    OffsetReset reset;
    std::int32_t max_poll_records;
    bool filtered;
    std::map<TopicPartition, Offset> places = {};
    std::map<TopicPartition, bool> paused = {};
    std::map<TopicPartition, bool> was_beyond = {};  // sought behind the end, which may have come up since
    std::int64_t missed = 0;
    std::shared_ptr<std::vector<std::pair<TopicPartition, OffsetResetEvent>>> resets;
  };
  struct Held {
    ConsumerRecords records;
    std::vector<Kept> expected;
  };

  // appending.cc
  void Send(const Operation& operation);
  void SendMany(const Operation& operation);
  void AppendBuilder(const Operation& operation);
  void AppendBytes(const Operation& operation);
  void ClaimOne(const Operation& operation);
  void Enqueue(const Operation& operation);
  void Landed(Both& both, const Delivery& delivery, std::vector<Kept> records);
  bool MakesRoom(const absl::Status& status);

  // reading.cc
  void Read(const Operation& operation);
  void Trim(const Operation& operation);
  void Hold(const Operation& operation);
  void LetGo();
  void OffsetForTime(const Operation& operation);
  void CompareMaxTimestamp(Partition& partition, PartitionModel& model);
  void CompareOffsets(const Operation& operation);
  void Describe(const Operation& operation);
  void ComparePartition(const std::string& what, Partition& partition, PartitionModel& model);
  void CompareRecords(const std::string& what, const ConsumerRecords& records, const PartitionModel& model,
                      Offset from);

  // consuming.cc
  void NewConsumer(const Operation& operation);
  void Assign();
  void Poll();
  void TakeResets();
  void TakeRecord(const ConsumerRecord& record, const std::map<TopicPartition, Offset>& starts);
  void NothingWasLeft();
  void Seek(const Operation& operation);
  void PauseOrResume(const Operation& operation);
  void ComparePlace(const TopicPartition& partition, Offset at_least, Offset at_most);

  // opening.cc
  void OpenBroker();
  void FindHandles();
  void Drop();
  void Alter(const Operation& operation);
  void AddPartition(const Operation& operation);
  void MakeAgain(const Operation& operation);
  void ReadOnly(const Operation& operation);
  void SecondOpening(const Operation& operation);
  void Copy();
  void CloseAndOpen();
  void KillAndOpen(bool reboot);

  Both& ChooseTopic(const Operation& operation);
  // A partition of any topic.
  std::pair<Partition*, PartitionModel*> ChoosePartition(const Operation& operation);
  // What grew by itself.
  Offset RefreshLogStart(Partition& partition, PartitionModel& model) const;
  void CheckRetained(const Partition& partition, Offset start) const;
  TopicOptions NewOptions(const std::string& name, std::uint32_t choice) const;

  const Place place_;
  const std::string folder_;
  std::optional<Broker> broker_;
  std::optional<Producer> producer_;
  std::optional<Reader> reader_;
  std::map<std::string, Both> topics_;
  std::vector<Held> held_;
};

// A disagreement.
[[noreturn]] void Fail(const std::string& message);
void Expect(bool holds, const std::string& message);
template <typename T>
T Expect(absl::StatusOr<T> value, const std::string& what) {
  if (!value.ok()) Fail(what + ": " + value.status().ToString());
  return *std::move(value);
}
inline void Expect(const absl::Status& status, const std::string& what) {
  if (!status.ok()) Fail(what + ": " + status.ToString());
}

std::string Show(const Kept& record);
Kept Keep(const ConsumerRecord& record);

// Records of all kinds; `room` bytes of values at most. Create times are few and run back and forth.
class RecordMaker {
 public:
  RecordMaker(const Operation& operation, std::uint32_t room);

  Kept Make();
  static ProducerRecord View(const Kept& record, std::vector<Header>& headers);
  Numbers& numbers() { return numbers_; }

 private:
  std::optional<std::string> Bytes(std::uint32_t size);

  Numbers numbers_;
  std::uint32_t room_;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_MODEL_LOG_MODEL_H_
