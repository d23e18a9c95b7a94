// libFuzzer's entry: the target is the one that LEAT_FUZZ_TARGET names.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "fuzz/targets.h"

namespace {

const leat::testing::FuzzTarget& Chosen() {
  const char* const name = std::getenv("LEAT_FUZZ_TARGET");
  for (const leat::testing::FuzzTarget& target : leat::testing::FuzzTargets()) {
    if (name != nullptr && target.name == std::string_view(name)) return target;
  }
  std::fputs("LEAT_FUZZ_TARGET names one of:", stderr);
  for (const leat::testing::FuzzTarget& target : leat::testing::FuzzTargets()) {
    std::fprintf(stderr, " %.*s", static_cast<int>(target.name.size()), target.name.data());
  }
  std::fputs("\n", stderr);
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const leat::testing::FuzzTarget& target = Chosen();
  target.run(std::as_bytes(std::span(data, size)));
  return 0;
}
