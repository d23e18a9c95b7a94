// Holds the indexes of a finished segment against its batches, as a walk over these goes on.
#ifndef LEAT_LOG_INDEX_CHECK_H_
#define LEAT_LOG_INDEX_CHECK_H_

#include <leat/batch.h>
#include <leat/types.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "io/file_system.h"
#include "log/offset_index.h"
#include "log/time_index.h"

namespace leat::log {

class IndexCheck {
 public:
  // An index that is not there is not wrong. Errors: what a file answers but kDataLoss.
  static absl::StatusOr<IndexCheck> Load(io::FileSystem& files, const std::string& folder, Offset base,
                                         std::int64_t log_size);

  // The next batch, and where it stands.
  void See(const BatchView& batch, std::int64_t position);

  // After the last one: what is wrong; empty when nothing is.
  std::string Finish();

 private:
  void SeeOffset(const BatchView& batch, std::int64_t position);
  void SeeTime(const BatchView& batch);

  std::optional<OffsetIndex> offsets_;
  std::optional<TimeIndex> times_;
  std::size_t next_offset_ = 0;  // entries that were found right
  std::size_t next_time_ = 0;
  std::int64_t max_timestamp_ = std::numeric_limits<std::int64_t>::min();
  std::string wrong_;
};

}  // namespace leat::log

#endif  // LEAT_LOG_INDEX_CHECK_H_
