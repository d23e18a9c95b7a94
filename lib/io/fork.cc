#include "io/fork.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>

#include "io/forked_descriptors.h"

namespace leat::io {
namespace {

constinit std::atomic<std::uint32_t> generation{0};

// Runs in the child between fork() and its return there, when the child has this one thread only.
void InChild() {
  CloseForkedDescriptors();
  generation.fetch_add(1, std::memory_order_relaxed);
}

// At load time: a fork before the first folder is opened must count as well. A failure (no memory for one list node)
// would mean that the loader has none left either.
[[maybe_unused]] const int installed = ::pthread_atfork(nullptr, nullptr, InChild);

}  // namespace

std::uint32_t ForkGeneration() { return generation.load(std::memory_order_relaxed); }

}  // namespace leat::io
