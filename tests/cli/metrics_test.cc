// leat metrics.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "cli/program.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("metrics prints what was counted: as a table, one of them alone, as JSON, as OpenMetrics") {
  const CommandLine line;
  REQUIRE(line.Run({"topic", "create", "t"}).code == 0);
  REQUIRE(line.Run({"produce", "t"}, "a\nb\nc\n").code == 0);
  REQUIRE(line.Run({"consume", "t", "-g", "g", "-o", "begin", "-n", "1"}).code == 0);
  const Ended all = line.Run({"metrics"});
  INFO(all.out);
  CHECK(all.code == 0);
  CHECK(all.err.empty());
  CHECK(all.out.starts_with("METRIC "));
  CHECK(Has(all.out, "\nleat_group_lag "));
  CHECK(Has(all.out, "group=g topic=t partition=0"));
  const Ended one = line.Run({"metrics", "leat_partition_appended_records"});
  CHECK(one.out ==
        "METRIC                           OF                   VALUE\n"
        "leat_partition_appended_records  topic=t partition=0  3\n");
  CHECK(line.Run({"metrics", "leat_partition_appended_records", "--json"}).out ==
        R"({"metric":"leat_partition_appended_records","kind":"counter","topic":"t","partition":0,"value":3})"
        "\n");
  CHECK(Has(line.Run({"metrics", "leat_topic_fsync_seconds", "--json"}).out,
            R"({"metric":"leat_topic_fsync_seconds","kind":"histogram","topic":"t","count":)"));
  const Ended text = line.Run({"metrics", "--openmetrics"});
  CHECK(text.code == 0);
  CHECK(Has(text.out, "\nleat_partition_appended_records_total{topic=\"t\",partition=\"0\"} 3\n"));
  CHECK(text.out.ends_with("\n# EOF\n"));
}

TEST_CASE("metrics refuses a name that is none, and says which was perhaps meant") {
  const CommandLine line;
  const Ended unknown = line.Run({"metrics", "leat_folder_topic"});
  CHECK(unknown.code == 2);
  CHECK(Has(unknown.err, "there is no metric 'leat_folder_topic'; did you mean 'leat_folder_topics'?"));
  CHECK(line.Run({"metrics", "--json", "--openmetrics"}).code == 2);
  const Ended nowhere = line.Run({"metrics"});
  CHECK(nowhere.code == 1);
  CHECK(Has(nowhere.err, "name another with -d or LEAT_DIR"));
}

TEST_CASE("where the control file tells nothing, metrics prints what the files do, and says why that is all") {
  const CommandLine line;
  REQUIRE(line.Run({"produce", "t"}, "a\n").code == 0);
  std::filesystem::resize_file(line / "data/control", 10);
  const Ended ended = line.Run({"metrics"});
  CHECK(ended.code == 0);
  CHECK(Has(ended.err, "data/control: is damaged; close the folder in every process"));
  CHECK(Has(ended.out, "\nleat_partition_end_offset "));
  CHECK_FALSE(Has(ended.out, "leat_partition_appended_records"));
}

TEST_CASE("docs/metrics.md is what the program says") {
  const CommandLine line;
  std::ostringstream page;
  page << std::ifstream(LEAT_METRICS_PAGE).rdbuf();
  INFO("build/bin/leat metrics --markdown > docs/metrics.md makes it anew");
  CHECK(line.Run({"metrics", "--markdown"}).out == page.str());
}

}  // namespace
}  // namespace leat::testing
