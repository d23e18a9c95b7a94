// What a medium holds of a file whose newest bytes are in memory: the half of a simulated disk that a power loss leaves.
#ifndef LEAT_IO_STORED_FILE_H_
#define LEAT_IO_STORED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "io/file_system.h"

namespace leat::io {

// A disk writes 512 bytes wholly or not at all; of what was not synced it has written whichever of these it liked.
inline constexpr std::size_t kSector = 512;

// Threads: one at a time; its owner sees to that.
class StoredFile {
 public:
  // `content` is the file as everybody reads it; all of it is on the medium at the beginning. A directory has none.
  static absl::StatusOr<std::shared_ptr<StoredFile>> Make(FileId id, std::unique_ptr<File> content);

  FileId id() const { return id_; }
  bool is_directory() const { return content_ == nullptr; }

  // All bytes and the size reach the medium, but for those of which an earlier sync has said that it failed: the
  // kernel has forgotten that they were to be written, and says "synced" from then on.
  absl::Status Sync();

  // A sync that fails. What was to be written reached the medium in part, and is not written by any later one.
  absl::Status FailSync(base::Random& random);
  // How many have failed. Each open file reports each failure once.
  int failed_syncs() const { return failed_syncs_; }

  // The kernel writes back some of the sectors, of its own accord.
  absl::Status WriteBack(base::Random& random);

  // What a power loss might leave now.
  absl::StatusOr<std::string> AfterPowerLoss(base::Random& random) const;

 private:
  StoredFile(FileId id, std::unique_ptr<File> content) : id_(id), content_(std::move(content)) {}

  absl::StatusOr<std::string> Content() const;
  bool IsDirty(const std::string& content, std::size_t sector) const;
  static void CopySector(const std::string& from, std::size_t sector, std::string& to);

  const FileId id_;
  const std::unique_ptr<File> content_;
  std::string stored_;  // on the medium
  std::string clean_;   // what the kernel takes to be there: the same, until a sync has failed
  int failed_syncs_ = 0;
};

}  // namespace leat::io

#endif  // LEAT_IO_STORED_FILE_H_
