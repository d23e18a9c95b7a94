#include <leat/testing.h>

#include <utility>

#include "broker/open_local.h"
#include "simulation/machine.h"

namespace leat {
inline namespace v1 {

SimulatedMachine::SimulatedMachine(SimulatedMachineOptions options)
    : SimulatedMachine(simulation::Machine::Make(options)) {}

SimulatedMachine::SimulatedMachine(std::shared_ptr<simulation::Machine> machine) : machine_(std::move(machine)) {}

absl::StatusOr<Broker> SimulatedMachine::Open(std::string folder, BrokerOptions options) const {
  auto backend = broker::OpenLocal(std::move(folder), std::move(options), machine_->environment());
  if (!backend.ok()) return backend.status();
  return Broker(*std::move(backend));
}

void SimulatedMachine::Advance(std::chrono::nanoseconds step) { machine_->clock().Advance(step); }

void SimulatedMachine::SetTime(Timestamp now) { machine_->clock().SetWallMillis(now.time_since_epoch().count()); }

Timestamp SimulatedMachine::now() const {
  return Timestamp(std::chrono::milliseconds(machine_->clock().WallMillis()));
}

void SimulatedMachine::FailAt(int n, absl::Status with, FileCall kind, std::string path_part) {
  machine_->plan().Fail(n, false, std::move(with), kind, std::move(path_part));
}

void SimulatedMachine::FailFrom(int n, absl::Status with, FileCall kind, std::string path_part) {
  machine_->plan().Fail(n, true, std::move(with), kind, std::move(path_part));
}

void SimulatedMachine::Heal() { machine_->plan().Heal(); }

int SimulatedMachine::calls(FileCall kind) const { return machine_->plan().calls(kind); }

void SimulatedMachine::AtEachCall(std::function<void(FileCall kind, std::string_view path)> watcher) {
  machine_->plan().SetWatcher(std::move(watcher));
}

void SimulatedMachine::SetDiskBytes(std::int64_t bytes) { machine_->disk().SetRoom(bytes); }

absl::StatusOr<SimulatedMachine> SimulatedMachine::LosePower(std::uint64_t seed) const {
  auto after = machine_->AfterPowerLoss(seed);
  if (!after.ok()) return after.status();
  return SimulatedMachine(*std::move(after));
}

absl::Status SimulatedMachine::WriteBack(std::uint64_t seed) { return machine_->disk().WriteBack(seed); }

}  // namespace v1
}  // namespace leat
