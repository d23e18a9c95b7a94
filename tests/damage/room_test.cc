// No room, no files, no permission: the process lives, what was acknowledged is readable, and it goes on when there is
// room again.
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "damage/attempt.h"
#include "damage/small_disk.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

namespace fs = std::filesystem;

// In a child: publishes until it is refused, makes room by `make_room`, and goes on. 0, or which step went wrong.
int FillAndGoOn(const std::string& folder, absl::StatusCode refusal, const std::function<void()>& make_room) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return 1;
  auto topic = broker->CreateTopic("t", {.segment_bytes = 1 << 20, .max_message_bytes = 200'000});
  if (!topic.ok()) return 2;
  auto producer = Producer::Open(*broker);
  auto partition = topic->partition(0);
  const auto value = [](Offset offset) { return ValueAt(offset, 50'000); };
  Offset acknowledged = 0;
  absl::Status refused;
  for (; acknowledged < 1000; ++acknowledged) {
    const auto delivery = producer->Send(*partition, {.value = value(acknowledged)});
    refused = delivery.status();
    if (!delivery.ok()) break;
    if (delivery->offset != acknowledged) return 3;
  }
  if (refused.code() != refusal) {
    fmt::print(stderr, "refused with {}\n", refused.ToString());
    return 4;
  }
  if (std::string(refused.message()).find("t-0") == std::string::npos) {
    fmt::print(stderr, "not named: {}\n", refused.ToString());
    return 5;
  }
  if (acknowledged < 20) return 6;
  const auto all_readable = [&] {
    for (Offset at = 0; at < acknowledged;) {
      const ConsumerRecords records = partition->Read(at);
      for (const ConsumerRecord& record : records) {
        if (record.value() != value(at++)) return false;
      }
      if (records.empty()) return false;
    }
    return true;
  };
  if (!all_readable()) return 7;
  make_room();
  for (int more = 0; more < 5; ++more, ++acknowledged) {
    const auto delivery = producer->Send(*partition, {.value = value(acknowledged)});
    if (!delivery.ok()) {
      fmt::print(stderr, "with room again: {}\n", delivery.status().ToString());
      return 8;
    }
    if (delivery->offset != acknowledged) return 9;
  }
  if (!all_readable()) return 10;
  if (const absl::Status closed = broker->Close(); !closed.ok()) {
    fmt::print(stderr, "Close: {}\n", closed.ToString());
    return 11;
  }
  broker = Broker::Open(folder);
  if (!broker.ok()) return 12;
  topic = broker->FindTopic("t");
  if (!topic.ok()) return 13;
  partition = topic->partition(0);
  return partition.ok() && *partition->end() == acknowledged && all_readable() ? 0 : 14;
}

TEST_CASE("a full disk refuses appends, keeps what was acknowledged, and takes more when there is room") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  // Not on btrfs, where nobody knows how much room a file will find (full_disk_test.cc has it).
  for (const std::string type : {"tmpfs", "ext4", "xfs"}) {
    SmallDisk disk(type);
    if (!disk.mounted()) {
      WARN("skipped: a small " << type << " cannot be mounted here");
      continue;
    }
    INFO(type);
    const std::string ballast = disk.path() + "/ballast";
    WriteFile(ballast, std::string(2 << 20, 'b'));
    disk.FillBut(5 << 20);
    CHECK(InChild([&] {
            return FillAndGoOn(disk.path() + "/data", absl::StatusCode::kResourceExhausted, [&] {
              fs::remove(ballast);
              disk.MakeRoom();
            });
          }) == 0);
  }
}

TEST_CASE("a folder on a disk that is full already is refused with the file's name") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  SmallDisk disk("tmpfs");
  if (!disk.mounted()) {
    WARN("skipped: a small tmpfs cannot be mounted here");
    return;
  }
  const int fill =
      std::system(fmt::format("dd if=/dev/zero of='{}/ballast' bs=64k >/dev/null 2>&1", disk.path()).c_str());
  CHECK(fill != 0);
  const Outcome outcome = Attempt(disk.path() + "/data", {});
  INFO(outcome.error);
  CHECK(outcome.signal == 0);
  CHECK(outcome.error.starts_with("RESOURCE_EXHAUSTED"));
  CHECK(outcome.error.find(disk.path()) != std::string::npos);
}

TEST_CASE("a limit on the size of files refuses, and kills nobody") {
  const TempFolder temp;
  MakeFolder(temp / "data", {});
  const int code = InChild([&] {
    const rlimit limit{.rlim_cur = 32 << 10, .rlim_max = 32 << 10};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    auto broker = Broker::Open(temp / "data");
    if (!broker.ok()) return absl::IsResourceExhausted(broker.status()) ? 0 : 2;
    auto partition = broker->FindTopic(kTopic)->partition(0);
    auto producer = Producer::Open(*broker);
    for (int i = 0; i < 100; ++i) {
      const auto delivery = producer->Send(*partition, {.value = std::string(20'000, 'x')});
      if (!delivery.ok()) return absl::IsResourceExhausted(delivery.status()) ? 0 : 3;
    }
    return 4;
  });
  CHECK(code == 0);
  CHECK(Attempt(temp / "data", {}).right >= 12);
}

TEST_CASE("too many open files is an error that says so, and passes when files are free") {
  const TempFolder temp;
  MakeFolder(temp / "data", {});
  const int code = InChild([&] {
    const rlimit limit{.rlim_cur = 64, .rlim_max = 64};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
    std::vector<int> taken;
    for (int file = 0; (file = ::open("/dev/null", O_RDONLY)) >= 0;) taken.push_back(file);
    const auto refused = Broker::Open(temp / "data").status();
    if (!absl::IsResourceExhausted(refused) || std::string(refused.message()).find("files") == std::string::npos) {
      fmt::print(stderr, "{}\n", refused.ToString());
      return 2;
    }
    // One more each time: wherever it ends, it ends in a status.
    while (!taken.empty()) {
      auto broker = Broker::Open(temp / "data");
      absl::Status status = broker.status();
      if (broker.ok()) {
        const auto topic = broker->FindTopic(kTopic);
        status = topic.status();
        if (topic.ok()) {
          auto partition = topic->partition(0);
          status = partition.status();
          if (partition.ok()) {
            BatchBuilder builder;
            if (!builder.Append(nullptr, "v", {}, 0)) return 3;
            status = partition->Append(builder).status();
            if (status.ok() && partition->Read(0).status().ok()) return 0;
            if (status.ok()) status = partition->Read(0).status();
          }
        }
      }
      if (!absl::IsResourceExhausted(status)) {
        fmt::print(stderr, "with {} left: {}\n", taken.size(), status.ToString());
        return 4;
      }
      ::close(taken.back());
      taken.pop_back();
    }
    return 5;
  });
  CHECK(code == 0);
  CHECK(Attempt(temp / "data", {}).right >= 12);
}

// Opens the folder, appends and reads: what that comes to.
absl::Status UseOnce(const std::string& folder) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  const auto topic = broker->FindTopic(kTopic);
  if (!topic.ok()) return topic.status();
  auto partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  BatchBuilder builder;
  static_cast<void>(!builder.Append(nullptr, "v", {}, 0));
  if (auto s = partition->Append(builder).status(); !s.ok()) return s;
  return partition->Read(0).status();
}

// What this process has mapped.
std::int64_t AddressSpace() {
  std::int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * ::sysconf(_SC_PAGESIZE);
}

TEST_CASE("too little address space is an error that says so, and passes when there is more") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  WARN("skipped: a sanitizer takes more address space than there is memory");
#else
  const TempFolder temp;
  MakeFolder(temp / "data", {});
  const int code = InChild([&] {
    int refused = 0;
    const std::int64_t now = AddressSpace();
    for (std::int64_t more = 4 << 20; more < std::int64_t{4} << 30; more += 12 << 20) {
      const rlimit limit{.rlim_cur = static_cast<rlim_t>(now + more), .rlim_max = RLIM_INFINITY};
      if (::setrlimit(RLIMIT_AS, &limit) != 0) return 1;
      const absl::Status status = UseOnce(temp / "data");
      if (status.ok()) return refused > 0 ? 0 : 2;
      ++refused;
      if (!absl::IsResourceExhausted(status)) {
        fmt::print(stderr, "with {} bytes more: {}\n", more, status.ToString());
        return 3;
      }
    }
    return 4;
  });
  CHECK(code == 0);
  CHECK(Attempt(temp / "data", {}).right >= 12);
#endif
}

TEST_CASE("without permission a folder is refused for writing, and opens for reading") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can become somebody else");
    return;
  }
  const TempFolder temp;
  const std::string folder = temp / "data";
  MakeFolder(folder, {});
  fs::permissions(temp.path(), fs::perms::all);
  const int code = InChild([&] {
    if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) return 1;
    const auto refused = Broker::Open(folder).status();
    if (!absl::IsPermissionDenied(refused) || std::string(refused.message()).find(folder) == std::string::npos) {
      fmt::print(stderr, "{}\n", refused.ToString());
      return 2;
    }
    auto broker = Broker::Open(folder, {.mode = OpenMode::kReadOnly});
    if (!broker.ok()) {
      fmt::print(stderr, "{}\n", broker.status().ToString());
      return 3;
    }
    const auto records = broker->FindTopic(kTopic)->partition(0)->Read(0);
    if (records.size() != 12) return 4;
    return absl::IsPermissionDenied(Producer::Open(*broker).status()) ? 0 : 5;
  });
  CHECK(code == 0);
}

TEST_CASE("a folder on a read-only mount is refused for writing, and opens for reading") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can mount");
    return;
  }
  SmallDisk disk("tmpfs");
  if (!disk.mounted()) {
    WARN("skipped: a small tmpfs cannot be mounted here");
    return;
  }
  const std::string folder = disk.path() + "/data";
  MakeFolder(folder, {});
  REQUIRE(::mount("none", disk.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=6m") == 0);
  const Outcome writer = Attempt(folder, {});
  INFO(writer.error);
  CHECK(writer.signal == 0);
  CHECK_FALSE(writer.opened);
  CHECK(writer.error.find(folder) != std::string::npos);
  const Outcome reader = Attempt(folder, {}, {.mode = OpenMode::kReadOnly});
  INFO(reader.error);
  CHECK((reader.right == 12 && reader.error.empty()));
}

TEST_CASE("a file system that cannot carry a folder is refused by name") {
  // It is on every Linux, in every container too, and leat cannot lie there.
  const std::string place = "/proc/self";
  const auto status = Broker::Open(place).status();
  INFO(status);
  CHECK_FALSE(status.ok());
  CHECK(std::string(status.message()).find(place) != std::string::npos);
}

}  // namespace
}  // namespace leat::testing
