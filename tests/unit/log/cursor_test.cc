#include "log/cursor.h"

#include <atomic>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "log/housekeeping.h"
#include "log/segment_files.h"
#include "support/catch.h"
#include "support/log_reading.h"
#include "support/shared_folder.h"

namespace leat::log {
namespace {

using testing::AppendOne;
using testing::Must;
using testing::ReadAll;
using testing::SealedBatch;
using testing::SharedFolder;
using testing::Value;
using Strings = std::vector<std::string>;

TEST_CASE("offsets out of range are refused, with the range") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(AppendOne(*log, "a"));
  for (const Offset offset :
       {Offset{-1}, Offset{2}, std::numeric_limits<Offset>::max(), std::numeric_limits<Offset>::min()}) {
    Cursor cursor(log, offset);
    CHECK(cursor.Ready());
    auto refused = cursor.Fetch(100);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.status().code() == absl::StatusCode::kOutOfRange);
    CHECK(refused.status().ToString().find("0 to 1") != std::string::npos);
  }
}

TEST_CASE("a fetch from the middle of a batch begins with the whole batch") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  Value(log->Append(SealedBatch({"a", "b", "c", "d"}).bytes()));
  Cursor cursor(log, 2);
  const auto fetched = Value(cursor.Fetch(1));
  CHECK(fetched.begin == 2);
  CHECK(fetched.end == 4);
  CHECK(BatchView(fetched.bytes).base_offset() == 0);
  CHECK(cursor.position() == 4);
  CHECK_FALSE(cursor.Ready());
  CHECK(Value(cursor.Fetch(1)).bytes.empty());
}

TEST_CASE("max_bytes bounds a fetch, but for its first batch") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const std::size_t size = SealedBatch({"12345"}).bytes().size();
  for (int i = 0; i < 10; ++i) Value(AppendOne(*log, "12345"));
  Cursor cursor(log, 0);
  CHECK(Value(cursor.Fetch(0)).bytes.size() == size);
  CHECK(Value(cursor.Fetch(3 * size)).bytes.size() == 3 * size);
  CHECK(Value(cursor.Fetch(3 * size + size / 2)).bytes.size() == 3 * size);
  CHECK(Value(cursor.Fetch(1 << 20)).bytes.size() == 3 * size);
}

TEST_CASE("a read-only reader notices that its topic's page has become another topic's") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto writing = folder.OpenLog(process);
  Value(AppendOne(*writing, "a"));
  auto settings = folder.Settings(process);
  settings.locker = nullptr;
  auto reading = Log::Open(settings);
  Cursor cursor(reading, 0);
  CHECK(Value(cursor.Fetch(100)).end == 1);
  CHECK_FALSE(cursor.Ready());
  settings.page->topic_id[3] ^= std::byte{1};
  CHECK(cursor.Ready());
  CHECK(cursor.Fetch(100).status().code() == absl::StatusCode::kNotFound);
}

TEST_CASE("what was fetched stays readable when its segment is gone") {
  SharedFolder folder;
  folder.segment_bytes = 64 << 10;
  SharedFolder::Process process(folder);
  Fetched fetched;
  {
    auto log = folder.OpenLog(process);
    for (int i = 0; i < 100; ++i) Value(AppendOne(*log, std::string(1000, 'x')));
    Cursor cursor(log, 0);
    fetched = Value(cursor.Fetch(1));
    Must(folder.files().Remove(folder.SegmentPath(0)));
  }
  RecordReader reader{BatchView(fetched.bytes)};
  REQUIRE(reader.Next());
  CHECK(reader.record().value == std::string(1000, 'x'));
}

TEST_CASE("every offset is found from everywhere, in the active segment and in sealed ones") {
  SharedFolder folder;
  folder.segment_bytes = 1 << 20;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  constexpr int kRecords = 2500;  // of 1000 bytes: two sealed segments and one with a sparse index
  for (int i = 0; i < kRecords; ++i) Value(AppendOne(*log, std::string(1000, static_cast<char>('a' + i % 26))));
  REQUIRE(log->Housekeep().ok());
  REQUIRE(Value(log->Segments()).size() == 3);
  CHECK(log->page().index.count.load() > 0);
  bool right = true;
  for (Offset offset = 0; offset < kRecords; ++offset) {
    Cursor cursor(log, offset);
    const auto fetched = Value(cursor.Fetch(1));
    right &= BatchView(fetched.bytes).base_offset() == offset && fetched.end == offset + 1;
  }
  CHECK(right);
}

TEST_CASE("an index that lies costs time and nothing else") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  for (int i = 0; i < 500; ++i) Value(AppendOne(*log, std::string(1000, static_cast<char>('a' + i % 26))));
  auto& index = log->page().index;
  REQUIRE(index.count.load() > 2);
  index.entries[0].relative_offset.store(499);
  index.entries[1].position.store(0xFFFFFFF0u);
  index.entries[2].position.store(17);
  index.count.store(5000);
  for (const Offset offset : {Offset{0}, Offset{100}, Offset{499}}) {
    Cursor cursor(log, offset);
    CHECK(BatchView(Value(cursor.Fetch(1)).bytes).base_offset() == offset);
  }
}

// One log of three batches, the middle one with three records, and a byte of the file changed.
struct Damaged {
  explicit Damaged(std::size_t at, std::byte mask) {
    log = folder.OpenLog(process);
    Value(AppendOne(*log, "first"));
    first = log->page().commit[log->page().version.load() & 1].position.load();
    Value(log->Append(SealedBatch({"aa", "bb", "cc"}).bytes()));
    second = log->page().commit[log->page().version.load() & 1].position.load() - first;
    Value(AppendOne(*log, "last"));
    auto file = Value(folder.files().Open(folder.SegmentPath(0), io::OpenMode::kReadWrite));
    std::byte byte{};
    Value(file->ReadAt(first + static_cast<std::int64_t>(at), {&byte, 1}));
    byte ^= mask;
    Must(file->WriteAt(first + static_cast<std::int64_t>(at), {&byte, 1}));
  }
  SharedFolder folder;
  SharedFolder::Process process{folder};
  std::shared_ptr<Log> log;
  std::int64_t first = 0;
  std::int64_t second = 0;
};

TEST_CASE(
    "every flipped byte of a batch is met as damage: what is before it is read, it sticks, and Seek leads past it") {
  const auto size = static_cast<std::size_t>(Damaged(0, std::byte{0}).second);
  REQUIRE(size > batch_layout::kHeaderSize);
  for (std::size_t at = 0; at < size; ++at) {
    for (const std::byte mask : {std::byte{0x01}, std::byte{0x80}}) {
      INFO("byte " << at << " mask " << static_cast<int>(mask));
      Damaged damaged(at, mask);
      Cursor cursor(damaged.log, 0);
      const auto good = Value(cursor.Fetch(1 << 20));
      REQUIRE(good.end == 1);
      for (int again = 0; again < 2; ++again) {
        const auto met = cursor.Fetch(1 << 20);
        REQUIRE_FALSE(met.ok());
        // A codec bit makes it look compressed, but then the CRC is wrong; format 0 and 1 are not read at all.
        const bool old_format = at == batch_layout::kMagic;
        CHECK((met.status().code() == absl::StatusCode::kDataLoss ||
               (old_format && met.status().code() == absl::StatusCode::kUnimplemented)));
        CHECK(met.status().ToString().find(damaged.folder.SegmentPath(0)) != std::string::npos);
      }
    }
  }
  // Where lengths are right, the way past it is to seek.
  Damaged damaged(size - 1, std::byte{1});
  Cursor cursor(damaged.log, 1);
  CHECK_FALSE(cursor.Fetch(1 << 20).ok());
  cursor.Seek(4);
  CHECK(Value(cursor.Fetch(1 << 20)).end == 5);
}

TEST_CASE("a length that leads beyond the file is damage, not a signal") {
  Damaged damaged(8, std::byte{0x7F});
  Cursor cursor(damaged.log, 1);
  CHECK(cursor.Fetch(1 << 20).status().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("a reader beside a writer that rolls and seals sees every record once") {
  SharedFolder folder;
  folder.segment_bytes = 256 << 10;
  SharedFolder::Process writer(folder);
  SharedFolder::Process reader(folder);
  auto writing = folder.OpenLog(writer);
  auto reading = folder.OpenLog(reader);
  constexpr int kRecords = 20'000;
  std::atomic<bool> failed{false};
  std::thread thread([&] {
    for (int i = 0; i < kRecords && !failed; ++i) {
      if (!AppendOne(*writing, std::to_string(i)).ok()) failed = true;
      if (i % 500 == 0 && !writing->Housekeep().ok()) failed = true;
    }
  });
  Cursor cursor(reading, 0);
  int next = 0;
  bool right = true;
  while (next < kRecords && right && !failed) {
    auto fetched = cursor.Fetch(1 << 16);
    if (!fetched.ok()) {
      right = false;
      UNSCOPED_INFO(fetched.status().ToString());
      break;
    }
    for (auto rest = fetched->bytes; !rest.empty(); rest = rest.subspan(BatchView(rest).size_bytes())) {
      for (RecordReader records{BatchView(rest)}; records.Next();) {
        right &= records.record().value == std::to_string(next++);
      }
    }
  }
  if (!right) failed = true;
  thread.join();
  CHECK(right);
  CHECK(next == kRecords);
}

}  // namespace
}  // namespace leat::log
