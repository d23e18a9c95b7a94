// Starts writers and readers on one folder, kills them, and starts others in their place.
#ifndef LEAT_TESTS_PROCESS_KILLER_SUPERVISOR_H_
#define LEAT_TESTS_PROCESS_KILLER_SUPERVISOR_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "process/killer/board.h"
#include "process/killer/parts.h"

namespace leat::process_test {

struct Company {
  std::size_t writers = 3;
  std::size_t readers = 1;
  std::size_t onlookers = 1;
  std::size_t members = 2;  // of a group
};

class Supervisor {
 public:
  using Clock = std::chrono::steady_clock;

  Supervisor(std::string folder, std::string board_path, Board& board, std::uint64_t seed);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Until `kills` processes have been killed, or the board is full. An error says what went wrong with whom.
  absl::Status Kill(const Company& company, std::uint64_t kills);
  // The end of those that are left: killed all at once, or told to close.
  absl::Status KillAll();
  absl::Status CloseAll();

  std::uint64_t kills() const { return kills_; }
  std::uint64_t processes() const { return next_number_; }
  std::uint64_t reboots() const { return reboots_; }
  // How long it took after a kill until every other writer had sent something more.
  const std::vector<std::chrono::nanoseconds>& resumptions() const { return resumptions_; }

 private:
  struct Child {
    pid_t pid = 0;  // 0: the seat is free
    std::string part;
    bool writes() const { return part == "writer"; }
    bool self_kills = false;
    std::uint64_t number = 0;
    std::optional<Clock::time_point> kill_at = {};
  };
  // Since a kill: who has not been seen to go on yet.
  struct Watch {
    Clock::time_point since;
    std::vector<std::pair<std::size_t, std::uint64_t>> numbers;  // of writers, by seat
    std::vector<std::uint64_t> progress;                         // what they had then
  };

  void Start(std::size_t seat, const std::string& part);
  Deed ChooseDeed(const Child& child);
  void ChooseEnd(Child& child, PartOptions& options);
  void PerhapsKillEverybody();
  // False while somebody has to be reaped before.
  bool RebootIfDue();
  void KillThoseDue();
  absl::Status Reap();
  absl::Status Ended(std::size_t seat, int status);
  void BeginWatch();
  absl::Status LookAtWatches();
  absl::Status Failure() const;
  std::int64_t RandomDelay();

  const std::string folder_;
  const std::string board_path_;
  Board& board_;
  std::mt19937_64 random_;
  std::vector<Child> children_;
  std::vector<Watch> watches_;
  std::uint64_t next_number_ = 1;
  std::uint64_t kills_ = 0;
  std::uint64_t reboots_ = 0;
  bool reboot_is_due_ = false;
  std::uint64_t recoveries_to_kill_ = 0;  // that many of the next who open
  std::vector<std::chrono::nanoseconds> resumptions_;
};

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_KILLER_SUPERVISOR_H_
