#include <utility>

#include "log/segment_writer.h"

namespace leat::log {
namespace {

class PwriteSegmentWriter final : public SegmentWriter {
 public:
  explicit PwriteSegmentWriter(std::unique_ptr<io::File> file) : SegmentWriter(std::move(file)) {}

  absl::Status Write(std::int64_t position, std::span<const std::byte> head,
                     std::span<const std::byte> rest) override {
    return file().WriteAt(position, head, rest);
  }

  void Prepare(std::int64_t, std::int64_t) override {}
};

}  // namespace

absl::StatusOr<std::shared_ptr<SegmentWriter>> SegmentWriter::Pwrite(std::unique_ptr<io::File> file) {
  return std::shared_ptr<SegmentWriter>(new PwriteSegmentWriter(std::move(file)));
}

}  // namespace leat::log
