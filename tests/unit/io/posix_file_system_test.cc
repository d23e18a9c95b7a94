// What only the machine's file system can be asked.
#include "io/posix_file_system.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "place.h"
#include "support/catch.h"

namespace leat::io {
namespace {

using absl::StatusCode;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

// A file system mounted for the time of a test.
class Mount {
 public:
  Mount(std::string path, const char* type, const std::string& options) : path_(std::move(path)) {
    ::mkdir(path_.c_str(), 0755);
    mounted_ = ::mount(type, path_.c_str(), type, 0, options.c_str()) == 0;
  }
  ~Mount() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_;
};

// A resource limit, lowered for the time of a test.
class LoweredLimit {
 public:
  LoweredLimit(__rlimit_resource resource, rlim_t value) : resource_(resource) {
    ::getrlimit(resource_, &before_);
    rlimit lowered = before_;
    lowered.rlim_cur = value;
    ::setrlimit(resource_, &lowered);
  }
  ~LoweredLimit() { ::setrlimit(resource_, &before_); }
  LoweredLimit(const LoweredLimit&) = delete;
  LoweredLimit& operator=(const LoweredLimit&) = delete;

 private:
  __rlimit_resource resource_;
  rlimit before_{};
};

TEST_CASE("too many open files is told as such, with the way out") {
  Place place(Kind::kPosix);
  const LoweredLimit no_more(RLIMIT_NOFILE, 3);
  const auto status = place.files().Open(place / "a", OpenMode::kCreate).status();
  CHECK(status.code() == StatusCode::kResourceExhausted);
  CHECK(Message(status).find("ulimit -n") != std::string::npos);
}

TEST_CASE("a file beyond RLIMIT_FSIZE is refused instead of ending the process") {
  Place place(Kind::kPosix);
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  REQUIRE(file.ok());
  {
    const LoweredLimit small(RLIMIT_FSIZE, 4096);
    CHECK((*file)->Allocate(4096).ok());
    CHECK((*file)->WriteAt(4090, Bytes("123456")).ok());
    for (const absl::Status& status :
         {(*file)->Allocate(4097), (*file)->WriteAt(4090, Bytes("1234567")),
          (*file)->WriteAt(4090, Bytes("123456"), Bytes("7")), (*file)->Truncate(4097)}) {
      CHECK(status.code() == StatusCode::kResourceExhausted);
      CHECK(Message(status).find("RLIMIT_FSIZE") != std::string::npos);
      CHECK(Message(status).find(place / "a") != std::string::npos);
    }
    CHECK((*file)->Info()->size == 4096);
  }
  CHECK((*file)->Allocate(4097).ok());
}

TEST_CASE("descriptors are not inherited by other programs") {
  Place place(Kind::kPosix);
  const int next = ::dup(0);
  REQUIRE(next >= 0);
  ::close(next);
  auto file = place.files().Open(place / "a", OpenMode::kCreate);  // takes the lowest free number
  REQUIRE(file.ok());
  CHECK((::fcntl(next, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a full disk is an error that leaves what was there, and space helps") {
  testing::TempFolder folder;
  const Mount small(folder / "small", "tmpfs", "size=2m");
  if (!small.mounted()) {
    WARN("skipped: no right to mount a file system");
    return;
  }
  const auto files = MakePosixFileSystem();
  auto file = files->Open(folder / "small/a", OpenMode::kCreate);
  auto ballast = files->Open(folder / "small/b", OpenMode::kCreate);
  REQUIRE((file.ok() && ballast.ok()));
  REQUIRE((*ballast)->Allocate(1 << 20).ok());
  REQUIRE((*file)->Allocate(512 << 10).ok());
  REQUIRE((*file)->WriteAt(0, Bytes("kept")).ok());
  const absl::Status full = (*file)->Allocate(4 << 20);
  CHECK(full.code() == StatusCode::kResourceExhausted);
  CHECK(Message(full).find("free space") != std::string::npos);
  CHECK(Read(**file, 0, 4) == "kept");
  const std::string much(3 << 20, 'x');
  CHECK((*file)->WriteAt(0, Bytes(much)).code() == StatusCode::kResourceExhausted);
  REQUIRE((*file)->Truncate(512 << 10).ok());
  REQUIRE((*ballast)->Truncate(0).ok());
  CHECK((*file)->Allocate(1 << 20).ok());

  const auto traits = files->Traits(folder / "small");
  REQUIRE(traits.ok());
  CHECK(traits->name == "tmpfs");
  CHECK(traits->supported);
  CHECK(traits->mapped_writes);
  CHECK_FALSE(traits->needs_sync);
}

TEST_CASE("allocated bytes have blocks, also after somebody else has cut the file") {
  testing::TempFolder folder;
  const Mount small(folder / "small", "tmpfs", "size=8m");  // where blocks are counted exactly
  if (!small.mounted()) {
    WARN("skipped: no right to mount a file system");
    return;
  }
  const auto files = MakePosixFileSystem();
  const std::string path = folder / "small/a";
  const auto has_blocks = [&path](std::int64_t size) {
    struct stat stat {};
    return ::stat(path.c_str(), &stat) == 0 && stat.st_size == size && stat.st_blocks * 512 == size;
  };
  auto one = files->Open(path, OpenMode::kCreate);
  auto two = files->Open(path, OpenMode::kReadWrite);
  REQUIRE((one.ok() && two.ok()));
  REQUIRE((*one)->WriteAt((1 << 20) - 1, Bytes("x")).ok());  // behind a hole
  REQUIRE((*one)->Allocate(2 << 20).ok());
  CHECK(has_blocks(2 << 20));
  REQUIRE((*two)->Truncate(1 << 20).ok());
  REQUIRE((*one)->Allocate(2 << 20).ok());
  CHECK(has_blocks(2 << 20));
  REQUIRE((*two)->Truncate(1 << 20).ok());
  REQUIRE((*two)->Allocate(3 << 20).ok());
  REQUIRE((*one)->Allocate(4 << 20).ok());
  CHECK(has_blocks(4 << 20));
  REQUIRE((*one)->Truncate(1 << 20).ok());
  REQUIRE((*one)->Truncate(2 << 20).ok());
  REQUIRE((*one)->Allocate(2 << 20).ok());
  CHECK(has_blocks(2 << 20));
}

TEST_CASE("ramfs, which can't give a file its blocks, is named and not supported, but still filled with zeros") {
  testing::TempFolder folder;
  const Mount mount(folder / "ram", "ramfs", "");
  if (!mount.mounted()) {
    WARN("skipped: no right to mount a file system");
    return;
  }
  const auto files = MakePosixFileSystem();
  CHECK(files->Traits(folder / "ram")->name == "ramfs");
  CHECK_FALSE(files->Traits(folder / "ram")->supported);
  auto file = files->Open(folder / "ram/a", OpenMode::kCreate);
  REQUIRE(file.ok());
  REQUIRE((*file)->WriteAt(0, Bytes("abc")).ok());
  REQUIRE((*file)->Allocate(5'000'001).ok());
  CHECK((*file)->Info()->size == 5'000'001);
  CHECK(Read(**file, 0, 4) == std::string("abc\0", 4));
  CHECK(Read(**file, 5'000'000, 4) == std::string(1, '\0'));
  REQUIRE((*file)->Allocate(10).ok());
  CHECK((*file)->Info()->size == 5'000'001);
}

TEST_CASE("proc is unknown, and therefore not supported") {
  const auto traits = MakePosixFileSystem()->Traits("/proc");
  REQUIRE(traits.ok());
  CHECK_FALSE(traits->supported);
  CHECK_FALSE(traits->mapped_writes);
}

TEST_CASE("overlayfs is supported where a folder is the upper layer's alone") {
  testing::TempFolder folder;
  // An overlay's upper layer may not be an overlay itself, as a container's /tmp is.
  const Mount base(folder / "base", "tmpfs", "size=16m");
  const auto files = MakePosixFileSystem();
  for (const char* name : {"base/lower", "base/lower/old", "base/upper", "base/work"}) {
    files->MakeDirectory(folder / name).IgnoreError();
  }
  files->Open(folder / "base/lower/old/file", OpenMode::kCreate).IgnoreError();
  const Mount overlay(folder / "merged", "overlay",
                      "lowerdir=" + folder / "base/lower" + ",upperdir=" + folder / "base/upper" +
                          ",workdir=" + folder / "base/work");
  if (!overlay.mounted()) {
    WARN("skipped: no right to mount an overlay");
    return;
  }
  const auto old = files->Traits(folder / "merged/old");
  REQUIRE(old.ok());
  CHECK_FALSE(old->supported);
  CHECK(old->name.find("overlayfs") == 0);
  CHECK(files->List(folder / "merged/old")->size() == 1);  // no probe left behind

  REQUIRE(files->MakeDirectory(folder / "merged/old/new").ok());
  const auto fresh = files->Traits(folder / "merged/old/new");
  REQUIRE(fresh.ok());
  CHECK(fresh->supported);
  CHECK_FALSE(fresh->mapped_writes);
  CHECK(fresh->needs_sync);
  CHECK(files->List(folder / "merged/old/new")->empty());
}

TEST_CASE("removing a tree does not follow symbolic links") {
  Place place(Kind::kPosix);
  FileSystem& files = place.files();
  REQUIRE(files.MakeDirectory(place / "precious").ok());
  REQUIRE(files.Open(place / "precious/file", OpenMode::kCreate).ok());
  REQUIRE(files.MakeDirectory(place / "tree").ok());
  REQUIRE(::symlink((place / "precious").c_str(), (place / "tree/link").c_str()) == 0);
  REQUIRE(::symlink("nowhere", (place / "tree/broken").c_str()) == 0);
  CHECK(RemoveTree(files, place / "tree").ok());
  CHECK(files.Info(place / "precious/file").ok());
  CHECK_FALSE(files.Info(place / "tree").ok());
}

TEST_CASE("nobody's umask decides who may open the files") {
  Place place(Kind::kPosix);
  FileSystem& files = place.files();
  FileInfo like = *files.Info(place.path());
  like.mode = 0770;
  const mode_t before = ::umask(0777);
  REQUIRE(files.MakeDirectory(place / "d").ok());
  // The umask has closed even us out, unless we are root.
  const absl::Status directory = files.TakePermissionsOf(place / "d", like);
  auto file = files.Open(place / "a", OpenMode::kCreate);
  ::umask(before);
  REQUIRE(file.ok());
  REQUIRE((*file)->TakePermissionsOf(like).ok());
  CHECK((*file)->Info()->mode == 0660);
  REQUIRE(directory.ok());
  CHECK(files.Info(place / "d")->mode == 0770);
}

TEST_CASE("root gives new files to the folder's owner") {
  if (::geteuid() != 0) {
    WARN("skipped: not root");
    return;
  }
  Place place(Kind::kPosix);
  FileSystem& files = place.files();
  REQUIRE(::chown(place.path().c_str(), 12345, 23456) == 0);
  const FileInfo like = *files.Info(place.path());
  auto file = files.Open(place / "a", OpenMode::kCreate);
  REQUIRE((*file)->TakePermissionsOf(like).ok());
  CHECK((*file)->Info()->owner == 12345);
  CHECK((*file)->Info()->group == 23456);
}

TEST_CASE("a large mapping begins where a huge page can") {
  Place place(Kind::kPosix);
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  const auto small = (*file)->Map(4096, MapAccess::kRead);  // so that the next address is an odd one
  for (const std::size_t size : {std::size_t{2} << 20, (std::size_t{64} << 20) + 12345}) {
    const auto mapped = (*file)->Map(size, MapAccess::kReadWrite);
    REQUIRE(mapped.ok());
    CHECK(reinterpret_cast<std::uintptr_t>((*mapped)->data()) % (std::size_t{2} << 20) == 0);
  }
}

TEST_CASE("signals during reading and writing are not seen") {
  Place place(Kind::kPosix);
  struct sigaction action {};
  action.sa_handler = [](int) {};  // without SA_RESTART: calls end with EINTR
  struct sigaction before {};
  ::sigaction(SIGALRM, &action, &before);
  const itimerval often{{0, 200}, {0, 200}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  auto file = place.files().Open(place / "a", OpenMode::kCreate);
  absl::Status status = file.status();
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 32 && status.ok(); ++i) {
    status = (*file)->Allocate((i + 1) << 20);
    if (status.ok()) status = (*file)->WriteAt(i << 20, Bytes(megabyte));
  }
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  INFO(Message(status));
  REQUIRE(status.ok());
  CHECK(Read(**file, 31 << 20, 2 << 20) == megabyte);
}

}  // namespace
}  // namespace leat::io
