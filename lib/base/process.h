// What can be known about processes and the machine: for telling who holds a lock, and whether this is still the same
// boot. Everything here comes from /proc, so it speaks of this PID namespace; nothing here decides who is alive (a
// file lock does).
#ifndef LEAT_BASE_PROCESS_H_
#define LEAT_BASE_PROCESS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leat::base {

std::int32_t CurrentPid();

// When the process began, in clock ticks since boot; with the pid it names a process although pids are used again. 0:
// unknown, or no such process.
std::uint64_t ProcessStartTime(std::int32_t pid);

// As ps(1) shows it: 'R' running, 'S' sleeping, 'T' stopped, 't' held by a debugger, 'Z' dead but not waited for. 0:
// no such process.
char ProcessState(std::int32_t pid);
// By a signal, or held by a debugger.
bool IsStopped(std::int32_t pid);

// The program's name as ps(1) shows it (at most 15 characters), for messages; empty when there is no such process.
std::string ProcessName(std::int32_t pid);

std::string HostName();

// A text that is another after each boot of the machine; empty where the kernel doesn't tell.
std::string BootId();

// Names and values of the environment's variables whose names begin with `prefix`, sorted. Nobody may change the
// environment meanwhile.
std::vector<std::pair<std::string, std::string>> EnvironmentVariables(std::string_view prefix);

}  // namespace leat::base

#endif  // LEAT_BASE_PROCESS_H_
