// Processes that reach one folder by different mounts, as containers that share a volume do; and an overlay, as a container's
// own files are. As root.
#include <fmt/format.h>
#include <leat/leat.h>
#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <string>

#include "process/mapped_control.h"
#include "support/catch.h"
#include "support/forked_child.h"
#include "support/temp_folder.h"

namespace leat {
namespace {

using testing::ForkedChild;
using testing::TempFolder;
namespace fs = std::filesystem;

// What is mounted from here on is seen by this process and its children only. False where that is forbidden.
bool InNewMountNamespace() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

constexpr int kForbidden = 77;

// Sees the folder as `mounted` only, and is killed with the partition's append lock in its process's name.
int WriteElsewhereAndHold(const std::string& folder, const std::string& mounted, ForkedChild& child) {
  if (!InNewMountNamespace()) return kForbidden;
  if (::mount(folder.c_str(), mounted.c_str(), nullptr, MS_BIND, nullptr) != 0) return kForbidden;
  // What is below it now is somebody else's business.
  if (::mount("none", folder.c_str(), "tmpfs", 0, "size=1m") != 0) return kForbidden;
  auto broker = Broker::Open(mounted);
  if (!broker.ok()) return 1;
  auto producer = Producer::Open(*broker);
  if (!producer.ok() || !producer->Send("t", {.value = "from the other mount"}).ok()) return 2;
  process_test::MappedControl control(mounted);
  control.PageOf(0)->append_lock.store(control.WordOf(::getpid()));
  child.Say('h');
  child.Hear();
  return 3;
}

TEST_CASE("processes that see a folder by different mounts share it, and take over from each other") {
  const TempFolder temp;
  const std::string folder = temp / "volume", mounted = temp / "elsewhere";
  fs::create_directory(folder);
  fs::create_directory(mounted);
  auto broker = Broker::Open(folder);
  REQUIRE((broker.ok() && broker->CreateTopic("t").ok()));
  auto producer = Producer::Open(*broker);
  REQUIRE(producer->Send("t", {.value = "from here"}).ok());
  ForkedChild other([&](ForkedChild& self) { return WriteElsewhereAndHold(folder, mounted, self); });
  if (other.Answer() != 'h') {
    REQUIRE(other.Wait() == kForbidden);
    WARN("skipped: no right to mount");
    return;
  }
  auto partition = broker->FindTopic("t")->partition(0);
  CHECK(partition->Read(1).size() == 1);
  other.Kill();
  const auto sent = producer->Send("t", {.value = "from here again"});
  REQUIRE(sent.ok());
  CHECK(sent->offset == 2);
  CHECK(fs::is_empty(mounted));  // it was mounted there for the other only
}

// In a mount namespace of its own: an overlay over a folder that there was, and one that is made in it.
int UseOverlay(const TempFolder& temp) {
  if (!InNewMountNamespace()) return kForbidden;
  const std::string base = temp / "base", merged = temp / "merged";
  // An overlay's upper layer may not be an overlay itself, as a container's /tmp is.
  if (::mount("none", base.c_str(), "tmpfs", 0, "size=300m") != 0) return kForbidden;
  for (const char* name : {"/lower", "/upper", "/work"}) fs::create_directory(base + name);
  {
    auto broker = Broker::Open(base + "/lower/old");
    if (!broker.ok() || !broker->CreateTopic("t").ok() || !broker->Close().ok()) return 1;
  }
  const std::string layers = fmt::format("lowerdir={0}/lower,upperdir={0}/upper,workdir={0}/work", base);
  if (::mount("none", merged.c_str(), "overlay", 0, layers.c_str()) != 0) return kForbidden;
  // Files of the lower layer are other files once somebody has written to them: no place for what is shared.
  const auto refused = Broker::Open(merged + "/old").status();
  if (!absl::IsFailedPrecondition(refused) || refused.ToString().find("overlay") == std::string::npos) {
    fmt::print(stderr, "{}\n", refused.ToString());
    return 2;
  }
  const std::string folder = merged + "/new";
  ForkedChild writer([&](ForkedChild& self) {
    auto broker = Broker::Open(folder);
    if (!broker.ok() || !broker->CreateTopic("t").ok()) return 1;
    auto producer = Producer::Open(*broker);
    if (!producer.ok() || !producer->Send("t", {.value = "first"}, Durability::kDisk).ok()) return 2;
    self.Say('w');
    self.Hear();
    return 3;
  });
  if (writer.Answer() != 'w') return 3;
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return 4;
  auto producer = Producer::Open(*broker);
  if (!producer.ok() || !producer->Send("t", {.value = "second"}).ok()) return 5;
  writer.Kill();
  const auto sent = producer->Send("t", {.value = "third"}, Durability::kDisk);
  if (!sent.ok() || sent->offset != 2) return 6;
  if (!broker->Close().ok()) return 7;
  broker = Broker::Open(folder);
  if (!broker.ok()) return 8;
  return broker->FindTopic("t")->partition(0)->Read(0).size() == 3 ? 0 : 9;
}

TEST_CASE("a folder in an overlay's upper layer is shared like any, and one in a lower layer is refused by name") {
  const TempFolder temp;
  fs::create_directory(temp / "base");
  fs::create_directory(temp / "merged");
  ForkedChild child([&](ForkedChild&) { return UseOverlay(temp); });
  const int code = child.Wait();
  if (code == kForbidden) {
    WARN("skipped: no right to mount an overlay");
    return;
  }
  CHECK(code == 0);
}

}  // namespace
}  // namespace leat
