// Ctrl-C, SIGTERM and the end of the terminal as something that a command notices when it suits it: between two
// records, or while it waits.
#ifndef LEAT_CLI_STOP_SIGNAL_H_
#define LEAT_CLI_STOP_SIGNAL_H_

#include <chrono>

namespace leat::cli {

// Takes the signals over for the rest of the process's life. The first one asks for an end; a second one, of
// somebody who is out of patience, ends the process as if nobody had taken it over. One in a process.
class StopSignal {
 public:
  StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // Costs a load.
  bool Asked() const;

  // Sleeps until then, or until the end is asked for; whether it is.
  bool Until(std::chrono::steady_clock::time_point time) const;

  // Waits until `descriptor` can be read, or the end is asked for; whether it can be read.
  bool Readable(int descriptor) const;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_STOP_SIGNAL_H_
