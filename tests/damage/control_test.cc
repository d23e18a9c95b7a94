// A control file that bears the right identity and lies in all else: nobody crashes, hangs, or reads what is not there.
#include <fcntl.h>
#include <fmt/format.h>
#include <leat/metrics.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "damage/attempt.h"
#include "model/operation.h"
#include "shared/layout.h"
#include "support/catch.h"

namespace leat::testing {
namespace {

using shared::PartitionPage;

constexpr FolderSpec kKilled{.batches = 200, .value_size = 800, .closed = false};

struct Lie {
  const char* what;
  std::size_t at;
  std::string bytes;
};

template <typename T>
std::string Bytes(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::string Random(std::uint64_t seed, std::size_t size) {
  Numbers numbers(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(numbers.Below(256));
  return bytes;
}

std::size_t InPage(std::size_t field) { return shared::kPartitionPagesAt + field; }

std::vector<Lie> Lies() {
  const std::int64_t far = std::int64_t{1} << 40;
  std::vector<Lie> lies = {
      {"all of the header but the identity", sizeof(shared::Identity), Random(1, shared::kPageSize - 96)},
      {"header lock", offsetof(shared::HeaderPage, header_lock), Bytes(0xffffffffU)},
      {"page count", offsetof(shared::HeaderPage, page_count), Bytes(0xffffffffU)},
      {"page count of none", offsetof(shared::HeaderPage, page_count), Bytes(0U)},
      {"slot bound", offsetof(shared::HeaderPage, slot_bound), Bytes(0xffffffffU)},
      {"slots", shared::kSlotsAt, Random(2, sizeof(shared::Slot) * shared::kMaxSlots)},
      {"doorbells", shared::kDoorbellsAt, Random(3, shared::kPageSize)},
      {"append lock", InPage(offsetof(PartitionPage, append_lock)), Bytes(0xdeadbeefU)},
      {"size lock", InPage(offsetof(PartitionPage, size_lock)), Bytes(0xdeadbeefU)},
      {"flush lock", InPage(offsetof(PartitionPage, flush_lock)), Bytes(0xffffffffU)},
      {"retire lock", InPage(offsetof(PartitionPage, retire_lock)), Bytes(0xdeadbeefU)},
      {"bytes of all segments", offsetof(shared::HeaderPage, size_bytes), Bytes(far)},
      {"last round of retention", offsetof(shared::HeaderPage, retention_round), Bytes(far)},
      {"allocated", InPage(offsetof(PartitionPage, allocated)), Bytes(far)},
      {"sparse index", InPage(offsetof(PartitionPage, index)), Random(4, sizeof(shared::SparseIndex))},
      {"high watermark behind the end", InPage(offsetof(PartitionPage, high_watermark)), Bytes(far)},
      {"high watermark below 0", InPage(offsetof(PartitionPage, high_watermark)), Bytes(-far)},
      {"log start behind the end", InPage(offsetof(PartitionPage, log_start)), Bytes(far)},
      {"ready", InPage(offsetof(PartitionPage, ready)), Bytes(7)},
      {"flags", InPage(offsetof(PartitionPage, flags)), Bytes(0xffffffffU)},
      {"state", InPage(offsetof(PartitionPage, state)), Bytes(77U)},
      {"version", InPage(offsetof(PartitionPage, version)), Bytes(~std::uint64_t{0})},
  };
  for (std::size_t slot = 0; slot < 2; ++slot) {
    const std::size_t at = InPage(offsetof(PartitionPage, commit)) + slot * sizeof(shared::CommitSlot);
    lies.push_back({"position", at + offsetof(shared::CommitSlot, position), Bytes(far)});
    lies.push_back({"position below 0", at + offsetof(shared::CommitSlot, position), Bytes(-far)});
    lies.push_back({"next offset", at + offsetof(shared::CommitSlot, next_offset), Bytes(far)});
    lies.push_back({"segment base", at + offsetof(shared::CommitSlot, segment_base), Bytes(far)});
    lies.push_back({"segment base below 0", at + offsetof(shared::CommitSlot, segment_base), Bytes(-far)});
    lies.push_back({"commit slot", at, Random(5 + slot, sizeof(shared::CommitSlot))});
  }
  for (std::uint64_t seed = 10; seed < 20; ++seed) {
    lies.push_back({"all of the page", InPage(0), Random(seed, sizeof(PartitionPage))});
    // With its names right, so that it is the partition's.
    lies.push_back({"all of the page but its names", InPage(64), Random(seed, sizeof(PartitionPage) - 64)});
  }
  return lies;
}

TEST_CASE("a control file that lies kills nobody, and shows nobody what is not in the log") {
  const TempFolder temp(QuickPlace());
  const std::string folder = temp / "data";
  MakeFolder(folder, kKilled);
  const Content content = ReadContent(folder);
  REQUIRE(Attempt(folder, kKilled, {.mode = OpenMode::kReadOnly}).right == kKilled.batches);
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kExisting}) {
    for (const Lie& lie : Lies()) {
      Restore(folder, content);
      std::string control = ReadContent(folder).at("control");
      REQUIRE(lie.at + lie.bytes.size() <= control.size());
      control.replace(lie.at, lie.bytes.size(), lie.bytes);
      WriteFile(folder + "/control", control);
      const Outcome outcome = Attempt(folder, kKilled, {.mode = mode, .max_block = std::chrono::milliseconds(200)});
      INFO(fmt::format("{}, mode {}: opened {}, {} right, '{}', '{}', signal {}", lie.what, static_cast<int>(mode),
                       outcome.opened, outcome.right, outcome.error, outcome.append_error, outcome.signal));
      CHECK(outcome.signal == 0);
      CHECK_FALSE(outcome.wrong);
    }
  }
}

// Uses the folder while another stores `lie` into its control file; 0 whatever the calls say.
int UseWhileItLies(const std::string& folder, const Lie& lie) {
  auto broker = Broker::Open(folder, {.max_block = std::chrono::milliseconds(200)});
  if (!broker.ok()) return 1;
  auto topic = broker->FindTopic(kTopic);
  if (!topic.ok()) return 2;
  auto partition = topic->partition(0);
  const std::string value(700, 'v');
  const auto use = [&](Offset from) {
    for (int i = 0; i < 150; ++i) {  // beyond the end of the segment
      BatchBuilder builder;
      if (!builder.Append(nullptr, value, {}, 0)) return;
      static_cast<void>(partition->Append(builder).ok());
    }
    for (Offset at = from; at < from + 400;) {
      const ConsumerRecords records = partition->Read(at);
      for (const ConsumerRecord& record : records) at = std::max(at, record.offset()) + 1;
      if (!records.status().ok() || records.empty()) break;
    }
  };
  use(0);
  const int control = ::open((folder + "/control").c_str(), O_WRONLY | O_CLOEXEC);
  const ssize_t stored = ::pwrite(control, lie.bytes.data(), lie.bytes.size(), static_cast<off_t>(lie.at));
  ::close(control);
  if (stored != static_cast<ssize_t>(lie.bytes.size())) return 3;
  use(0);
  use(200);
  static_cast<void>(broker->Metrics().ok());
  return 0;
}

TEST_CASE("a control file that begins to lie while it is used makes nobody store or look outside the log's files") {
  const TempFolder temp(QuickPlace());
  const std::string folder = temp / "data";
  MakeFolder(folder, kKilled);
  const Content content = ReadContent(folder);
  const std::int64_t far = std::int64_t{1} << 40, farther = std::numeric_limits<std::int64_t>::max() - 100;
  std::vector<Lie> lies = Lies();
  for (const std::int64_t place : {far, farther, -far, -farther, std::int64_t{-1}, std::int64_t{60'000}}) {
    lies.push_back({"visible position", InPage(offsetof(PartitionPage, visible_position)), Bytes(place)});
    lies.push_back({"allocated", InPage(offsetof(PartitionPage, allocated)), Bytes(place)});
    // Both slots: the next append believes one of them.
    std::string slots;
    for (int slot = 0; slot < 2; ++slot) {
      shared::CommitSlot one{};
      one.position.store(place);
      one.next_offset.store(300);
      slots += std::string(reinterpret_cast<const char*>(&one), sizeof(one));
    }
    lies.push_back({"position in both commit slots", InPage(offsetof(PartitionPage, commit)), slots});
  }
  for (const Lie& lie : lies) {
    Restore(folder, content);
    INFO(lie.what);
    CHECK(InChild([&] { return UseWhileItLies(folder, lie); }) == 0);
  }
}

TEST_CASE("a control file of garbage is made anew, whatever garbage it is") {
  const TempFolder temp(QuickPlace());
  const std::string folder = temp / "data";
  MakeFolder(folder, kKilled);
  const Content content = ReadContent(folder);
  const std::size_t size = content.at("control").size();
  for (const std::string& garbage : {std::string(), std::string(size, '\0'), Random(1, size), Random(2, 50),
                                     Random(3, 4096), std::string(size, '\xff'), content.at("control").substr(0, 96),
                                     content.at("control").substr(0, 5000), content.at("control") + Random(4, 777)}) {
    Restore(folder, content);
    WriteFile(folder + "/control", garbage);
    for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kExisting}) {
      const Outcome outcome = Attempt(folder, kKilled, {.mode = mode});
      INFO(fmt::format("{} bytes, mode {}: '{}', '{}'", garbage.size(), static_cast<int>(mode), outcome.error,
                       outcome.append_error));
      CHECK(outcome.signal == 0);
      CHECK((outcome.right == kKilled.batches && !outcome.wrong && outcome.error.empty()));
      CHECK(outcome.append_error.empty());
    }
  }
}

}  // namespace
}  // namespace leat::testing
