// Runs what searches have found, and made to begin with, through their targets.
//
//   fuzz_replay [--target NAME] FOLDER        every file of FOLDER/<target>/
//   fuzz_replay --make-seeds FOLDER           writes the well-formed ones there
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/input.h"
#include "fuzz/targets.h"

namespace leat::testing {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return AsBytes(std::string(std::istreambuf_iterator<char>(in), {}));
}

int MakeSeeds(const fs::path& folder) {
  for (const FuzzTarget& target : FuzzTargets()) {
    fs::create_directories(folder / target.name);
    int number = 0;
    for (const auto& seed : target.seeds()) {
      std::ofstream out(folder / target.name / fmt::format("seed-{}", number++), std::ios::binary);
      out.write(reinterpret_cast<const char*>(seed.data()), static_cast<std::streamsize>(seed.size()));
      if (!out) return 1;
    }
  }
  return 0;
}

int Replay(const fs::path& folder, std::string_view only) {
  bool found = false;
  for (const FuzzTarget& target : FuzzTargets()) {
    if (!only.empty() && only != target.name) continue;
    found = true;
    std::vector<fs::path> paths;
    if (fs::is_directory(folder / target.name)) {
      for (const auto& entry : fs::directory_iterator(folder / target.name)) paths.push_back(entry.path());
    }
    if (paths.empty()) {
      fmt::print(stderr, "{} has nothing for {}\n", folder.string(), target.name);
      return 1;
    }
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) {
      // Said first: what ends the process here is known by its name.
      fmt::print("{}\n", path.string());
      std::fflush(stdout);
      target.run(ReadAll(path));
    }
  }
  if (!found) fmt::print(stderr, "there is no target {}\n", only);
  return found ? 0 : 2;
}

int Main(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "--make-seeds") return MakeSeeds(words[1]);
  if (words.size() == 1) return Replay(words[0], {});
  if (words.size() == 3 && words[0] == "--target") return Replay(words[2], words[1]);
  fmt::print(stderr, "usage: fuzz_replay [--target NAME] FOLDER | --make-seeds FOLDER\n");
  return 2;
}

}  // namespace
}  // namespace leat::testing

int main(int argc, char** argv) { return leat::testing::Main({argv + 1, argv + argc}); }
