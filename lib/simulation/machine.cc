#include "simulation/machine.h"

#include <fmt/format.h>

#include <utility>

namespace leat::simulation {
namespace {

std::int64_t Millis(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

std::shared_ptr<Machine> Machine::Make(const SimulatedMachineOptions& options) {
  auto plan = std::make_shared<io::FaultPlan>();
  auto disk = std::make_shared<io::VolatileDisk>(options.seed, plan);
  disk->SetRoom(options.disk_bytes);
  disk->SetMappedWrites(options.mapped_writes);
  return std::shared_ptr<Machine>(new Machine(options.seed, Millis(options.now), std::move(plan), std::move(disk)));
}

Machine::Machine(std::uint64_t seed, std::int64_t wall_millis, std::shared_ptr<io::FaultPlan> plan,
                 std::shared_ptr<io::VolatileDisk> disk)
    : clock_(wall_millis),
      random_(std::make_shared<SharedRandom>(seed)),
      plan_(std::move(plan)),
      disk_(std::move(disk)),
      files_(disk_, plan_, io::FailingFileSystem::Syncs::kFailBelow),
      boot_id_(fmt::format("simulated-{:016x}", random_->Next())) {}

broker::Environment Machine::environment() {
  const std::shared_ptr<Machine> self = shared_from_this();
  return {.files = std::shared_ptr<io::FileSystem>(self, &files_),
          .clock = &clock_,
          .random = random_,
          .boot_id = boot_id_};
}

absl::StatusOr<std::shared_ptr<Machine>> Machine::AfterPowerLoss(std::uint64_t seed) const {
  auto plan = std::make_shared<io::FaultPlan>();
  auto disk = disk_->AfterPowerLoss(seed, plan);
  if (!disk.ok()) return disk.status();
  // Another stretch of chance than the machine had that it once was: else identities would come twice.
  const std::uint64_t chance = random_->Next() ^ seed;
  return std::shared_ptr<Machine>(new Machine(chance, clock_.WallMillis(), std::move(plan), *std::move(disk)));
}

}  // namespace leat::simulation
