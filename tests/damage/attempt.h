// Using a folder that something is wrong with, in a process of its own: whatever happens to that one is told.
#ifndef LEAT_TESTS_DAMAGE_ATTEMPT_H_
#define LEAT_TESTS_DAMAGE_ATTEMPT_H_

#include <leat/leat.h>

#include <functional>
#include <map>
#include <string>

#include "support/temp_folder.h"

namespace leat::testing {

inline constexpr const char* kTopic = "t";

// The folder that is then damaged: one topic of one partition, whose records' values tell their offsets.
struct FolderSpec {
  int batches = 12;
  std::size_t value_size = 20;
  bool closed = true;  // otherwise whoever wrote it was killed
};
std::string ValueAt(Offset offset, std::size_t size);
void MakeFolder(const std::string& folder, const FolderSpec& spec);

// All files below a folder, by their path in it.
using Content = std::map<std::string, std::string>;
Content ReadContent(const std::string& folder);
// Makes the files have that content again, each the inode that it was, and removes others.
void Restore(const std::string& folder, const Content& content);
void WriteFile(const std::string& path, const std::string& bytes);
// As if the machine had been started anew.
void PretendReboot(const std::string& folder);

// What became of it.
struct Outcome {
  int signal = 0;  // that ended the process
  bool opened = false;
  int right = 0;       // records, from the first offset that can be read on, that are what was written
  bool wrong = false;  // a record was not
  Offset log_start = 0;
  Offset end = 0;
  bool appended = false;    // one more record, behind the others
  bool read_again = false;  // that one
  std::string error;        // of opening, or of reading
  std::string append_error;
  std::string status;  // of the partition, as DescribeTopic tells
};

// Opens the folder, reads everything, and, unless it is only read, appends.
Outcome Attempt(const std::string& folder, const FolderSpec& spec, BrokerOptions options = {});

// Where syncing costs nothing, if there is such a place: most of the damage is the same on every file system.
std::string QuickPlace();

// Runs `body` in a process of its own; its result is the process's exit code, or minus the signal that ended it.
int InChild(const std::function<int()>& body);

}  // namespace leat::testing

#endif  // LEAT_TESTS_DAMAGE_ATTEMPT_H_
