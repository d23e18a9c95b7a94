// Who has a folder open at this moment.
#ifndef LEAT_FOLDER_USE_H_
#define LEAT_FOLDER_USE_H_

#include <leat/broker.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace leat {
inline namespace v1 {

// A process that has the folder open.
struct ProcessDescription {
  std::int32_t pid = 0;  // in its own PID namespace
  std::string host;      // a container's name tells PID namespaces apart
  std::string program;   // as ps(1) shows it; empty where this process cannot see it
  bool stopped = false;  // SIGSTOP, a debugger

  friend bool operator==(const ProcessDescription&, const ProcessDescription&) = default;
};

// What WhoUses tells.
struct FolderUse {
  // Somebody has it open for writing, or is opening, recovering or closing it. False: it is at rest.
  bool in_use = false;
  // Those who have it open for writing, by host and pid. A process that opened it twice is there twice. Readers
  // (OpenMode::kReadOnly) leave no trace and are not among them.
  std::vector<ProcessDescription> processes = {};
};

// Asks the kernel's locks, so that the dead are never among the living. Opens nothing for writing, waits for nobody, and
// works for who may only read the folder. What it says may be past when it returns.
//   kNotFound   no such folder, or it is not leat's
absl::StatusOr<FolderUse> WhoUses(const std::string& folder, HeaderVersion headers = {});

}  // namespace v1
}  // namespace leat

#endif  // LEAT_FOLDER_USE_H_
