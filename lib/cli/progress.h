// How far a long command has come: a line on a terminal, redrawn in place; nothing elsewhere.
#ifndef LEAT_CLI_PROGRESS_H_
#define LEAT_CLI_PROGRESS_H_

#include <chrono>
#include <cstdint>

namespace leat::cli {

class Progress {
 public:
  enum class Unit : std::uint8_t { kBytes, kRecords };

  explicit Progress(std::int64_t all, Unit unit = Unit::kBytes);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // Takes the line away.
  ~Progress();

  void Add(std::int64_t some);
  std::int64_t done() const { return done_; }

 private:
  void Draw(std::chrono::steady_clock::time_point now);

  const bool shown_;
  const std::int64_t all_;
  const Unit unit_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point drawn_ = begin_;
  std::int64_t done_ = 0;
  bool drawn_once_ = false;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_PROGRESS_H_
