// Kills a process behind chosen instructions of one operation, spread over the whole of it, and looks each time
// whether those who are left, or who come next, find everything and can go on.
//
//   process_stepper --points 100 --seed 1 [--operation roll]
#include <fmt/format.h>
#include <leat/leat.h>

#include <memory>
#include <optional>
#include <string>

#include "process/segment_file_check.h"
#include "process/stepper/ledger.h"
#include "process/stepper/onlooker.h"
#include "process/stepper/operation.h"
#include "process/stepper/stepping.h"

namespace leat::process_test {
namespace {

constexpr std::uint64_t kInstructionsBetween = 1500;

// A topic that a child writes to, and an onlooker who reads it without a lock.
class LogScene final : public SteppedScene {
 public:
  explicit LogScene(const OperationName& what) : what_(what) {}

  absl::Status Begin(const std::string& folder) override {
    folder_ = folder;
    auto broker = Broker::Open(folder_);
    if (!broker.ok()) return broker.status();
    auto topic = broker->CreateTopic(kTopic, {.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10});
    if (!topic.ok()) return topic.status();
    // Comes before the other in every list, but after it in the control file.
    if (auto first = broker->CreateTopic("a"); !first.ok()) return first.status();
    if (auto s = onlooker_.Open(folder_); !s.ok()) return s;
    if (what_.alone) return broker->Close();
    broker_ = *std::move(broker);
    return absl::OkStatus();
  }

  absl::Status BeforeChild(std::uint64_t) override { return absl::OkStatus(); }

  absl::Status AfterKill(std::uint64_t number, bool finished) override {
    if (broker_.has_value()) {
      if (auto s = ledger_.Check(*broker_, what_.operation, number, finished); !s.ok()) return s;
    } else {
      auto broker = Broker::Open(folder_);
      if (!broker.ok()) return broker.status();
      if (auto s = ledger_.Check(*broker, what_.operation, number, finished); !s.ok()) return s;
      if (auto s = broker->Close(); !s.ok()) return s;
    }
    return onlooker_.ReadTo(ledger_.next());
  }

  absl::StatusOr<std::string> End() override {
    broker_.reset();
    auto broker = Broker::Open(folder_);  // as the last to close, it seals
    if (!broker.ok()) return broker.status();
    if (auto s = broker->Close(); !s.ok()) return s;
    if (auto s = CheckFolderFiles(folder_); !s.ok()) return s;
    return fmt::format("{} records, none lost, none twice", ledger_.next());
  }

 private:
  const OperationName what_;
  std::string folder_;
  std::optional<Broker> broker_;
  Ledger ledger_;
  Onlooker onlooker_;
};

}  // namespace
}  // namespace leat::process_test

int main(int argc, char** argv) {
  using namespace leat::process_test;
  return StepperMain<LogScene, OperationName>(argc, argv, kOperations, kInstructionsBetween, Perform);
}
