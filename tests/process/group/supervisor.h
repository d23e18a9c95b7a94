// Starts the processes, and kills, stops and continues them at random.
#ifndef LEAT_TESTS_PROCESS_GROUP_SUPERVISOR_H_
#define LEAT_TESTS_PROCESS_GROUP_SUPERVISOR_H_

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <leat/leat.h>
#include "absl/status/status.h"
#include "process/group/board.h"

namespace leat::process_test::group {

struct Counts {
  int processes = 0;
  int kills = 0;
  int stops = 0;
};

class Supervisor {
 public:
  Supervisor(std::string folder, std::string board_path, Board& board, std::uint64_t seed);
  ~Supervisor();  // kills whoever is left

  // Lets `workers` processes of some consumers each come and go for so long, while two others produce.
  absl::Status Play(int workers, std::chrono::milliseconds time);
  // Ends the producers, and waits until the group has committed everything.
  absl::Status Drain();
  absl::Status CloseAll();

  const Counts& counts() const { return counts_; }

 private:
  struct Child {
    pid_t pid = 0;
    std::uint32_t process = 0;
    std::uint64_t continue_at_us = 0;  // 0: it is not stopped
  };

  void StartWorker(std::size_t seat);
  void Kill(Child& child);
  void Stop(Child& child);
  void Continue(Child& child);
  Disturbance* NextDisturbance(const Child& child);
  absl::Status Reap();
  absl::Status Reaped(pid_t pid, int status);
  absl::Status Failure() const;
  // Looks at what is committed: none goes back.
  absl::Status LookAtCommits();

  const std::string folder_;
  const std::string board_path_;
  Board& board_;
  std::mt19937_64 random_;
  std::unique_ptr<Broker> broker_;
  std::vector<Child> workers_;
  std::array<pid_t, 2> producers_{};
  std::array<Offset, kPartitions> committed_{};
  std::uint32_t next_process_ = 0;
  Counts counts_;
};

}  // namespace leat::process_test::group

#endif  // LEAT_TESTS_PROCESS_GROUP_SUPERVISOR_H_
