// What both kinds of mapping, of a file and of anonymous memory, ask of the kernel.
#ifndef LEAT_IO_MAPPED_PAGES_H_
#define LEAT_IO_MAPPED_PAGES_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/mapped_file.h"

namespace leat::io {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t PageSize();

// mmap(2) of `size` bytes. From one huge page on, the address is a multiple of its size, for else no huge page ever
// fits into the mapping. `path` is for errors.
absl::StatusOr<std::byte*> MapPages(std::size_t size, int protection, int flags, int descriptor,
                                    const std::string& path);

// kInvalidArgument unless [position, position + size) lies within the mapping.
absl::Status CheckWithinMapping(const MappedFile& mapping, std::size_t position, std::size_t size,
                                const std::string& path);

// madvise(MADV_POPULATE_*) of the pages that [position, position + size) of a mapping touches.
absl::Status PopulatePages(const MappedFile& mapping, std::size_t position, std::size_t size, MapAccess access,
                           const std::string& path);

}  // namespace leat::io

#endif  // LEAT_IO_MAPPED_PAGES_H_
