// A topic and its partitions, found once and used many times.
#ifndef LEAT_TOPIC_H_
#define LEAT_TOPIC_H_

#include <memory>
#include <string>

#include <leat/partition.h>
#include <leat/topic_options.h>
#include <leat/types.h>
#include "absl/status/statusor.h"

namespace leat {
namespace broker {
class Backend;
struct TopicBackend;
}  // namespace broker
inline namespace v1 {

// A resolved handle of a topic: Broker::EnsureTopic, CreateTopic and FindTopic give it. Sending through it costs no
// look-up.
//
// It stands for one incarnation: when the topic is deleted, what is done through the handle fails with kNotFound,
// also when another topic of that name has been made since. Partitions that are added later are seen by a handle
// found later.
//
// Threads: immutable, safe from all threads. Lifetime: copies share; keeps the broker's folder open in this process.
class Topic {
 public:
  // Its name, as it was made.
  const std::string& name() const;
  // Kafka's topic id: 22 characters of URL-safe base64.
  const std::string& id() const;
  // Its settings, and how many partitions it has, when the handle was found.
  const TopicOptions& options() const;
  PartitionId partition_count() const;

  // kOutOfRange when `id` is not in [0, partition_count()).
  absl::StatusOr<Partition> partition(PartitionId id) const;

 private:
  friend class Broker;
  friend class Producer;
  friend class Consumer;
  Topic(std::shared_ptr<broker::Backend> backend, std::shared_ptr<const broker::TopicBackend> topic);

  std::shared_ptr<broker::Backend> backend_;
  std::shared_ptr<const broker::TopicBackend> topic_;
};

}  // namespace v1
}  // namespace leat

#endif  // LEAT_TOPIC_H_
