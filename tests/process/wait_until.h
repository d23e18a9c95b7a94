// Waiting for what another process does.
#ifndef LEAT_TESTS_PROCESS_WAIT_UNTIL_H_
#define LEAT_TESTS_PROCESS_WAIT_UNTIL_H_

#include <chrono>
#include <stdexcept>
#include <thread>

namespace leat::process_test {

// Looks every now and then. Gives up only when that must be a hang.
template <typename Condition>
void WaitUntil(Condition condition) {
  const auto hang = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > hang)
      throw std::runtime_error("a hang: what was waited for does not come");
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

}  // namespace leat::process_test

#endif  // LEAT_TESTS_PROCESS_WAIT_UNTIL_H_
