// The main() of the tests that need root: without it they are skipped (77), and that is said.
#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

namespace {

// In a child, since it holds for the rest of a process's life.
bool MayMakeNamespaces() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(::unshare(CLONE_NEWPID) == 0 ? 0 : 1);
  int status = 1;
  return pid > 0 && ::waitpid(pid, &status, 0) == pid && status == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (::geteuid() != 0 || !MayMakeNamespaces()) {
    fmt::print("skipped: needs root, and the right to make PID namespaces\n");
    return 77;
  }
  return Catch::Session().run(argc, argv);
}
