// The two file systems that must behave alike, each with a folder to work in.
#ifndef LEAT_TESTS_UNIT_IO_PLACE_H_
#define LEAT_TESTS_UNIT_IO_PLACE_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "io/file_system.h"
#include "io/memory_file_system.h"
#include "io/posix_file_system.h"
#include "support/temp_folder.h"

namespace leat::io {

enum class Kind { kPosix, kMemory };

class Place {
 public:
  explicit Place(Kind kind) : files_(kind == Kind::kPosix ? MakePosixFileSystem() : MakeMemoryFileSystem()) {
    if (kind == Kind::kPosix) {
      folder_ = std::make_unique<testing::TempFolder>();
    } else {
      path_ = "/memory";
      files_->MakeDirectory(path_).IgnoreError();
    }
  }

  FileSystem& files() { return *files_; }
  const std::string& path() const { return folder_ != nullptr ? folder_->path() : path_; }
  std::string operator/(std::string_view name) const { return JoinPath(path(), name); }

 private:
  std::shared_ptr<FileSystem> files_;
  std::unique_ptr<testing::TempFolder> folder_;
  std::string path_;
};

inline std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// Up to `size` bytes of the file from `position` on; "ERROR ..." when it can't be read.
inline std::string Read(const File& file, std::int64_t position, std::size_t size) {
  std::string text(size, '?');
  const auto read = file.ReadAt(position, std::as_writable_bytes(std::span(text)));
  if (!read.ok()) return "ERROR " + std::string(read.status().message());
  text.resize(*read);
  return text;
}

}  // namespace leat::io

#endif  // LEAT_TESTS_UNIT_IO_PLACE_H_
