#include <condition_variable>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "harness/bounds.h"
#include "harness/clock.h"
#include "harness/values.h"

namespace leat::bench {
namespace {

class HandWrittenQueue {
 public:
  void Push(std::string value) {
    {
      const std::lock_guard lock(mutex_);
      values_.push_back(std::move(value));
    }
    changed_.notify_one();
  }

  std::string Pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !values_.empty(); });
    std::string value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> values_;
};

}  // namespace

absl::StatusOr<double> CopyAndChecksum(const Flow& flow) {
  const auto batch = static_cast<std::size_t>(BatchBytes(flow));
  const auto size = static_cast<std::size_t>(flow.memory);
  const std::vector<std::byte> source(batch, std::byte{'x'});
  std::vector<std::byte> memory(size);  // zeroed: touched once before the time is taken
  std::uint32_t checksums = 0;
  std::size_t position = 0;
  const std::int64_t batches = (flow.records - flow.warmup) / flow.batch;
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t i = 0; i < batches; ++i) {
    if (position + batch > size) position = 0;
    std::memcpy(memory.data() + position, source.data(), batch);
    checksums ^= Crc32c({memory.data() + position, batch});
    position += batch;
  }
  const double seconds = SecondsSince(begin_ns);
  // An even number of equal checksums cancels out, an odd one leaves one.
  const std::uint32_t expected = batches % 2 == 0 ? 0 : Crc32c(source);
  if (checksums != expected) return absl::DataLossError("a checksum of the bound is wrong");
  return static_cast<double>(batches * flow.batch) / 1e6 / seconds;
}

absl::StatusOr<double> DequeFlow(const Flow& flow) {
  HandWrittenQueue queue;
  const std::int64_t begin_ns = NowNs();
  std::thread producer([&] {
    Values values(flow.value_size);
    for (std::int64_t i = 0; i < flow.records; ++i) queue.Push(std::string(values.Stamp(Values::MakeStamp(0, i))));
  });
  const Values values(flow.value_size);
  bool right = true;
  for (std::int64_t i = 0; i < flow.records; ++i) {
    const std::string value = queue.Pop();
    right = right && Values::StampOf(value) == Values::MakeStamp(0, i) && values.RestIsRight(value);
  }
  const double seconds = SecondsSince(begin_ns);
  producer.join();
  if (!right) return absl::DataLossError("a record of the deque is wrong");
  return static_cast<double>(flow.records) / 1e6 / seconds;
}

}  // namespace leat::bench
