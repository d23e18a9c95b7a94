// The built program, run as a person or a script would run it.
#ifndef LEAT_TESTS_CLI_PROGRAM_H_
#define LEAT_TESTS_CLI_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "support/temp_folder.h"

namespace leat::testing {

struct Ended {
  int code = -1;  // what it ended with; 128 + the signal that killed it
  std::string out;
  std::string err;
};

// What it may not have more of.
struct Limits {
  std::optional<std::uint64_t> own_memory = {};    // bytes; mapped files are not its own
  std::optional<std::uint64_t> largest_file = {};  // bytes
  bool root = true;                                // false: who runs the tests as root is nobody in here
};

// One that is running. Killed when it is dropped before it ended.
class RunningProgram {
 public:
  // In the folder `directory`, with `input` on its standard input.
  RunningProgram(const std::string& directory, const std::vector<std::string>& words, std::string_view input = "",
                 const Limits& limits = {});
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  ~RunningProgram();

  // Waits until its standard output, or its standard error, has `text` in it; false when it has ended without.
  bool Prints(std::string_view text);
  bool Says(std::string_view text);
  // Waits until its standard output has so many bytes; false when it has ended with fewer.
  bool PrintsBytes(std::size_t size);
  void Signal(int signal) const;
  Ended Wait();

 private:
  friend class CommandLine;
  RunningProgram() = default;
  void Begin(const std::string& directory, std::vector<std::string> argv, std::string_view input,
             const Limits& limits);
  bool Ends();
  bool Writes(const std::string& file, std::string_view text);

  TempFolder files_;
  pid_t pid_ = -1;
  int status_ = 0;
};

// A folder to work in, whose ./data no test shares.
class CommandLine {
 public:
  Ended Run(const std::vector<std::string>& words, std::string_view input = "", const Limits& limits = {}) const {
    return RunningProgram(folder_.path(), words, input, limits).Wait();
  }
  // What a shell makes of `script`, in which the program is called leat.
  Ended Shell(const std::string& script, const Limits& limits = {}) const;
  const std::string& path() const { return folder_.path(); }
  std::string operator/(std::string_view name) const { return folder_ / name; }

 private:
  TempFolder folder_;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_CLI_PROGRAM_H_
