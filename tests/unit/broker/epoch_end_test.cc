#include "broker/epoch_end.h"

#include <leat/batch.h>

#include <memory>
#include <string>
#include <utility>

#include "broker/open_local.h"
#include "broker/topics.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace leat::broker {
namespace {

struct EpochEndTest {
  std::shared_ptr<LocalBackend> Open(const std::string& boot_id) {
    Environment environment = RealEnvironment();
    environment.boot_id = boot_id;
    auto opened = OpenLocal(temp / "data", {}, environment);
    REQUIRE(opened.ok());
    return *std::move(opened);
  }
  static void Append(LocalBackend& backend, int records) {
    for (int i = 0; i < records; ++i) {
      BatchBuilder builder;
      REQUIRE(builder.Append(nullptr, "v", {}, 0));
      REQUIRE((*backend.FindTopic("t"))->partitions[0]->Append(builder.Seal({}), Durability::kProcess).ok());
    }
  }
  static Offset End(LocalBackend& backend, LeaderEpoch epoch) {
    const auto end = EndOfEpoch(backend.state(), *ReadTopic(backend.state(), "t"), 0, epoch);
    REQUIRE(end.ok());
    return *end;
  }
  testing::TempFolder temp;
};

TEST_CASE_METHOD(EpochEndTest, "an epoch ends where a younger one begins, and the youngest at the log's end") {
  {
    const auto first = Open("boot 1");
    REQUIRE(CreateTopic(first->state(), "t", {}).ok());
    CHECK(End(*first, 0) == 0);
    Append(*first, 3);
    CHECK(End(*first, 0) == 3);
    CHECK(End(*first, -1) == 3);
    CHECK(End(*first, 9) == 3);
    REQUIRE(first->Close().ok());
  }
  const auto second = Open("boot 2");
  Append(*second, 4);
  const LeaderEpoch now = (*second->FindTopic("t"))->partitions[0]->Offsets().ok()
                              ? second->DescribeTopic("t")->partitions[0].leader_epoch
                              : -1;
  REQUIRE(now > 0);
  CHECK(End(*second, 0) == 3);
  CHECK(End(*second, now) == 7);
  CHECK(End(*second, -1) == 7);
}

TEST_CASE_METHOD(EpochEndTest, "a topic that is gone has no epochs") {
  const auto first = Open("boot 1");
  REQUIRE(CreateTopic(first->state(), "t", {}).ok());
  const TopicFile topic = *ReadTopic(first->state(), "t");
  REQUIRE(DeleteTopic(first->state(), "t").ok());
  CHECK(absl::IsNotFound(EndOfEpoch(first->state(), topic, 0, 0).status()));
}

}  // namespace
}  // namespace leat::broker
