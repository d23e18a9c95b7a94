// leat settings.
#include <fstream>
#include <sstream>
#include <string>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

TEST_CASE("settings are listed with their defaults, and one of them with what it costs") {
  const CommandLine line;
  const Ended all = line.Run({"settings"});
  CHECK(all.code == 0);
  CHECK(all.out.find("SETTING ") == 0);
  CHECK(all.out.find("\nretention.ms ") != std::string::npos);
  CHECK(all.out.find("\nmax.block.ms ") != std::string::npos);
  const Ended one = line.Run({"settings", "segment.bytes"});
  CHECK(one.code == 0);
  CHECK(one.out.find("segment.bytes\n  The size of a segment file.\n"
                     "  bytes, default 128MiB, from 65536 to 2147483647\n"
                     "  TopicOptions::segment_bytes  LEAT_SEGMENT_BYTES\n  more: ") == 0);
  CHECK(line.Run({"settings", "max.block.ms", "--json"})
            .out.find(R"({"setting":"max.block.ms","type":"time","default":"60000",)") == 0);
}

TEST_CASE("a setting that there is not is wrong usage, and the nearest is named") {
  const CommandLine line;
  const Ended unknown = line.Run({"settings", "retention.msec"});
  CHECK(unknown.code == 2);
  CHECK(unknown.err.find("there is no setting 'retention.msec'; did you mean 'retention.ms'?") != std::string::npos);
  CHECK(line.Run({"settings", "x", "y"}).code == 2);
  CHECK(line.Run({"settings", "--markdown", "--json"}).code == 2);
}

TEST_CASE("a folder's leat.properties sets what topics are made with, and --config goes before it") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "before"}).code == 0);
  std::ofstream(line / "data/leat.properties")
      << "# of all that use this folder\nretention.ms = 7d\npartitions = 2\n";
  REQUIRE(line.Run({"topic", "create", "a"}).code == 0);
  REQUIRE(line.Run({"topic", "create", "b", "--partitions", "1", "--config", "retention.ms=-1"}).code == 0);
  const auto describe = [&](const char* topic) { return line.Run({"topic", "describe", topic}).out; };
  CHECK(describe("a").find("partitions 2\n") != std::string::npos);
  CHECK(describe("a").find("retention.ms=604800000\n") != std::string::npos);
  for (const char* topic : {"b", "before"}) {
    CHECK(describe(topic).find("partitions 1\n") != std::string::npos);
    CHECK(describe(topic).find("retention.ms=-1\n") != std::string::npos);
  }
  CHECK(line.Run({"verify"}).code == 0);

  std::ofstream(line / "data/leat.properties") << "retention.msec=7d\n";
  for (const char* command : {"verify", "top"}) {
    const Ended refused = line.Run({command});
    CHECK(refused.code == 1);
    CHECK(refused.err ==
          "leat: data/leat.properties:1: there is no setting 'retention.msec'; did you mean "
          "'retention.ms'?\n");
  }
}

TEST_CASE("docs/settings.md is what the program says") {
  const CommandLine line;
  std::ostringstream page;
  page << std::ifstream(LEAT_SETTINGS_PAGE).rdbuf();
  INFO("build/bin/leat settings --markdown > docs/settings.md makes it anew");
  CHECK(line.Run({"settings", "--markdown"}).out == page.str());
}

}  // namespace
}  // namespace leat::testing
