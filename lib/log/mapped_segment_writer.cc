#include <algorithm>
#include <cstring>
#include <utility>

#include "log/segment_writer.h"
#include "log/streaming_copy.h"

namespace leat::log {
namespace {

constexpr std::size_t kStreamFrom = 8192;

class MappedSegmentWriter final : public SegmentWriter {
 public:
  MappedSegmentWriter(std::unique_ptr<io::File> file, std::unique_ptr<io::MappedFile> mapping)
      : SegmentWriter(std::move(file)), mapping_(std::move(mapping)) {}

  absl::Status Write(std::int64_t position, std::span<const std::byte> head,
                     std::span<const std::byte> rest) override {
    std::byte* to = mapping_->data() + position;
    std::memcpy(to, head.data(), head.size());
    if (rest.size() < kStreamFrom) {
      std::memcpy(to + head.size(), rest.data(), rest.size());
    } else {
      StreamingCopy(to + head.size(), rest.data(), rest.size());
    }
    return absl::OkStatus();
  }

  // In steps, so that the writer's own faults find the mapping free in between.
  void Prepare(std::int64_t position, std::int64_t size) override {
    constexpr std::int64_t kStep = 2 << 20;
    for (const std::int64_t end = position + size; position < end;) {
      const std::int64_t step = std::min(end - position, kStep - position % kStep);
      if (!mapping_->Populate(static_cast<std::size_t>(position), static_cast<std::size_t>(step)).ok()) return;
      position += step;
    }
  }

 private:
  std::unique_ptr<io::MappedFile> mapping_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<SegmentWriter>> SegmentWriter::Mapped(std::unique_ptr<io::File> file,
                                                                     std::size_t size) {
  auto mapping = file->Map(size, io::MapAccess::kReadWrite);
  if (!mapping.ok()) return mapping.status();
  (*mapping)->AdviseHugePages();
  return std::shared_ptr<SegmentWriter>(new MappedSegmentWriter(std::move(file), std::move(*mapping)));
}

}  // namespace leat::log
