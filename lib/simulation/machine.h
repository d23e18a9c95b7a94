// What a SimulatedMachine consists of.
#ifndef LEAT_SIMULATION_MACHINE_H_
#define LEAT_SIMULATION_MACHINE_H_

#include <cstdint>
#include <memory>
#include <string>

#include <leat/testing.h>
#include "absl/status/statusor.h"
#include "base/manual_clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "broker/environment.h"
#include "io/failing_file_system.h"
#include "io/fault_plan.h"
#include "io/volatile_disk.h"

namespace leat::simulation {

// A seeded generator that threads may share; which of them gets which number is theirs to settle.
class SharedRandom final : public base::Random {
 public:
  explicit SharedRandom(std::uint64_t seed) : random_(base::SeededRandom(seed)) {}

  std::uint64_t Next() override {
    const base::MutexLock lock(mutex_);
    return random_->Next();
  }

 private:
  base::Mutex mutex_;
  const std::shared_ptr<base::Random> random_ ABSL_GUARDED_BY(mutex_);
};

// Lives as long as the file system of an environment of it.
class Machine : public std::enable_shared_from_this<Machine> {
 public:
  static std::shared_ptr<Machine> Make(const SimulatedMachineOptions& options);

  broker::Environment environment();
  absl::StatusOr<std::shared_ptr<Machine>> AfterPowerLoss(std::uint64_t seed) const;

  base::ManualClock& clock() { return clock_; }
  io::FaultPlan& plan() { return *plan_; }
  io::VolatileDisk& disk() { return *disk_; }

 private:
  Machine(std::uint64_t seed, std::int64_t wall_millis, std::shared_ptr<io::FaultPlan> plan,
          std::shared_ptr<io::VolatileDisk> disk);

  base::ManualClock clock_;
  const std::shared_ptr<base::Random> random_;
  const std::shared_ptr<io::FaultPlan> plan_;
  const std::shared_ptr<io::VolatileDisk> disk_;
  io::FailingFileSystem files_;
  const std::string boot_id_;
};

}  // namespace leat::simulation

#endif  // LEAT_SIMULATION_MACHINE_H_
