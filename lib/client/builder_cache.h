// The batch builders of a Producer: kept between calls, so that a Send allocates nothing, and shared by all threads
// without a lock.
#ifndef LEAT_CLIENT_BUILDER_CACHE_H_
#define LEAT_CLIENT_BUILDER_CACHE_H_

#include <leat/batch.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace leat::client {

// Threads: safe from all threads. Lifetime: must outlive its leases.
class BuilderCache {
  // A line of its own, so that threads in neighbouring slots do not slow each other down.
  struct alignas(64) Slot {
    std::atomic<bool> taken{false};
    BatchBuilder builder;
  };

 public:
  // An empty builder, for as long as it lives.
  class Lease {
   public:
    Lease(Lease&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)), own_(std::move(other.own_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (slot_ != nullptr) Return(*slot_);
    }

    BatchBuilder& operator*() { return slot_ != nullptr ? slot_->builder : *own_; }
    BatchBuilder* operator->() { return &**this; }

   private:
    friend class BuilderCache;
    explicit Lease(Slot* slot) : slot_(slot) {}
    explicit Lease(std::unique_ptr<BatchBuilder> own) : slot_(nullptr), own_(std::move(own)) {}

    Slot* slot_;
    std::unique_ptr<BatchBuilder> own_;
  };

  Lease Take() {
    // Each thread begins at a place of its own, and finds there what is in its processor's cache.
    const std::size_t home = HomeOfThread();
    for (std::size_t i = 0; i < kSlots; ++i) {
      Slot& slot = slots_[(home + i) % kSlots];
      // Pairs with the release in Return: what the last user did to the builder is seen.
      if (!slot.taken.exchange(true, std::memory_order_acquire)) return Lease(&slot);
    }
    return Lease(std::make_unique<BatchBuilder>());
  }

 private:
  static constexpr std::size_t kSlots = 8;
  // What a builder may keep: one that has had a huge record gives the memory back.
  static constexpr std::size_t kKeptBytes = 2 << 20;

  static std::size_t HomeOfThread() {
    static thread_local const char here = 0;
    return static_cast<std::size_t>((reinterpret_cast<std::uintptr_t>(&here) * 0x9e3779b97f4a7c15u) >> 61);
  }

  static void Return(Slot& slot) {
    if (slot.builder.size() > kKeptBytes) [[unlikely]]
      slot.builder = BatchBuilder();
    slot.builder.Clear();
    slot.taken.store(false, std::memory_order_release);
  }

  std::array<Slot, kSlots> slots_;
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_BUILDER_CACHE_H_
