// leat compact.
#include <string>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

TEST_CASE("compact keeps of each key the last record, says what it has done, and does no more the second time") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--config", "cleanup.policy=compact"}).code == 0);
  REQUIRE(line.Run({"produce", "t", "--key-separator", "="}, "a=1\nb=2\na=3\nb=4\nc=5\n").code == 0);
  const Ended done = line.Run({"compact", "t:0", "--json"});
  CHECK(done.code == 0);
  CHECK(done.err.find("2 records removed") != std::string::npos);
  CHECK(done.out.find("\"clean_to\":5,\"records_removed\":2") != std::string::npos);
  CHECK(line.Run({"consume", "t", "--from-beginning", "-e"}).out == "3\n4\n5\n");
  const Ended again = line.Run({"compact", "t"});
  CHECK(again.code == 0);
  CHECK(again.err.find("0 records removed, 0 bytes freed") != std::string::npos);
  CHECK(line.Run({"verify"}).code == 0);
}

TEST_CASE("compact leaves what is being written to where that is asked for") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t", "--config", "cleanup.policy=compact"}).code == 0);
  REQUIRE(line.Run({"produce", "t", "--key-separator", "="}, "a=1\na=3\n").code == 0);
  CHECK(line.Run({"compact", "t", "--finished-only"}).code == 0);
  CHECK(line.Run({"consume", "t", "--from-beginning", "-e"}).out == "1\n3\n");
}

TEST_CASE("compact says why it does nothing") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "topic"}).code == 0);
  const Ended deletes = line.Run({"compact", "topic"});
  CHECK(deletes.code == 1);
  CHECK(deletes.err.find("cleanup_policy is delete") != std::string::npos);
  const Ended missing = line.Run({"compact", "topics"});
  CHECK(missing.code == 1);
  CHECK(missing.err.find("did you mean 'topic'?") != std::string::npos);
}

}  // namespace
}  // namespace leat::testing
