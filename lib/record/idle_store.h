// What is dear to make and used for a moment - a codec's context, a buffer - kept from use to use by whichever thread
// comes next.
#ifndef LEAT_RECORD_IDLE_STORE_H_
#define LEAT_RECORD_IDLE_STORE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace leat::record {

// At most kMostIdle lie idle, however many threads there are: a thread that finds none makes one, and one that finds the
// store full destroys its own, as it does with what has become too large (T::IsWorthKeeping).
//
// Threads: safe from all threads, without a lock. Lifetime: one for the whole process, never destroyed: a thread that
// outlives main may still use it.
template <typename T>
class IdleStore {
 public:
  constexpr IdleStore() = default;
  IdleStore(const IdleStore&) = delete;
  IdleStore& operator=(const IdleStore&) = delete;

  std::unique_ptr<T> Take() {
    for (std::atomic<T*>& slot : slots_) {
      if (slot.load(std::memory_order_relaxed) == nullptr) continue;
      // Pairs with the release in Give.
      if (T* const found = slot.exchange(nullptr, std::memory_order_acquire); found != nullptr) {
        return std::unique_ptr<T>(found);
      }
    }
    return std::make_unique<T>();
  }

  void Give(std::unique_ptr<T> one) {
    if (!one->IsWorthKeeping()) return;
    for (std::atomic<T*>& slot : slots_) {
      T* none = nullptr;
      if (slot.load(std::memory_order_relaxed) != nullptr) continue;
      if (slot.compare_exchange_strong(none, one.get(), std::memory_order_release, std::memory_order_relaxed)) {
        static_cast<void>(one.release());
        return;
      }
    }
  }

  // One for as long as it lives.
  class Lease {
   public:
    explicit Lease(IdleStore& store) : store_(store), one_(store.Take()) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { store_.Give(std::move(one_)); }

    T& operator*() const { return *one_; }
    T* operator->() const { return one_.get(); }

   private:
    IdleStore& store_;
    std::unique_ptr<T> one_;
  };

 private:
  static constexpr std::size_t kMostIdle = 16;

  std::array<std::atomic<T*>, kMostIdle> slots_{};
};

}  // namespace leat::record

#endif  // LEAT_RECORD_IDLE_STORE_H_
