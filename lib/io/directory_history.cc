#include "io/directory_history.h"

#include <utility>

namespace leat::io {

void DirectoryHistory::Added(Inode directory, std::string name, Inode inode) {
  pending_.push_back({directory, {}, directory, std::move(name), inode});
}

void DirectoryHistory::Removed(Inode directory, std::string name) {
  pending_.push_back({directory, std::move(name), directory, {}, 0});
}

void DirectoryHistory::Renamed(Inode from_directory, std::string from, Inode to_directory, std::string to,
                               Inode inode) {
  pending_.push_back({from_directory, std::move(from), to_directory, std::move(to), inode});
}

void DirectoryHistory::Apply(const Change& change, Tree& tree) {
  if (!change.from.empty()) tree[change.from_directory].erase(change.from);
  if (!change.to.empty()) tree[change.to_directory][change.to] = change.inode;
}

void DirectoryHistory::Sync(Inode directory) {
  std::vector<Change> later;
  for (Change& change : pending_) {
    if (change.from_directory == directory || change.to_directory == directory) {
      Apply(change, stored_);
    } else {
      later.push_back(std::move(change));
    }
  }
  pending_ = std::move(later);
}

void DirectoryHistory::SyncFirst(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) Apply(pending_[i], stored_);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
}

void DirectoryHistory::WriteBack(base::Random& random) { SyncFirst(random.Next() % (pending_.size() + 1)); }

void DirectoryHistory::SyncAll() { SyncFirst(pending_.size()); }

std::set<DirectoryHistory::Inode> DirectoryHistory::Mentioned() const {
  std::set<Inode> mentioned;
  for (const auto& [directory, names] : stored_) {
    for (const auto& [name, inode] : names) mentioned.insert(inode);
  }
  for (const Change& change : pending_) mentioned.insert(change.inode);
  return mentioned;
}

DirectoryHistory::Tree DirectoryHistory::AfterPowerLoss(base::Random& random) const {
  Tree tree = stored_;
  const bool in_order = random.Next() % 2 == 0;
  const std::size_t first = random.Next() % (pending_.size() + 1);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (in_order ? i < first : random.Next() % 2 == 0) Apply(pending_[i], tree);
  }
  return tree;
}

}  // namespace leat::io
