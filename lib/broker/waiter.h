// How a consumer of a folder of this machine sleeps until one of its partitions grows. shared/doorbell.h has the
// protocol.
#ifndef LEAT_BROKER_WAITER_H_
#define LEAT_BROKER_WAITER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "broker/backend.h"
#include "broker/folder.h"

namespace leat::broker {

class LocalWaiter final : public Waiter {
 public:
  explicit LocalWaiter(std::shared_ptr<Folder> folder)
      : folder_(std::move(folder)), activity_line_(folder_->NextActivityLine()) {}

  // Returns early, too, when the list of topics changes or the folder is closed.
  void Wait(std::span<const Watched> watched, std::chrono::nanoseconds timeout) override;
  void Wake() override;
  void Watch(const std::atomic<std::uint32_t>* word, std::uint32_t seen) override {
    word_ = word;
    word_seen_ = seen;
  }
  void CountPolls(std::uint32_t polls, std::uint32_t with_records) override;

 private:
  struct Round {
    std::span<const Watched> watched;
    std::uint64_t topics;  // the list's generation when the wait began
    std::chrono::nanoseconds deadline;
  };

  bool IsOver(const Round& round);
  bool Spin(const Round& round);
  void SleepAtDoorbell(const Round& round);
  void LookNowAndThen(const Round& round);
  std::chrono::nanoseconds Left(const Round& round) const;

  const std::shared_ptr<Folder> folder_;
  const std::uint32_t activity_line_;
  std::atomic<std::uint32_t> wakes_{0};        // Wake calls so far
  std::atomic<std::uint32_t> wakes_taken_{0};  // of these, what a Wait has returned for
  const std::atomic<std::uint32_t>* word_ = nullptr;
  std::uint32_t word_seen_ = 0;
  bool slept_in_vain_ = false;  // the last wait, to its end
};

}  // namespace leat::broker

#endif  // LEAT_BROKER_WAITER_H_
