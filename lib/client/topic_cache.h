// The topics that a Producer has sent to by name.
#ifndef LEAT_CLIENT_TOPIC_CACHE_H_
#define LEAT_CLIENT_TOPIC_CACHE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "broker/backend.h"

namespace leat::client {

// Threads: safe from all threads.
class TopicCache {
 public:
  // The topic as it is now: everything is looked up anew when the list of topics has changed.
  absl::StatusOr<std::shared_ptr<const broker::TopicBackend>> Find(broker::Backend& backend, std::string_view name) {
    const std::uint64_t generation = backend.TopicListGeneration();
    {
      const base::MutexLock lock(mutex_);
      if (generation_ != generation) topics_.clear();
      generation_ = generation;
      if (const auto found = topics_.find(name); found != topics_.end()) return found->second;
    }
    auto topic = backend.FindTopic(name);
    if (!topic.ok()) return topic;
    const base::MutexLock lock(mutex_);
    // It may be older than what another thread knows by now.
    if (generation_ == generation) topics_.emplace(std::string(name), *topic);
    return topic;
  }

 private:
  // Abseil of 2022 hashes no std::string_view by itself.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };

  base::Mutex mutex_;
  std::uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::shared_ptr<const broker::TopicBackend>, Hash, std::equal_to<>> topics_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace leat::client

#endif  // LEAT_CLIENT_TOPIC_CACHE_H_
