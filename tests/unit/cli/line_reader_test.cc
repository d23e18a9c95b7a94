// Lines as they come, beside the same text split at once.
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cli/fake_chance.h"
#include "cli/line_reader.h"
#include "cli/stop_signal.h"
#include "support/catch.h"

namespace leat::cli {
namespace {

constexpr std::size_t kLongest = 3 << 20;

// A file that has `text` in it and is read from its beginning.
class Input {
 public:
  explicit Input(std::string_view text) : file_(std::tmpfile()) {
    if (file_ == nullptr || std::fwrite(text.data(), 1, text.size(), file_) != text.size() ||
        std::fflush(file_) != 0) {
      throw std::runtime_error("no temporary file");
    }
    ::lseek(descriptor(), 0, SEEK_SET);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input() { std::fclose(file_); }

  int descriptor() const { return ::fileno(file_); }

 private:
  std::FILE* const file_;
};

absl::StatusOr<std::vector<std::string>> Read(std::string_view text) {
  const Input input(text);
  const StopSignal stop;
  LineReader reader(input.descriptor(), kLongest, stop);
  std::vector<std::string> lines;
  while (true) {
    while (const auto line = reader.Next()) lines.emplace_back(*line);
    const auto more = reader.Fill();
    if (!more.ok()) return more.status();
    if (!*more) return lines;
  }
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

TEST_CASE("nothing has no lines, and a newline alone is an empty one") {
  CHECK(Read("")->empty());
  CHECK(*Read("\n") == std::vector<std::string>{""});
  CHECK(*Read("a") == std::vector<std::string>{"a"});
  CHECK(*Read("a\n") == std::vector<std::string>{"a"});
  CHECK(*Read("a\n\nb") == std::vector<std::string>{"a", "", "b"});
}

TEST_CASE("lines of all lengths come whole, wherever a read ends") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    FakeChance chance(seed);
    std::string text;
    while (text.size() < (4 << 20)) {
      constexpr std::uint64_t kLengths[] = {3, 100, 70'000, (1 << 20) + 2};
      const std::uint64_t length = chance.Below(kLengths[chance.Below(chance.Below(20) == 0 ? 4 : 3)]);
      text.append(length, static_cast<char>('a' + chance.Below(26)));
      text += '\n';
    }
    if (seed % 2 == 0) text += "the last one";
    const auto lines = Read(text);
    REQUIRE(lines.ok());
    if (*lines != Split(text)) FAIL("seed " << seed);
  }
}

TEST_CASE("the longest line is read, and one that is longer is refused before its end") {
  for (const std::size_t size : {kLongest - 1, kLongest}) {
    const auto lines = Read(std::string(size, 'x') + "\nnext\n");
    REQUIRE(lines.ok());
    REQUIRE(lines->size() == 2);
    CHECK((*lines)[0].size() == size);
  }
  const auto endless = Read(std::string(4 * kLongest, 'x'));
  CHECK(absl::IsOutOfRange(endless.status()));
  CHECK(std::string(endless.status().message()) == "is longer than 3145728 bytes");
}

TEST_CASE("an input that cannot be read is an error") {
  constexpr int kNobodysDescriptor = 987'654;
  const StopSignal stop;
  LineReader reader(kNobodysDescriptor, kLongest, stop);
  CHECK_FALSE(reader.Fill().ok());
}

}  // namespace
}  // namespace leat::cli
