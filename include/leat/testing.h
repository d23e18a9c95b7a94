// For tests of applications: a machine that a test holds in its hands. Its disk fails when it is told to and loses power at
// any moment, its clock goes when it is moved, its chance comes from a seed.
#ifndef LEAT_TESTING_H_
#define LEAT_TESTING_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <leat/broker.h>
#include <leat/file_call.h>
#include <leat/types.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat {
namespace simulation {
class Machine;
}  // namespace simulation
inline namespace v1 {

// What a SimulatedMachine is like when it is started.
struct SimulatedMachineOptions {
  // Whatever is left to chance follows from it: identities, partitions, what a failing sync has written.
  std::uint64_t seed = 1;

  // What its clock says at the beginning.
  Timestamp now{std::chrono::milliseconds{1'700'000'000'000}};

  // Bytes that its files may have together, 0 for any number; more is kResourceExhausted.
  std::int64_t disk_bytes = 0;

  // Whether its file system lets segments be written through mappings, as ext4 and tmpfs do (the faster way of leat),
  // or only by calls, as xfs and btrfs; the second counts and fails each write of an append (FileCall::kWrite).
  bool mapped_writes = true;
};

// A machine in memory, for tests: what an application does when a disk fails or power goes, shown within milliseconds
// and as often as one likes.
//
//   leat::SimulatedMachine machine;
//   auto broker = machine.Open("/data");
//   ... publish, acknowledged at Durability::kDisk ...
//   auto after = machine.LosePower(seed);        // one of the many things that the disk may hold then
//   auto again = after->Open("/data");           // everything acknowledged is there
//
// All brokers opened on one machine are of one process. Only what leat does on its disk is simulated: threads, locks and
// waits are real ones, so that Advance moves timestamps and time-outs but wakes nobody by itself.
//
// Threads: safe from all threads. Lifetime: a handle; copies share. Brokers keep their machine alive.
class SimulatedMachine {
 public:
  // With an empty disk, on which nothing fails.
  explicit SimulatedMachine(SimulatedMachineOptions options = {});

  // Broker::Open on this machine's disk, with its errors. `folder` is a path such as "/data"; "/" is there.
  absl::StatusOr<Broker> Open(std::string folder, BrokerOptions options = {}) const;

  // Lets the clocks go on by so much.
  void Advance(std::chrono::nanoseconds step);
  // Somebody sets the date; what is measured by a clock that never goes back does not notice.
  void SetTime(Timestamp now);
  Timestamp now() const;

  // The `n`-th call of that kind from now on (1 is the next one) fails with `with` and does nothing; if `path_part` is
  // given, only calls on paths that contain it count. FailFrom: so does each one after it. Either takes the place of an
  // earlier plan. A sync that fails does so as on Linux: what it should have written may be written or not, and no later
  // sync writes it.
  void FailAt(int n, absl::Status with, FileCall kind = FileCall::kAny, std::string path_part = {});
  void FailFrom(int n, absl::Status with, FileCall kind = FileCall::kAny, std::string path_part = {});
  // From now on nothing fails.
  void Heal();

  // How many calls of that kind there were, those that failed included. To fail each in turn: run once and ask, then run
  // with FailAt(n, ...) for every n up to that.
  int calls(FileCall kind = FileCall::kAny) const;

  // Called before each call on the disk, on the thread that makes it, often with locks of leat's held: do not use a
  // broker of this machine within. LosePower, calls and another machine's brokers are all right. nullptr: nobody is
  // called any more, once calls under way are over.
  void AtEachCall(std::function<void(FileCall kind, std::string_view path)> watcher);

  // 0 for as much as one likes.
  void SetDiskBytes(std::int64_t bytes);

  // What stands on the disk now, synced or not; for looking at it, and for spoiling it, also while brokers have it open.
  // Neither fails as told, nor is it counted. Paths of all files, sorted.
  absl::StatusOr<std::vector<std::string>> Files() const;
  absl::StatusOr<std::string> ReadFile(const std::string& path) const;
  // Writes into a file that is there, and makes it longer if need be; not of one that is mapped.
  absl::Status WriteFile(const std::string& path, std::int64_t position, std::string_view bytes);
  absl::Status ResizeFile(const std::string& path, std::int64_t size);

  // What this machine may be after a power loss at this moment: of sectors (512 bytes), file sizes and directory entries
  // that were not synced, a subset that follows from `seed`. The new machine has been started again: time is the same,
  // nothing fails, nobody watches. This one goes on.
  absl::StatusOr<SimulatedMachine> LosePower(std::uint64_t seed) const;

  // Some of what is not synced is written all the same, as a kernel does by and by; which, follows from `seed`.
  absl::Status WriteBack(std::uint64_t seed);

 private:
  explicit SimulatedMachine(std::shared_ptr<simulation::Machine> machine);

  std::shared_ptr<simulation::Machine> machine_;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_TESTING_H_
