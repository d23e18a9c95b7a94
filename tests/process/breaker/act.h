// What the child does while its system calls fail: something of everything, noting what it was told.
#ifndef LEAT_TESTS_PROCESS_BREAKER_ACT_H_
#define LEAT_TESTS_PROCESS_BREAKER_ACT_H_

#include <cstdint>
#include <string>

namespace leat::process_test {

inline constexpr const char* kActTopic = "t";
inline constexpr const char* kActGroup = "g";
inline constexpr const char* kTrimmedTopic = "trimmed";
inline constexpr const char* kKeyedTopic = "keyed";  // is compacted
inline constexpr int kKeys = 3;

// In memory that the parent sees.
struct ActNotes {
  std::int64_t sent;          // records asked for; they are numbered
  std::int64_t committed;     // the last place that the group is sure to have; -1: none
  std::int64_t attempted;     // the last place that it was given
  std::int64_t trimmed;       // where the trimmed topic's log begins at least
  std::int64_t keyed[kKeys];  // by key: the last number that was acknowledged; 0: none
  std::int64_t errors;
  bool certain[256];  // by number: appended
  bool refused[256];  // by number: certainly not appended
  char first_error[512];
};

// Returns the process's exit code.
int Act(const std::string& folder, const std::string& notes_path);

// The value of record `number`.
std::string ActValue(std::int64_t number);

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_BREAKER_ACT_H_
