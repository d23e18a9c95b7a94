#include "broker/topic_name.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace leat::broker {
namespace {

TEST_CASE("names of 1 to 249 allowed characters are topics' names") {
  for (const char* name : {"a", "registered_user", "A.b-c_9", "...", "-", "9"}) {
    INFO(name);
    CHECK(CheckTopicName(name).ok());
  }
  CHECK(CheckTopicName(std::string(249, 'x')).ok());
}

TEST_CASE("names that Kafka refuses are refused, and the message says why") {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string(250, 'x'), std::string("a b"),
        std::string("a/b"), std::string("caf\xc3\xa9"), std::string("a\0b", 3), std::string("~a")}) {
    INFO(name);
    CHECK(absl::IsInvalidArgument(CheckTopicName(name)));
  }
  CHECK(CheckTopicName("ab/c").ToString().find("0x2f behind \"ab\"") != std::string::npos);
}

TEST_CASE("names that differ in dots and underscores only collide") {
  CHECK(TopicNamesCollide("a.b", "a_b"));
  CHECK(TopicNamesCollide("a._", "a_."));
  CHECK_FALSE(TopicNamesCollide("a.b", "a.b"));
  CHECK_FALSE(TopicNamesCollide("a.b", "a-b"));
  CHECK_FALSE(TopicNamesCollide("a.b", "a.bc"));
}

TEST_CASE("a partition's folder name is parsed back, and nothing else is one") {
  CHECK(ParsePartitionFolderName("users-0") == TopicPartition{"users", 0});
  CHECK(ParsePartitionFolderName("a-b-12") == TopicPartition{"a-b", 12});
  CHECK(ParsePartitionFolderName("--1") == TopicPartition{"-", 1});
  for (const char* name : {"users", "users-", "-1", "users-01", "users-+1", "users-1x", "users-99999999999", "a b-1",
                           "users-1.abc-delete", "users-0-delete"}) {
    INFO(name);
    CHECK_FALSE(ParsePartitionFolderName(name).has_value());
  }
}

TEST_CASE("names of topics are sorted, each once, and each a topic's") {
  CHECK(*NormalizeTopics({"b", "a", "b"}) == std::vector<std::string>{"a", "b"});
  CHECK(NormalizeTopics({})->empty());
  CHECK(absl::IsInvalidArgument(NormalizeTopics({"a", ""}).status()));
  CHECK(absl::IsInvalidArgument(NormalizeTopics({"a/b"}).status()));
}

}  // namespace
}  // namespace leat::broker
