// The names of a simulated disk: those that are on the medium, and what has changed since, which a power loss may undo.
#ifndef LEAT_IO_DIRECTORY_HISTORY_H_
#define LEAT_IO_DIRECTORY_HISTORY_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace leat::io {

// Directories and files are called by their inodes.
//
// Threads: one at a time; its owner sees to that.
class DirectoryHistory {
 public:
  using Inode = std::uint64_t;
  using Names = std::map<std::string, Inode>;
  using Tree = std::map<Inode, Names>;  // by directory

  void Added(Inode directory, std::string name, Inode inode);
  void Removed(Inode directory, std::string name);
  // Wholly or not at all, as a journal keeps it.
  void Renamed(Inode from_directory, std::string from, Inode to_directory, std::string to, Inode inode);

  // What has happened in that directory is on the medium.
  void Sync(Inode directory);
  // The kernel writes back what came first, of its own accord.
  void WriteBack(base::Random& random);
  void SyncAll();

  // All that have a name, may lose it, or may get it back.
  std::set<Inode> Mentioned() const;

  // What a power loss might leave now: of the changes that are not synced any first ones, as a journal would, or any
  // at all.
  Tree AfterPowerLoss(base::Random& random) const;

 private:
  struct Change {
    Inode from_directory;
    std::string from;  // empty: only added
    Inode to_directory;
    std::string to;  // empty: only removed
    Inode inode;
  };

  static void Apply(const Change& change, Tree& tree);
  void SyncFirst(std::size_t count);

  Tree stored_;
  std::vector<Change> pending_;
};

}  // namespace leat::io

#endif  // LEAT_IO_DIRECTORY_HISTORY_H_
