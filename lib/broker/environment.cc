#include "broker/environment.h"

#include "base/process.h"
#include "io/memory_file_system.h"
#include "io/posix_file_system.h"

namespace leat::broker {

Environment RealEnvironment() {
  return {.files = io::MakePosixFileSystem(),
          .clock = &base::RealClock(),
          .random = base::SystemRandom(),
          .boot_id = base::BootId(),
          .variables = base::EnvironmentVariables("LEAT_")};
}

Environment MemoryEnvironment() {
  return {.files = io::MakeMemoryFileSystem(),
          .clock = &base::RealClock(),
          .random = base::SystemRandom(),
          .boot_id = "memory",
          .in_memory = true};
}

}  // namespace leat::broker
