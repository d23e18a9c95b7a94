// Repair of one partition: what is wrong with it and its small files, and mending that.
#ifndef LEAT_BROKER_PARTITION_REPAIR_H_
#define LEAT_BROKER_PARTITION_REPAIR_H_

#include <leat/repair.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "broker/partition_folders.h"
#include "broker/topic_file.h"
#include "log/damage_scan.h"
#include "log/mending.h"
#include "shared/layout.h"

namespace leat::broker {

class PartitionRepair {
 public:
  // `page` is the partition's in the shared state, null where that does not hold.
  PartitionRepair(const FolderPlace& place, const TopicFile& topic, PartitionId partition,
                  const shared::PartitionPage* page);

  // What is wrong goes to `report`. Errors: whatever a file answers.
  absl::Status Look(const std::function<void(std::int64_t)>& on_scanned, RepairReport& report);

  bool has_work() const { return !steps_.empty(); }
  bool makes_gaps() const { return damage_.gaps_are_new; }

  // Under the exclusive folder lock, in this order. After the first the page is not needed any more, and must be freed
  // before the second. `report` has the steps of Look.
  absl::Status KeepFacts(RepairReport& report);
  absl::Status Mend(RepairReport& report);

 private:
  enum class SmallFile : std::uint8_t { kWell, kMissing, kBad };

  absl::Status ReadFacts();
  void FactsFromPage();
  absl::Status FactsFromFiles();
  absl::Status LookAtSmallFiles(RepairReport& report);
  void AddSteps(RepairReport& report);
  RepairStep StepAt(Offset segment, std::string problem, std::string remedy) const;
  void Add(RepairReport& report, RepairStep step);
  absl::Status PutAside(std::string_view name, RepairReport& report);

  const FolderPlace place_;
  const TopicFile& topic_;
  const shared::PartitionPage* page_;
  log::MendInput input_;
  log::LogFacts facts_;
  log::LogDamage damage_;
  SmallFile epochs_ = SmallFile::kWell;
  SmallFile metadata_ = SmallFile::kWell;
  SmallFile checkpoint_ = SmallFile::kWell;
  std::vector<std::size_t> steps_;       // ours in the report
  std::vector<std::size_t> hole_steps_;  // those of the holes, in their order
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_PARTITION_REPAIR_H_
