// How far a long command has come: a line on a terminal, redrawn in place; nothing elsewhere.
#ifndef LEAT_CLI_PROGRESS_H_
#define LEAT_CLI_PROGRESS_H_

#include <chrono>
#include <cstdint>

namespace leat::cli {

class Progress {
 public:
  explicit Progress(std::int64_t bytes);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // Takes the line away.
  ~Progress();

  void Add(std::int64_t bytes);
  std::int64_t done() const { return done_; }

 private:
  void Draw(std::chrono::steady_clock::time_point now);

  const bool shown_;
  const std::int64_t bytes_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point drawn_ = begin_;
  std::int64_t done_ = 0;
  bool drawn_once_ = false;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_PROGRESS_H_
