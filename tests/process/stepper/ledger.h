// What must be true after a child was killed behind some instruction.
#ifndef LEAT_TESTS_PROCESS_STEPPER_LEDGER_H_
#define LEAT_TESTS_PROCESS_STEPPER_LEDGER_H_

#include <leat/leat.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "process/stepper/operation.h"

namespace leat::process_test {

// Remembers what the topic held the last time. Records of writer 0 are its own.
class Ledger {
 public:
  // To be called once child `number` is dead. What it wrote before its operation is there, once and in order; what
  // the operation wrote is there or not, and for certain if the child `finished`. The topic takes another record at
  // its end. A topic that the child was making or deleting can be made and deleted. A log that it was trimming begins
  // where it began, or anywhere up to where it is to begin, and there for certain if the child `finished`; never further
  // back than before. Of a compacted log, each key's last record is there, and nothing twice or out of order.
  absl::Status Check(Broker& broker, Operation operation, std::uint64_t number, bool finished);

  Offset next() const { return next_; }

 private:
  absl::Status ReadNew(Partition& partition);
  absl::Status CheckWriter(Operation operation, std::uint64_t number, bool finished) const;
  absl::Status CheckCompacted(Partition& partition, std::uint64_t number);
  absl::Status CheckStart(Partition& partition, Offset wanted, bool finished);
  absl::Status AppendOne(Broker& broker, Partition& partition);
  static absl::Status UseOwnTopic(Broker& broker, std::uint64_t number);

  Offset next_ = 0;
  Offset start_ = 0;
  std::uint64_t sent_ = 0;
  std::map<std::uint64_t, std::uint64_t> seen_;                          // records by writer
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> last_;  // writer and record, by key
};

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_STEPPER_LEDGER_H_
