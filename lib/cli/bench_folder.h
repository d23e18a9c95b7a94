// A folder for measurements, gone when they are over.
#ifndef LEAT_CLI_BENCH_FOLDER_H_
#define LEAT_CLI_BENCH_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"

namespace leat::cli {

// Lies beside the folder that was named, on the same disk. Not in it: a topic among the others would be read by
// whoever reads all that match, and would be left there by a kill -9.
class BenchFolder {
 public:
  // kFailedPrecondition: there is no place on that disk beside it.
  static absl::StatusOr<BenchFolder> MakeBeside(const std::string& folder);

  BenchFolder(BenchFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  BenchFolder& operator=(BenchFolder&&) = delete;
  ~BenchFolder();

  const std::string& path() const { return path_; }

 private:
  explicit BenchFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_BENCH_FOLDER_H_
