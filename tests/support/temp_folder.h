// A folder of its own for a test, gone with everything in it when the test is over.
#ifndef LEAT_TESTS_SUPPORT_TEMP_FOLDER_H_
#define LEAT_TESTS_SUPPORT_TEMP_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace leat::testing {

// Below `parent`, or below $TMPDIR, or /tmp. A forked child must leave by _exit, or it takes its parent's folder
// along.
class TempFolder {
 public:
  TempFolder() : TempFolder(std::filesystem::temp_directory_path().string()) {}
  explicit TempFolder(const std::string& parent) : path_(parent + "/leat-test-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder below " + parent);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  // The path of `name` in here.
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_TEMP_FOLDER_H_
