// What an application might do with a folder, at random: it makes, changes and deletes topics, publishes at all levels of
// durability, commits, closes and opens. Whatever fails, it notes what it was told and goes on.
#ifndef LEAT_TESTS_CRASH_SCENARIO_H_
#define LEAT_TESTS_CRASH_SCENARIO_H_

#include <leat/leat.h>
#include <leat/testing.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "crash/ledger.h"

namespace leat::testing {

inline constexpr const char* kFolder = "/data";
inline constexpr const char* kGroup = "readers";

class Scenario {
 public:
  Scenario(SimulatedMachine machine, Ledger& ledger, std::uint64_t seed)
      : machine_(std::move(machine)), ledger_(ledger), random_(seed) {}

  // Does so many things. What is wrong in itself, such as records that land where they cannot, is thrown.
  void Run(int steps);

  // Gives up the folder: what fails now has been noted before.
  void Close();

 private:
  void Step();
  bool Open();
  void MakeTopic();
  void DeleteTopic(std::size_t which);
  void AddPartition(std::size_t which);
  void Alter(std::size_t which);
  void Send(std::size_t which);
  void Landed(std::size_t which, PartitionId partition, Offset offset, std::size_t count, bool to_disk);
  void NotSent(std::size_t which, PartitionId partition, std::size_t count, const absl::Status& status);
  void Flush();
  void Trim(std::size_t which);
  void Compact(std::size_t which);
  void Commit(std::size_t which);

  std::uint64_t Chance(std::uint64_t below) { return random_() % below; }
  std::optional<std::size_t> ChooseTopic();

  SimulatedMachine machine_;
  Ledger& ledger_;
  std::mt19937_64 random_;
  std::optional<Broker> broker_;
  std::optional<Producer> producer_;
  std::uint32_t next_serial_ = 0;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_CRASH_SCENARIO_H_
