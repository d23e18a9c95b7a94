#include "io/forked_descriptors.h"

#include <unistd.h>

#include <array>

namespace leat::io {
namespace {

// Blocks are chained and never freed, so the child may walk them whatever the parent's threads were doing.
struct Block {
  Block() {
    for (ForkedDescriptor& place : places) place.store(kNoDescriptor, std::memory_order_relaxed);
  }
  std::array<ForkedDescriptor, 64> places;
  std::atomic<Block*> next{nullptr};
};

Block& FirstBlock() {
  static Block* const first = new Block;
  return *first;
}

// Set once FirstBlock() exists: the handler may not run a static's initialization itself.
constinit std::atomic<Block*> walk_from{nullptr};

bool Take(ForkedDescriptor& place, int descriptor) {
  int free = kNoDescriptor;
  return place.compare_exchange_strong(free, descriptor, std::memory_order_acq_rel);
}

Block& NextBlock(Block& block) {
  if (Block* next = block.next.load(std::memory_order_acquire)) return *next;
  auto* fresh = new Block;
  Block* expected = nullptr;
  if (block.next.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel)) return *fresh;
  delete fresh;
  return *expected;
}

}  // namespace

ForkedDescriptor& CloseInForkedChildren(int descriptor) {
  walk_from.store(&FirstBlock(), std::memory_order_release);
  for (Block* block = &FirstBlock();; block = &NextBlock(*block)) {
    for (ForkedDescriptor& place : block->places) {
      if (Take(place, descriptor)) return place;
    }
  }
}

void CloseForkedDescriptors() {
  for (Block* block = walk_from.load(std::memory_order_acquire); block != nullptr;
       block = block->next.load(std::memory_order_acquire)) {
    for (ForkedDescriptor& place : block->places) {
      const int descriptor = place.exchange(kNoDescriptor, std::memory_order_acq_rel);
      if (descriptor != kNoDescriptor) ::close(descriptor);
    }
  }
}

}  // namespace leat::io
