// The sticky assignor. Three steps: keep what may stay; give what is nobody's to whoever has least; then, while some
// member has two more than another that could take one of them, hand one on. The last also over others: if A and B
// share a topic, and B and C do, A gives to B and B to C.
//
// That ends where nothing can be improved by handing on along any such chain, and it is a fact about this kind of
// problem (semi-matchings) that there is no better balance then. Where all members subscribe to the same, chains have
// one link and everybody's share is known beforehand: the number of moves is the least possible.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include "group/assignors.h"
#include "group/layout.h"

namespace leat::group {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

class StickyAssignment {
 public:
  explicit StickyAssignment(MembershipState& state);

  void Run();

 private:
  // Topics that the same members read: what can be handed on of one can be of the others.
  struct Shared {
    std::vector<std::size_t> topics;
    std::vector<std::size_t> readers;
    std::vector<bool> reads;  // by reader
  };
  // How a chain came to a member: it hands a partition of `shared` on to `next`.
  struct Link {
    std::size_t shared = kNone;
    std::size_t next = kNone;
  };

  std::size_t ReaderOf(std::size_t topic, MemberIndex index) const;
  void Keep();
  void GiveOut();
  void LevelShares();
  void LevelChains();
  bool Relieve(std::size_t to, std::vector<bool>& hopeless);
  void HandOn(std::size_t from, const std::vector<Link>& links, std::size_t to);
  void HandOnOne(std::size_t from, const Link& link);
  void Give(std::size_t topic, std::size_t partition, std::size_t reader);
  void Take(std::size_t topic, std::size_t partition);
  std::uint32_t& Count(std::size_t shared, std::size_t reader) { return counts_[shared * load_.size() + reader]; }

  // Readers are members by their position.
  MembershipState& state_;
  std::vector<std::size_t> position_;  // of the members, by their index
  std::vector<Shared> shared_;
  std::vector<std::size_t> shared_of_;               // by topic
  std::vector<std::vector<std::size_t>> shared_by_;  // by reader
  std::vector<std::size_t> load_;                    // partitions of each reader
  std::vector<std::uint32_t> counts_;                // partitions by place in shared_ and reader
};

StickyAssignment::StickyAssignment(MembershipState& state)
    : state_(state), position_(kMaxMembers, kNone), shared_by_(state.members.size()), load_(state.members.size()) {
  for (std::size_t m = 0; m < state.members.size(); ++m) position_[state.members[m].index] = m;
  std::map<std::vector<bool>, std::size_t> known;  // by which subscriptions have the topic
  for (std::size_t t = 0; t < state.topics.size(); ++t) {
    std::vector<bool> subscribed;
    for (const std::vector<std::string>& topics : state.subscriptions) {
      subscribed.push_back(std::binary_search(topics.begin(), topics.end(), state.topics[t].name));
    }
    const auto [at, is_new] = known.try_emplace(subscribed, shared_.size());
    shared_of_.push_back(at->second);
    if (is_new) {
      Shared& shared = shared_.emplace_back();
      for (std::size_t m = 0; m < state.members.size(); ++m) {
        shared.reads.push_back(subscribed[state.members[m].subscription]);
        if (!shared.reads.back()) continue;
        shared.readers.push_back(m);
        shared_by_[m].push_back(at->second);
      }
    }
    shared_[at->second].topics.push_back(t);
  }
  counts_.resize(shared_.size() * load_.size());
}

void StickyAssignment::Run() {
  Keep();
  GiveOut();
  if (state_.subscriptions.size() <= 1) {
    LevelShares();
  } else {
    LevelChains();
  }
}

std::size_t StickyAssignment::ReaderOf(std::size_t topic, MemberIndex index) const {
  const std::size_t reader = index < position_.size() ? position_[index] : kNone;
  return reader != kNone && shared_[shared_of_[topic]].reads[reader] ? reader : kNone;
}

void StickyAssignment::Keep() {
  for (std::size_t t = 0; t < state_.topics.size(); ++t) {
    TopicState& topic = state_.topics[t];
    for (std::size_t p = 0; p < topic.partitions(); ++p) {
      std::size_t reader = ReaderOf(t, topic.target[p]);
      // Its target is gone before it got it: then it need not move at all.
      if (reader == kNone) reader = ReaderOf(t, topic.owner[p]);
      topic.target[p] = kNobody;
      if (reader != kNone) Give(t, p, reader);
    }
  }
}

void StickyAssignment::GiveOut() {
  for (std::size_t t = 0; t < state_.topics.size(); ++t) {
    const std::vector<std::size_t>& readers = shared_[shared_of_[t]].readers;
    if (readers.empty()) continue;
    for (std::size_t p = 0; p < state_.topics[t].partitions(); ++p) {
      if (state_.topics[t].target[p] != kNobody) continue;
      const auto lightest = std::min_element(readers.begin(), readers.end(),
                                             [this](std::size_t a, std::size_t b) { return load_[a] < load_[b]; });
      Give(t, p, *lightest);
    }
  }
}

// Everybody's share is the same, but for the remainder, which goes to those that have most.
void StickyAssignment::LevelShares() {
  if (load_.empty()) return;
  const std::size_t all = std::accumulate(load_.begin(), load_.end(), std::size_t{0});
  std::vector<std::size_t> share(load_.size(), all / load_.size());
  std::vector<std::size_t> order(load_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) { return load_[a] > load_[b]; });
  for (std::size_t i = 0; i < all % load_.size(); ++i) ++share[order[i]];
  std::size_t short_of = 0;
  for (std::size_t t = 0; t < state_.topics.size(); ++t) {
    for (std::size_t p = 0; p < state_.topics[t].partitions(); ++p) {
      const std::size_t reader = ReaderOf(t, state_.topics[t].target[p]);
      if (reader == kNone || load_[reader] <= share[reader]) continue;
      while (load_[short_of] >= share[short_of]) ++short_of;
      Take(t, p);
      Give(t, p, short_of);
    }
  }
}

void StickyAssignment::LevelChains() {
  if (load_.empty()) return;
  std::vector<std::size_t> order(load_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (bool improved = true; improved;) {
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return load_[a] < load_[b]; });
    std::vector<bool> hopeless(load_.size());
    const std::size_t most = load_[order.back()];
    improved = std::any_of(order.begin(), order.end(), [&](std::size_t to) {
      return load_[to] + 2 <= most && !hopeless[to] && Relieve(to, hopeless);
    });
  }
}

// Finds, backwards and shortest chain first, somebody with two more than `to`, and hands one on from there to here. If
// there is nobody, then neither for those on the way who have as much: whoever could give to them could to `to`.
bool StickyAssignment::Relieve(std::size_t to, std::vector<bool>& hopeless) {
  std::vector<Link> links(load_.size());
  std::vector<bool> seen_shared(shared_.size()), seen(load_.size());
  std::vector<std::size_t> queue = {to};
  seen[to] = true;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const std::size_t shared : shared_by_[queue[i]]) {
      if (seen_shared[shared]) continue;
      seen_shared[shared] = true;
      for (const std::size_t reader : shared_[shared].readers) {
        if (seen[reader] || Count(shared, reader) == 0) continue;
        seen[reader] = true;
        links[reader] = {shared, queue[i]};
        if (load_[reader] >= load_[to] + 2) {
          HandOn(reader, links, to);
          return true;
        }
        queue.push_back(reader);
      }
    }
  }
  for (const std::size_t reader : queue) {
    if (load_[reader] >= load_[to]) hopeless[reader] = true;
  }
  return false;
}

// No two links are of the same topics, as each led to its readers once: what a reader gets it does not hand on.
void StickyAssignment::HandOn(std::size_t from, const std::vector<Link>& links, std::size_t to) {
  for (std::size_t reader = from; reader != to; reader = links[reader].next) HandOnOne(reader, links[reader]);
}

void StickyAssignment::HandOnOne(std::size_t from, const Link& link) {
  for (const std::size_t topic : shared_[link.shared].topics) {
    const std::vector<MemberIndex>& target = state_.topics[topic].target;
    const auto at = std::find(target.begin(), target.end(), state_.members[from].index);
    if (at == target.end()) continue;
    const auto partition = static_cast<std::size_t>(at - target.begin());
    Take(topic, partition);
    Give(topic, partition, link.next);
    return;
  }
}

void StickyAssignment::Give(std::size_t topic, std::size_t partition, std::size_t reader) {
  state_.topics[topic].target[partition] = state_.members[reader].index;
  ++load_[reader];
  ++Count(shared_of_[topic], reader);
}

void StickyAssignment::Take(std::size_t topic, std::size_t partition) {
  const std::size_t reader = position_[state_.topics[topic].target[partition]];
  --load_[reader];
  --Count(shared_of_[topic], reader);
}

}  // namespace

void AssignSticky(MembershipState& state) { StickyAssignment(state).Run(); }

}  // namespace leat::group
