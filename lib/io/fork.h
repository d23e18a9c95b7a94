// What a forked child must know: the handles it inherited are not its own.
#ifndef LEAT_IO_FORK_H_
#define LEAT_IO_FORK_H_

#include <cstdint>

namespace leat::io {

// How often this process has been forked off from another that had loaded leat: a counter that a pthread_atfork child handler
// raises. Whoever opens a folder remembers it; another value later means "opened before fork". One relaxed load.
std::uint32_t ForkGeneration();

}  // namespace leat::io

#endif  // LEAT_IO_FORK_H_
