#include "io/posix_mapped_file.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>

#include "io/mapped_pages.h"
#include "io/posix_error.h"

namespace leat::io {
namespace {

class PosixMappedFile final : public MappedFile {
 public:
  PosixMappedFile(std::byte* data, std::size_t size, MapAccess access, std::string path)
      : MappedFile(data, size), access_(access), path_(std::move(path)) {}
  ~PosixMappedFile() override { ::munmap(data(), size()); }

  void AdviseHugePages() override { ::madvise(data(), size(), MADV_HUGEPAGE); }

  absl::Status Populate(std::size_t position, std::size_t size_asked) override {
    return PopulatePages(*this, position, size_asked, access_, path_);
  }

  absl::Status Sync(std::size_t position, std::size_t size_asked) override {
    if (absl::Status status = CheckWithinMapping(*this, position, size_asked, path_); !status.ok()) return status;
    if (size_asked == 0) return absl::OkStatus();
    const std::size_t begin = position / PageSize() * PageSize();
    if (::msync(data() + begin, position + size_asked - begin, MS_SYNC) == 0) return absl::OkStatus();
    return PosixError(errno, "sync the mapping of", path_);
  }

 private:
  const MapAccess access_;
  const std::string path_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MappedFile>> MapDescriptor(int descriptor, std::size_t size, MapAccess access,
                                                          const std::string& path) {
  const int protection = access == MapAccess::kRead ? PROT_READ : PROT_READ | PROT_WRITE;
  absl::StatusOr<std::byte*> data = MapPages(size, protection, MAP_SHARED | MAP_NORESERVE, descriptor, path);
  if (!data.ok()) return data.status();
  return std::make_unique<PosixMappedFile>(*data, size, access, path);
}

}  // namespace leat::io
