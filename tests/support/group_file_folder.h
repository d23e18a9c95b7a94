// A place for one group's file, and the home it is of.
#ifndef LEAT_TESTS_SUPPORT_GROUP_FILE_FOLDER_H_
#define LEAT_TESTS_SUPPORT_GROUP_FILE_FOLDER_H_

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "group/group_file.h"
#include "io/file_system.h"
#include "io/posix_file_system.h"
#include "support/temp_folder.h"

namespace leat::testing {

struct GroupFileFolder {
  GroupFileFolder() : files(io::MakePosixFileSystem()), path(temp / "g"), like(*files->Info(temp.path())) {}

  std::unique_ptr<group::GroupFile> Make() {
    auto made = group::GroupFile::Make(*files, path, home, like);
    if (!made.ok()) throw std::runtime_error(made.status().ToString());
    if (auto s = (*made)->Publish(*files); !s.ok()) throw std::runtime_error(s.ToString());
    return *std::move(made);
  }
  std::unique_ptr<group::GroupFile> Open(const group::GroupHome& as,
                                         io::MapAccess access = io::MapAccess::kReadWrite) {
    auto opened = group::GroupFile::Open(*files, path, as, access);
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    return *std::move(opened);
  }

  TempFolder temp;
  std::shared_ptr<io::FileSystem> files;
  std::string path;
  io::FileInfo like;
  group::GroupHome home{.boot_id = "this boot", .control = {.device = 1, .inode = 2}};
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_GROUP_FILE_FOLDER_H_
