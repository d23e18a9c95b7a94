#include "group/topic_facts.h"

#include <fstream>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/group_folder.h"

namespace leat::group {
namespace {

using testing::GroupFolder;

TEST_CASE_METHOD(GroupFolder, "a topic is known by its id and partitions, and one that is not there by none") {
  const Process process = Open();
  Topic(process, "t", 5);
  const auto facts = LookUpTopics(process->state(), {"later", "t"});
  REQUIRE(facts.ok());
  REQUIRE(facts->size() == 2);
  CHECK((*facts)[0].name == "later");
  CHECK((*facts)[0].id == base::Uuid{});
  CHECK((*facts)[0].partitions == 0);
  CHECK(base::UuidToString((*facts)[1].id) == IdOf(process, "t"));
  CHECK((*facts)[1].partitions == 5);
}

TEST_CASE_METHOD(GroupFolder, "a topic's file that is damaged is an error, not a topic that is not there") {
  const Process process = Open();
  Topic(process, "t", 5);
  std::ofstream(path() + "/topics/t") << "nonsense";
  CHECK(absl::IsDataLoss(LookUpTopics(process->state(), {"t"}).status()));
}

}  // namespace
}  // namespace leat::group
