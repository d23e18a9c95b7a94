// The control file of a folder as a process that has it open sees it, for tests that do what no user of the library
// can: hold a lock for long, or make the file another boot's.
#ifndef LEAT_TESTS_PROCESS_MAPPED_CONTROL_H_
#define LEAT_TESTS_PROCESS_MAPPED_CONTROL_H_

#include <leat/batch.h>
#include <sys/types.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/process.h"
#include "io/posix_file_system.h"
#include "shared/control_file.h"
#include "shared/layout.h"
#include "shared/slot_lock.h"

namespace leat::process_test {

class MappedControl {
 public:
  explicit MappedControl(const std::string& folder) : files_(io::MakePosixFileSystem()) {
    auto control = shared::ControlFile::Open(*files_, folder + "/control", base::BootId(), io::MapAccess::kReadWrite);
    if (!control.ok()) throw std::runtime_error(control.status().ToString());
    control_ = *std::move(control);
  }

  // Of the only topic there is.
  shared::PartitionPage* PageOf(std::int32_t partition) {
    for (std::uint32_t i = 0; i < control_->page_count(); ++i) {
      shared::PartitionPage& page = control_->page(i);
      if (page.state.load() == shared::kPageUsed && page.partition == partition) return &page;
    }
    return nullptr;
  }

  // The lock word of a process's youngest slot; 0 when it has none.
  std::uint32_t WordOf(pid_t pid) {
    std::uint32_t word = 0;
    for (std::uint32_t i = 0; i < control_->header().slot_bound.load(); ++i) {
      const shared::Slot& slot = control_->slot(i);
      if (slot.pid.load() == pid && slot.state.load() == shared::kSlotUsed) {
        word = shared::LockWord(i, slot.generation.load());
      }
    }
    return word;
  }

  std::uint32_t GenerationOf(std::uint32_t slot) { return control_->slot(slot).generation.load(); }

  shared::HeaderPage& header() { return control_->header(); }

  // As if the machine had been started anew since the folder was used.
  void MakeAnotherBoots() {
    shared::Identity& identity = control_->header().identity;
    std::memcpy(identity.boot_id, "another", 8);
    identity.crc = Crc32c({reinterpret_cast<const std::byte*>(&identity), offsetof(shared::Identity, crc)});
  }

 private:
  const std::shared_ptr<io::FileSystem> files_;
  std::unique_ptr<shared::ControlFile> control_;
};

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_MAPPED_CONTROL_H_
