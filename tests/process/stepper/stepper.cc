// Kills a process behind chosen instructions of one operation, spread over the whole of it, and looks each time
// whether those who are left, or who come next, find everything and can go on.
//
//   process_stepper --points 100 --seed 1 [--operation roll]
#include <fmt/format.h>
#include <leat/leat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>

#include "process/killer/content.h"
#include "process/mapped_control.h"
#include "process/segment_file_check.h"
#include "process/stepper/ledger.h"
#include "process/stepper/onlooker.h"
#include "process/stepper/operation.h"
#include "process/stepper/stepping.h"
#include "support/forked_child.h"

namespace leat::process_test {
namespace {

constexpr std::uint64_t kInstructionsBetween = 1500;
// Beyond all numbers of children.
constexpr std::uint64_t kCrashed = 1'000'000;

// A topic that a child writes to, and an onlooker who reads it without a lock.
class LogScene final : public SteppedScene {
 public:
  explicit LogScene(const OperationName& what) : what_(what) {}

  absl::Status Begin(const std::string& folder) override {
    folder_ = folder;
    auto broker = Broker::Open(folder_);
    if (!broker.ok()) return broker.status();
    TopicOptions options{.segment_bytes = 64 << 10, .max_message_bytes = 64 << 10};
    if (what_.operation == Operation::kCompact) options.cleanup_policy = CleanupPolicy::kCompact;
    auto topic = broker->CreateTopic(kTopic, options);
    if (!topic.ok()) return topic.status();
    // Comes before the other in every list, but after it in the control file.
    if (auto first = broker->CreateTopic("a"); !first.ok()) return first.status();
    if (auto s = onlooker_.Open(folder_); !s.ok()) return s;
    if (what_.alone) return broker->Close();
    broker_ = *std::move(broker);
    return absl::OkStatus();
  }

  absl::Status BeforeChild(std::uint64_t number) override {
    if (what_.operation != Operation::kRecover) return absl::OkStatus();
    testing::ForkedChild writer([&](testing::ForkedChild&) -> int { WriteAndCrash(number); });
    if (writer.Wait() != 0) return absl::InternalError("whoever was to leave something to recover has failed");
    MappedControl(folder_).MakeAnotherBoots();
    return absl::OkStatus();
  }

  absl::Status AfterKill(std::uint64_t number, bool finished) override {
    if (broker_.has_value()) {
      if (auto s = ledger_.Check(*broker_, what_.operation, number, finished); !s.ok()) return s;
    } else {
      auto broker = Broker::Open(folder_);
      if (!broker.ok()) return broker.status();
      if (auto s = ledger_.Check(*broker, what_.operation, number, finished); !s.ok()) return s;
      if (auto s = broker->Close(); !s.ok()) return s;
    }
    if (what_.operation != Operation::kRecover) {
      return onlooker_.ReadTo(ledger_.next(), what_.operation == Operation::kCompact);
    }
    // Nobody goes on from one boot to the next.
    Onlooker another;
    if (auto s = another.Open(folder_); !s.ok()) return s;
    return another.ReadTo(ledger_.next());
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
  // Ends without closing anything.
  [[noreturn]] void WriteAndCrash(std::uint64_t number) const {
    auto broker = Broker::Open(folder_);
    if (!broker.ok()) ::_exit(1);
    auto topic = broker->FindTopic(kTopic);
    auto producer = Producer::Open(*broker);
    if (!topic.ok() || !producer.ok()) ::_exit(2);
    for (std::uint64_t i = 0; i < 5; ++i) {
      const std::string value = Encode({.writer = kCrashed + number, .first = i, .count = 1}, 4000);
      if (!producer->Send(*topic, {.value = value}).ok()) ::_exit(3);
    }
    ::_exit(0);
  }

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
