#include "crash/ledger.h"

#include <fmt/format.h>

namespace leat::testing {

std::string Sent::Value() const {
  if (is_tombstone) return kTombstone;
  std::string value = fmt::format("{}:", serial);
  std::uint32_t state = serial * 2654435761U + 1;
  while (value.size() < size) {
    state = state * 1664525U + 1013904223U;
    value.push_back(static_cast<char>(state >> 24));
  }
  return value;
}

// A few, so that most records are replaced soon.
std::string Sent::Key() const { return fmt::format("key-{}", serial % 5); }

}  // namespace leat::testing
