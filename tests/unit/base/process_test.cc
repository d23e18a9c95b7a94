#include "base/process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/emulation.h"

namespace leat::base {
namespace {

TEST_CASE("this process is known to the system") {
  const std::int32_t self = CurrentPid();
  CHECK(self == ::getpid());
  CHECK(ProcessStartTime(self) > 0);
  CHECK(ProcessStartTime(self) == ProcessStartTime(self));
  if (!testing::UnderQemuUser()) CHECK(ProcessState(self) == 'R');
  CHECK_FALSE(ProcessName(self).empty());
  CHECK_FALSE(HostName().empty());
}

TEST_CASE("the boot's id stays the same and has no line end") {
  const std::string id = BootId();
  CHECK(id.size() == 36);
  CHECK(id == BootId());
}

TEST_CASE("variables of the environment are found by what their names begin with") {
  REQUIRE(::setenv("LEATTEST_B", "x=y", 1) == 0);
  REQUIRE(::setenv("LEATTEST_A", "", 1) == 0);
  using Variables = std::vector<std::pair<std::string, std::string>>;
  CHECK(EnvironmentVariables("LEATTEST_") == Variables{{"LEATTEST_A", ""}, {"LEATTEST_B", "x=y"}});
  CHECK(EnvironmentVariables("LEATTEST_A") == Variables{{"LEATTEST_A", ""}});
  CHECK(EnvironmentVariables("LEATTEST_C").empty());
}

TEST_CASE("of a process that is not there nothing is known") {
  for (const std::int32_t nobody : {-1, 0x7fffffff}) {
    CHECK(ProcessStartTime(nobody) == 0);
    CHECK(ProcessState(nobody) == '\0');
    CHECK(ProcessName(nobody).empty());
  }
}

TEST_CASE("a child is seen stopped, dead and gone, whatever it calls itself") {
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NAME, "a) R 1 (b");
    const char byte = 'x';
    if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(ProcessName(child) == "a) R 1 (b");
  CHECK(ProcessStartTime(child) >= ProcessStartTime(::getpid()));

  int status = 0;
  ::kill(child, SIGSTOP);
  REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
  CHECK(ProcessState(child) == 'T');

  ::kill(child, SIGKILL);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  CHECK(ProcessState(child) == 'Z');

  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(ProcessState(child) == '\0');
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace leat::base
