// kDisk between processes: a leader that is killed while it syncs, a sync that fails in one of them, and many who wait.
#include <leat/leat.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "process/mapped_control.h"
#include "process/wait_until.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using process_test::MappedControl;
using process_test::WaitUntil;
using testing::ForkedChild;
using testing::TempFolder;

constexpr char kTopic[] = "t";

// From now on each fdatasync of this process fails, before the kernel has looked at it. False where that is forbidden.
bool FailSyncs() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fdatasync, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{.len = sizeof program / sizeof program[0], .filter = program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

struct Opened {
  explicit Opened(const std::string& folder) : broker(*Broker::Open(folder)) {}
  absl::StatusOr<Delivery> Send(const std::string& value, Durability durability = Durability::kTopicDefault) {
    return producer.Send(topic, {.value = value}, durability);
  }
  PartitionDescription Describe() { return broker.DescribeTopic(kTopic)->partitions[0]; }

  Broker broker;
  Topic topic = *broker.EnsureTopic(kTopic, {.durability = Durability::kDisk});
  Producer producer = *Producer::Open(broker);
};

// Lets the child go on to its next fdatasync: into it, or out of it again. False when there is none.
bool GoToSync(pid_t pid, int op) {
  for (;;) {
    int status = 0;
    if (::ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr) != 0) return false;
    if (::waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) return false;
    __ptrace_syscall_info info{};
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0) return false;
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY || info.entry.nr != SYS_fdatasync) continue;
    if (op == PTRACE_SYSCALL_INFO_ENTRY) return true;
    return ::ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr) == 0 && ::waitpid(pid, &status, 0) == pid &&
           WIFSTOPPED(status);
  }
}

TEST_CASE("a leader that is killed while it syncs, or before it says that it has, is replaced") {
  const int where = GENERATE(PTRACE_SYSCALL_INFO_ENTRY, PTRACE_SYSCALL_INFO_EXIT);
  const TempFolder folder;
  ForkedChild leader([&](ForkedChild& child) {
    Opened opened(folder.path());
    if (!opened.Send("acknowledged").ok()) return 1;
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) return 2;
    child.Say('r');
    ::raise(SIGSTOP);
    return opened.Send("never acknowledged").ok() ? 0 : 1;
  });
  if (leader.Answer() != 'r') {
    REQUIRE(leader.Wait() == 2);
    std::cout << "skipped: tracing is forbidden here\n";
    return;
  }
  int status = 0;
  REQUIRE(::waitpid(leader.pid(), &status, 0) == leader.pid());
  REQUIRE(WIFSTOPPED(status));
  REQUIRE(::ptrace(PTRACE_SETOPTIONS, leader.pid(), nullptr, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) == 0);
  REQUIRE(GoToSync(leader.pid(), where));

  Opened opened(folder.path());
  CHECK(opened.Describe().end == 2);
  CHECK(opened.Describe().flushed == 1);
  CHECK(opened.Describe().high_watermark == 1);
  MappedControl control(folder.path());
  REQUIRE(control.PageOf(0)->flush_lock.load() != 0);
  absl::StatusOr<Delivery> sent = absl::UnknownError("not sent");
  std::thread waiting([&] { sent = opened.Send("the next one's"); });
  WaitUntil([&] { return opened.Describe().end == 3; });
  CHECK(opened.Describe().flushed == 1);
  leader.Kill();
  waiting.join();
  REQUIRE(sent.ok());
  CHECK(sent->offset == 2);
  // The dead one's record with it: it was in the log, and nobody else could have synced it.
  CHECK(opened.Describe().flushed == 3);
  CHECK(opened.topic.partition(0)->Read(0).size() == 3);
}

TEST_CASE("a sync that fails in one process makes the partition read-only in all, for as long as the machine runs") {
  const TempFolder folder;
  Opened before(folder.path());
  ForkedChild failing([&](ForkedChild&) {
    Opened opened(folder.path());
    if (!opened.Send("acknowledged").ok()) return 1;
    if (!FailSyncs()) return 2;
    if (!absl::IsDataLoss(opened.Send("never acknowledged").status())) return 3;
    return absl::IsDataLoss(opened.Send("another", Durability::kProcess).status()) ? 0 : 4;
  });
  const int code = failing.Wait();
  if (code == 2) {
    std::cout << "skipped: a filter of system calls is forbidden here\n";
    return;
  }
  REQUIRE(code == 0);
  Opened after(folder.path());
  for (Opened* opened : {&before, &after}) {
    const absl::Status refused = opened->Send("v").status();
    CHECK(absl::IsDataLoss(refused));
    CHECK(std::string(refused.message()).find("t-0") != std::string::npos);
    CHECK(absl::IsDataLoss(opened->broker.Flush()));
    CHECK(absl::IsDataLoss(opened->Describe().status));
    CHECK(opened->Describe().high_watermark == 1);
    CHECK(opened->topic.partition(0)->Read(0).size() == 1);
  }
  CHECK(before.broker.Close().ok());
  CHECK(after.broker.Close().ok());
  Opened again(folder.path());
  CHECK(absl::IsDataLoss(again.Send("v").status()));
  CHECK(again.topic.partition(0)->Read(0).size() == 1);
}

TEST_CASE("threads of many processes wait for the disk together, and nobody sees what is not on it") {
  constexpr int kChildren = 4, kThreads = 4, kRecords = 50;
  const TempFolder folder;
  Opened opened(folder.path());
  std::vector<std::unique_ptr<ForkedChild>> children;
  for (int i = 0; i < kChildren; ++i) {
    children.push_back(std::make_unique<ForkedChild>([&](ForkedChild& child) {
      Opened mine(folder.path());
      child.Say('r');
      if (child.Hear() != 'g') return 1;
      std::atomic<int> acknowledged{0};
      std::vector<std::thread> threads;
      for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
          for (int n = 0; n < kRecords; ++n) acknowledged += mine.Send("v").ok() ? 1 : 0;
        });
      }
      for (std::thread& thread : threads) thread.join();
      return acknowledged == kThreads * kRecords ? 0 : 1;
    }));
    REQUIRE(children.back()->Answer() == 'r');
  }
  for (const auto& child : children) child->Tell('g');
  const MappedControl control(folder.path());
  constexpr Offset kAll = Offset{kChildren} * kThreads * kRecords;
  const Partition partition = *opened.topic.partition(0);
  bool seen_too_much = false;
  WaitUntil([&] {
    const Offset visible = *partition.high_watermark();
    seen_too_much = seen_too_much || visible > opened.Describe().flushed;
    return visible == kAll;
  });
  CHECK_FALSE(seen_too_much);
  for (const auto& child : children) CHECK(child->Wait() == 0);
  CHECK(opened.Describe().flushed == kAll);
}

}  // namespace
}  // namespace leat
