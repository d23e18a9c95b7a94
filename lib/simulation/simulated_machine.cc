#include <leat/testing.h>

#include <algorithm>
#include <span>
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

absl::StatusOr<std::vector<std::string>> SimulatedMachine::Files() const {
  std::vector<std::string> files;
  std::vector<std::string> directories = {"/"};
  while (!directories.empty()) {
    const std::string directory = std::move(directories.back());
    directories.pop_back();
    const auto names = machine_->disk().List(directory);
    if (!names.ok()) return names.status();
    for (const std::string& name : *names) {
      std::string path = io::JoinPath(directory, name);
      const absl::StatusOr<io::FileInfo> info = machine_->disk().Info(path);
      if (!info.ok()) return info.status();
      (info->is_directory ? directories : files).push_back(std::move(path));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<std::string> SimulatedMachine::ReadFile(const std::string& path) const {
  return io::ReadWholeFile(machine_->disk(), path, std::size_t{1} << 40);
}

absl::Status SimulatedMachine::WriteFile(const std::string& path, std::int64_t position, std::string_view bytes) {
  const auto file = machine_->disk().Open(path, io::OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  return (*file)->WriteAt(position, std::as_bytes(std::span(bytes)));
}

absl::Status SimulatedMachine::ResizeFile(const std::string& path, std::int64_t size) {
  const auto file = machine_->disk().Open(path, io::OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  return (*file)->Truncate(size);
}

absl::StatusOr<SimulatedMachine> SimulatedMachine::LosePower(std::uint64_t seed) const {
  auto after = machine_->AfterPowerLoss(seed);
  if (!after.ok()) return after.status();
  return SimulatedMachine(*std::move(after));
}

absl::Status SimulatedMachine::WriteBack(std::uint64_t seed) { return machine_->disk().WriteBack(seed); }

}  // namespace v1
}  // namespace leat
