// What a broker is given of the world: its disk, its time, its chance.
#ifndef LEAT_BROKER_ENVIRONMENT_H_
#define LEAT_BROKER_ENVIRONMENT_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "io/file_system.h"

namespace leat::broker {

struct Environment {
  std::shared_ptr<io::FileSystem> files;
  const base::Clock* clock = nullptr;  // lives as long as `files`
  std::shared_ptr<base::Random> random;
  std::string boot_id;  // another one means that nothing in the control file holds
  std::vector<std::pair<std::string, std::string>> variables = {};  // of the environment: LEAT_... by name and value
  bool in_memory = false;
};

// This machine's.
Environment RealEnvironment();

// The machine's time and chance over a file system of its own in anonymous memory.
Environment MemoryEnvironment();

}  // namespace leat::broker

#endif  // LEAT_BROKER_ENVIRONMENT_H_
