// Consumers of one group, polled in turn by one thread, as if each had its own.
#ifndef LEAT_TESTS_SUPPORT_GROUP_MEMBERS_H_
#define LEAT_TESTS_SUPPORT_GROUP_MEMBERS_H_

#include <leat/leat.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace leat::testing {

using Names = std::vector<TopicPartition>;

// What it holds now, sorted; no error is expected.
inline Names AssignmentOf(const Consumer& consumer) {
  auto names = consumer.assignment();
  if (!names.ok()) throw std::runtime_error(names.status().ToString());
  return *std::move(names);
}

// Polls it until there is nothing more at once, and returns "topic-partition@offset=value" of each record.
inline std::vector<std::string> PollAll(Consumer& consumer) {
  std::vector<std::string> seen;
  for (;;) {
    const ConsumerRecords records = consumer.Poll(std::chrono::milliseconds(0));
    if (!records.status().ok()) throw std::runtime_error(records.status().ToString());
    if (records.empty()) return seen;
    for (const ConsumerRecord& r : records) {
      seen.push_back(fmt::format("{}-{}@{}={}", r.topic(), r.partition(), r.offset(), r.value()));
    }
  }
}

// Polls all of them in turn until `settled` holds, and drops what they return. Gives up when that must be a hang.
inline void PollUntil(const std::vector<Consumer*>& members, const std::function<bool()>& settled) {
  const auto hang = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!settled()) {
    for (Consumer* member : members) {
      const ConsumerRecords records = member->Poll(std::chrono::milliseconds(0));
      if (!records.status().ok()) throw std::runtime_error(records.status().ToString());
    }
    if (std::chrono::steady_clock::now() > hang) throw std::runtime_error("a hang: the group does not settle");
    std::this_thread::yield();
  }
}

// Whether nobody shares a partition with another and each has between `least` and `most`; the sum is `all`.
inline bool Divided(const std::vector<Consumer*>& members, std::size_t all, std::size_t least, std::size_t most) {
  Names together;
  for (const Consumer* member : members) {
    const Names names = AssignmentOf(*member);
    if (names.size() < least || names.size() > most) return false;
    together.insert(together.end(), names.begin(), names.end());
  }
  std::sort(together.begin(), together.end());
  if (std::adjacent_find(together.begin(), together.end()) != together.end()) {
    throw std::runtime_error("a partition has two owners");
  }
  return together.size() == all;
}

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_GROUP_MEMBERS_H_
