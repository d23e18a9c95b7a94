// Enqueue with kDisk: many batches share a sync, and callbacks come after it.
#include <leat/producer.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "broker/open_local.h"
#include "broker/topics.h"
#include "client/producer_state.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/watched_files.h"

namespace leat {
namespace {

struct Opened {
  Opened() {
    broker::Environment environment = broker::RealEnvironment();
    environment.files = files;
    backend = *broker::OpenLocal(folder.path(), {}, environment);
    REQUIRE(broker::CreateTopic(backend->state(), "t", {.partitions = 2}).ok());
  }
  Offset flushed(PartitionId partition) {
    return backend->DescribeTopic("t")->partitions[static_cast<std::size_t>(partition)].flushed;
  }

  testing::TempFolder folder;
  std::shared_ptr<testing::WatchedFiles> files =
      std::make_shared<testing::WatchedFiles>(broker::RealEnvironment().files);
  std::shared_ptr<broker::LocalBackend> backend;
};

constexpr int kRecords = 2000;

TEST_CASE("enqueued records with kDisk share syncs, and each callback comes when its record is on the disk") {
  Opened opened;
  // Nothing is sent before Flush: then all is due at once.
  Producer producer = *client::ProducerState::Open(
      opened.backend, {.linger = std::chrono::hours(1), .batch_size = 500, .buffer_memory = 64 << 20});
  std::vector<Offset> offsets[2];
  int early = 0;
  for (int i = 0; i < kRecords; ++i) {
    const PartitionId partition = i % 2;
    REQUIRE(producer
                .Enqueue(
                    "t", {.value = std::to_string(i), .partition = partition},
                    [&, partition](const absl::StatusOr<Delivery>& delivery) {
                      if (!delivery.ok()) return;
                      offsets[partition].push_back(delivery->offset);
                      early += opened.flushed(partition) <= delivery->offset ? 1 : 0;
                    },
                    Durability::kDisk)
                .ok());
  }
  REQUIRE(producer.Flush().ok());
  CHECK(early == 0);
  for (const std::vector<Offset>& of : offsets) {
    REQUIRE(of.size() == kRecords / 2);
    for (std::size_t i = 0; i < of.size(); ++i) CHECK(of[i] == static_cast<Offset>(i));
  }
  const int batches = kRecords / 50;
  CHECK(opened.files->journal().syncs < batches);
}

TEST_CASE("what is behind a record that waits for the disk is told after it, and a failed sync is told to all") {
  Opened opened;
  Producer producer =
      *client::ProducerState::Open(opened.backend, {.linger = std::chrono::hours(1), .batch_size = 1});
  REQUIRE(producer.Send("t", {.value = "first", .partition = 0}, Durability::kDisk).ok());
  opened.files->journal().losses = 1;
  std::vector<std::string> told;
  const auto callback = [&](std::string name) {
    return [&told, name](const absl::StatusOr<Delivery>& delivery) {
      told.push_back(name + (delivery.ok()                         ? " landed"
                             : absl::IsDataLoss(delivery.status()) ? " is lost"
                                                                   : " failed"));
    };
  };
  REQUIRE(producer.Enqueue("t", {.value = "a", .partition = 0}, callback("a"), Durability::kDisk).ok());
  REQUIRE(producer.Enqueue("t", {.value = "b", .partition = 0}, callback("b")).ok());
  REQUIRE(producer.Enqueue("t", {.value = "c", .partition = 0}, callback("c"), Durability::kDisk).ok());
  CHECK(absl::IsDataLoss(producer.Flush()));
  REQUIRE(told.size() == 3);
  CHECK(told[0] == "a is lost");
  CHECK(told[1].starts_with("b "));
  CHECK(told[2] == "c is lost");
  CHECK(producer.Close().ok());
}

}  // namespace
}  // namespace leat
