#include "io/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "io/posix_error.h"
#include "io/posix_file.h"
#include "io/posix_traits.h"

namespace leat::io {
namespace {

int OpenFlags(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kReadWrite:
      return O_RDWR;
    case OpenMode::kCreate:
      return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

int OpenRetrying(const std::string& path, int flags) {
  for (;;) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    if (descriptor >= 0 || errno != EINTR) return descriptor;
  }
}

// A directory's descriptor, for the time of one call.
class DirectoryDescriptor {
 public:
  explicit DirectoryDescriptor(const std::string& path) : descriptor_(OpenRetrying(path, O_RDONLY | O_DIRECTORY)) {}
  ~DirectoryDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  DirectoryDescriptor(const DirectoryDescriptor&) = delete;
  DirectoryDescriptor& operator=(const DirectoryDescriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

class PosixFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    const int descriptor = OpenRetrying(path, OpenFlags(mode));
    if (descriptor < 0) return PosixError(errno, mode == OpenMode::kCreateNew ? "create" : "open", path);
    return std::make_unique<PosixFile>(path, descriptor);
  }

  absl::StatusOr<FileInfo> Info(const std::string& path) override {
    struct stat stat {};
    if (::stat(path.c_str(), &stat) != 0) return PosixError(errno, "look at", path);
    return ToFileInfo(stat);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    DIR* opened = nullptr;
    do {
      opened = ::opendir(directory.c_str());
    } while (opened == nullptr && errno == EINTR);
    if (opened == nullptr) return PosixError(errno, "list", directory);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(opened, ::closedir);
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* const entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return PosixError(errno, "list", directory);
    return names;
  }

  absl::Status MakeDirectory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0777) != 0) return PosixError(errno, "make the directory", path);
    return absl::OkStatus();
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return PosixError(errno, "rename " + from + " to", to);
    return absl::OkStatus();
  }

  absl::Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0) return absl::OkStatus();
    if (errno == EISDIR && ::rmdir(path.c_str()) == 0) return absl::OkStatus();
    return PosixError(errno, "remove", path);
  }

  absl::Status SyncDirectory(const std::string& path) override {
    const DirectoryDescriptor directory(path);
    if (directory.get() < 0) return PosixError(errno, "open", path);
    while (::fsync(directory.get()) != 0) {
      if (errno != EINTR) return PosixError(errno, "sync the directory", path);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<FileSystemTraits> Traits(const std::string& path) override { return PosixTraits(path); }
  absl::StatusOr<std::int64_t> FreeBytes(const std::string& path) override { return PosixFreeBytes(path); }

  absl::Status TakePermissionsOf(const std::string& path, const FileInfo& like) override {
    const DirectoryDescriptor directory(path);
    if (directory.get() >= 0) return TakePermissions(directory.get(), like, path);
    // A umask may have locked even us out of what we have just made; only its owner may let himself in again.
    if (errno != EACCES || ::chmod(path.c_str(), S_IRWXU) != 0) return PosixError(errno, "open", path);
    const DirectoryDescriptor again(path);
    if (again.get() < 0) return PosixError(errno, "open", path);
    return TakePermissions(again.get(), like, path);
  }
};

}  // namespace

std::shared_ptr<FileSystem> MakePosixFileSystem() { return std::make_shared<PosixFileSystem>(); }

}  // namespace leat::io
