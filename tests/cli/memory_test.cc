// How much memory of its own the program takes, whatever it is given. The pages of the log's files that it maps are
// not among it: they are the page cache, which every reader of the file shares and the kernel takes back.
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LEAT_SHADOW_MEMORY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define LEAT_SHADOW_MEMORY
#endif
#endif

#ifndef LEAT_SHADOW_MEMORY

using Words = std::vector<std::string>;

// RLIMIT_DATA counts all that a process may write and that is no file, stacks of threads too, touched or not.
constexpr Limits kLittle{.own_memory = std::uint64_t{64} << 20};

std::string Many(std::string_view text, std::size_t bytes) {
  std::string all;
  all.reserve(bytes + text.size());
  while (all.size() < bytes) all += text;
  return all;
}

TEST_CASE("the limit on memory is one that can be hit") {
  const CommandLine line;
  CHECK(line.Run({"produce", "t"}, "a\n", {.own_memory = std::uint64_t{1} << 20}).code > 1);
  CHECK(line.Run({"produce", "t"}, "a\n", kLittle).code == 0);
}

TEST_CASE("produce takes less than 64 MiB, whatever its input looks like") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "100"}).code == 0);
  constexpr std::size_t kMuch = 80 << 20;
  struct Input {
    std::string text;
    Words options;
    std::string said;
  };
  const std::string long_line(1'000'000, 'x'), wide_json = "{\"value\":\"" + std::string(60 << 10, 'x') + "\"}\n";
  const Input inputs[] = {
      {Many(std::string(100, 'x') + "\n", kMuch), {}, "records sent"},
      {Many("\n", 5 << 20), {}, "5242880 records sent"},
      {Many(long_line + "\n", kMuch), {"-p", "0"}, "84 records sent"},
      {Many("k:" + std::string(50, 'x') + "\n", kMuch), {"--key-separator", ":", "-H", "a=b"}, "records sent"},
      {Many("{\"value\":\"\"}\n", 4 << 20), {"--json"}, "records sent"},
      {Many(wide_json, 24 << 20), {"--json"}, "records sent"},
      {Many("\n", 1 << 20), {"--print-offsets", "--partitioner", "random"}, "1048576 records sent"},
      // One line that does not end is refused before it is there as a whole.
      {std::string(kMuch, 'x'), {}, "line 1: is longer than 1048588 bytes"},
      {"{\"value\":\"" + std::string(kMuch, 'x'), {"--json"}, "line 1: is longer than 6291528 bytes"},
  };
  for (const Input& input : inputs) {
    Words words = {"produce", "t"};
    words.insert(words.end(), input.options.begin(), input.options.end());
    const Ended ended = line.Run(words, input.text, kLittle);
    INFO(input.text.substr(0, 20) << ": " << ended.err);
    CHECK(ended.code == (input.said.find("longer") == std::string::npos ? 0 : 1));
    CHECK(ended.err.find(input.said) != std::string::npos);
  }
}

TEST_CASE("consume takes less than 64 MiB, however much there is") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--partitions", "3"}).code == 0);
  REQUIRE(line.Run({"produce", "t", "--fake", "{{sentence 20}}", "-n", "500000"}).code == 0);
  REQUIRE(line.Run({"produce", "t"}, Many(std::string(1'000'000, 'x') + "\n", 20 << 20)).code == 0);
  const Words readings[] = {{},
                            {"--json"},
                            {"-f", "%t %p %o %T %k %K %S %h %R%s\\n"},
                            {"--filter", "value*=xxx"},
                            {"-g", "g", "-o", "begin"}};
  for (const Words& reading : readings) {
    Words words = {"consume", "t", "-e"};
    if (reading.empty() || reading[0] != "-g") words.push_back("--from-beginning");
    words.insert(words.end(), reading.begin(), reading.end());
    const Ended ended = line.Run(words, "", kLittle);
    INFO(ended.err);
    CHECK(ended.code == 0);
    CHECK(ended.out.size() > (20 << 20));
  }
}

#endif

}  // namespace
}  // namespace leat::testing
