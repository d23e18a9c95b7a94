#include "io/mapped_pages.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "io/posix_error.h"

namespace leat::io {
namespace {

// Linux 5.14; the headers of an older system lack them.
constexpr int kPopulateRead = 22;
constexpr int kPopulateWrite = 23;

bool IsHugePageAligned(const void* address) { return reinterpret_cast<std::uintptr_t>(address) % kHugePage == 0; }

// Maps over a reservation that is large enough to hold an aligned place, and gives back what lies around it.
void* MapAligned(std::size_t size, int protection, int flags, int descriptor) {
  const std::size_t whole = (size + PageSize() - 1) / PageSize() * PageSize();
  const std::size_t reserved = whole + kHugePage;
  void* const reservation = ::mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reservation == MAP_FAILED) return MAP_FAILED;
  auto* const begin = static_cast<std::byte*>(reservation);
  const std::size_t ahead = (kHugePage - reinterpret_cast<std::uintptr_t>(begin) % kHugePage) % kHugePage;
  void* const mapped = ::mmap(begin + ahead, size, protection, flags | MAP_FIXED, descriptor, 0);
  if (mapped == MAP_FAILED) {
    const int error = errno;
    ::munmap(begin, reserved);
    errno = error;
    return MAP_FAILED;
  }
  if (ahead > 0) ::munmap(begin, ahead);
  if (ahead < kHugePage) ::munmap(begin + ahead + whole, kHugePage - ahead);
  return mapped;
}

}  // namespace

std::size_t PageSize() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

absl::StatusOr<std::byte*> MapPages(std::size_t size, int protection, int flags, int descriptor,
                                    const std::string& path) {
  if (size == 0) return absl::InvalidArgumentError(fmt::format("cannot map 0 bytes of {}", path));
  void* mapped = ::mmap(nullptr, size, protection, flags, descriptor, 0);
  if (mapped != MAP_FAILED && size >= kHugePage && !IsHugePageAligned(mapped)) {
    ::munmap(mapped, size);
    mapped = MapAligned(size, protection, flags, descriptor);
  }
  if (mapped == MAP_FAILED) return PosixError(errno, fmt::format("map {} bytes of", size), path);
  return static_cast<std::byte*>(mapped);
}

absl::Status CheckWithinMapping(const MappedFile& mapping, std::size_t position, std::size_t size,
                                const std::string& path) {
  if (position <= mapping.size() && size <= mapping.size() - position) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("bytes {}..{} lie beyond the mapping of {} ({} bytes)", position,
                                                position + size, path, mapping.size()));
}

absl::Status PopulatePages(const MappedFile& mapping, std::size_t position, std::size_t size, MapAccess access,
                           const std::string& path) {
  if (absl::Status status = CheckWithinMapping(mapping, position, size, path); !status.ok()) {
    return absl::UnavailableError(std::string(status.message()));
  }
  if (size == 0) return absl::OkStatus();
  const std::size_t begin = position / PageSize() * PageSize();
  const int advice = access == MapAccess::kRead ? kPopulateRead : kPopulateWrite;
  if (::madvise(mapping.data() + begin, position + size - begin, advice) == 0) return absl::OkStatus();
  // Whatever the reason: it is a kernel before 5.14, memory that is short, or a page beyond the file's end, and the
  // bytes are as good as before.
  return absl::UnavailableError(fmt::format("the kernel did not populate bytes {}..{} of {}: {}", position,
                                            position + size, path, std::system_category().message(errno)));
}

}  // namespace leat::io
