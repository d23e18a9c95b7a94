#include "log/checkpoint.h"

#include "io/failing_file_system.h"
#include "io/memory_file_system.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

Checkpoint At(Offset end) {
  return {.log_start = end / 2,
          .end = end,
          .segment_base = end - 1,
          .position = 100 * end,
          .max_timestamp = 5000 + end,
          .segment_first_append = 4000 + end,
          .epoch = 3};
}

class Folder {
 public:
  Folder() { REQUIRE(memory->MakeDirectory("/p").ok()); }
  void Write(const Checkpoint& checkpoint) {
    auto file = OpenCheckpoint(*files, "/p", {});
    REQUIRE(file.ok());
    REQUIRE(WriteCheckpoint(**file, checkpoint).ok());
  }
  CheckpointState Read() {
    auto state = ReadCheckpoint(*files, "/p");
    REQUIRE(state.ok());
    return *state;
  }

  std::shared_ptr<io::FileSystem> memory = io::MakeMemoryFileSystem();
  std::shared_ptr<io::FailingFileSystem> files = std::make_shared<io::FailingFileSystem>(memory);
  testing::LogFiles log{*memory, "/p"};
};

TEST_CASE("a folder without a checkpoint has none") {
  Folder folder;
  CHECK(folder.Read().newest == std::nullopt);
  CHECK_FALSE(folder.Read().garbage);
}

TEST_CASE("a checkpoint file that was only made, or is empty, has none") {
  Folder folder;
  REQUIRE(OpenCheckpoint(*folder.files, "/p", {}).ok());
  CHECK(folder.log.Read("checkpoint").size() == 1024);
  CHECK(folder.Read().newest == std::nullopt);
  CHECK_FALSE(folder.Read().garbage);
  folder.log.Write("checkpoint", "");
  CHECK(folder.Read().newest == std::nullopt);
  folder.Write(At(7));
  CHECK(folder.Read().newest == At(7));
}

TEST_CASE("the checkpoint read is the one written last") {
  Folder folder;
  for (Offset end = 1; end < 20; ++end) {
    folder.Write(At(end));
    CHECK(folder.Read().newest == At(end));
    CHECK(folder.Read().sequence == static_cast<std::uint64_t>(end));
  }
}

TEST_CASE("a log start never goes back, and gaps stay allowed") {
  Folder folder;
  Checkpoint checkpoint = At(100);
  checkpoint.log_start = 80;
  checkpoint.allow_gaps = true;
  folder.Write(checkpoint);
  checkpoint.log_start = 10;
  checkpoint.allow_gaps = false;
  checkpoint.end = 120;
  folder.Write(checkpoint);
  CHECK(folder.Read().newest->log_start == 80);
  CHECK(folder.Read().newest->allow_gaps);
  CHECK(folder.Read().newest->end == 120);
}

TEST_CASE("a byte flipped anywhere in the newest slot gives the one before") {
  Folder folder;
  folder.Write(At(10));  // sequence 1, in slot 1
  folder.Write(At(20));  // sequence 2, in slot 0
  for (std::size_t position = 0; position < 76; ++position) {
    INFO(position);
    folder.log.FlipBit("checkpoint", position, static_cast<int>(position % 8));
    CHECK(folder.Read().newest == At(10));
    CHECK(folder.Read().garbage);
    folder.log.FlipBit("checkpoint", position, static_cast<int>(position % 8));
  }
  CHECK(folder.Read().newest == At(20));
}

TEST_CASE("a byte flipped in the older slot or between them is harmless") {
  Folder folder;
  folder.Write(At(10));
  folder.Write(At(20));
  for (std::size_t position = 76; position < 1024; position += 13) {
    folder.log.FlipBit("checkpoint", position);
    CHECK(folder.Read().newest == At(20));
    folder.log.FlipBit("checkpoint", position);
  }
}

TEST_CASE("a slot that was written in part gives the one before") {
  Folder folder;
  folder.Write(At(10));
  folder.Write(At(20));
  const testing::Bytes before = folder.log.Read("checkpoint");
  folder.Write(At(30));  // into slot 1 again
  const testing::Bytes after = folder.log.Read("checkpoint");
  for (std::size_t written = 0; written <= 76; ++written) {
    testing::Bytes torn = before;
    std::copy_n(after.begin() + 512, written, torn.begin() + 512);
    folder.log.Write("checkpoint", torn);
    INFO(written);
    const bool whole = torn == after;
    CHECK(folder.Read().newest == At(whole ? 30 : 20));
  }
}

TEST_CASE("two slots of garbage are no checkpoint, and said to be garbage") {
  Folder folder;
  folder.log.Write("checkpoint", std::string(1024, 'x'));
  CHECK(folder.Read().newest == std::nullopt);
  CHECK(folder.Read().garbage);
  folder.Write(At(5));
  CHECK(folder.Read().newest == At(5));
}

TEST_CASE("a slot in the other one's place is garbage") {
  Folder folder;
  folder.Write(At(10));
  testing::Bytes bytes = folder.log.Read("checkpoint");
  std::rotate(bytes.begin(), bytes.begin() + 512, bytes.end());
  folder.log.Write("checkpoint", bytes);
  CHECK(folder.Read().newest == std::nullopt);
  CHECK(folder.Read().garbage);
}

TEST_CASE("a truncated checkpoint file gives the slot that is left") {
  Folder folder;
  folder.Write(At(10));
  folder.Write(At(20));
  testing::Bytes bytes = folder.log.Read("checkpoint");
  bytes.resize(512);
  folder.log.Write("checkpoint", bytes);
  CHECK(folder.Read().newest == At(20));
  bytes.resize(40);
  folder.log.Write("checkpoint", bytes);
  CHECK(folder.Read().newest == std::nullopt);
}

TEST_CASE("the checkpoint of a later version is refused, not guessed at") {
  Folder folder;
  folder.Write(At(10));
  testing::Bytes bytes = folder.log.Read("checkpoint");
  const std::span<std::byte> slot = std::span(bytes).subspan(512);
  StoreBig32(slot.data() + 4, 2);
  StoreBig32(slot.data() + 72, Crc32c(slot.first(72)));
  folder.log.Write("checkpoint", bytes);
  const auto state = ReadCheckpoint(*folder.files, "/p");
  CHECK(absl::IsFailedPrecondition(state.status()));
  CHECK(std::string(state.status().message()).find("/p/checkpoint") != std::string::npos);
}

TEST_CASE("a folder gets its first checkpoint whole, and each later one in turn") {
  bool done = false;
  for (int n = 1; !done; ++n) {
    Folder folder;
    folder.files->FailFrom(n, absl::UnavailableError("killed"));
    done = SaveCheckpoint(*folder.files, "/p", At(10), {}).ok();
    INFO(n);
    folder.files->Heal();
    CHECK(folder.log.Has("checkpoint") == (folder.Read().newest == At(10)));
    for (Offset end = 11; end < 15; ++end) {
      REQUIRE(SaveCheckpoint(*folder.files, "/p", At(end), {}).ok());
      CHECK(folder.Read().newest == At(end));
    }
  }
}

TEST_CASE("a checkpoint whose sync fails is an error") {
  Folder folder;
  auto file = OpenCheckpoint(*folder.files, "/p", {});
  REQUIRE(file.ok());
  folder.files->FailAt(1, absl::DataLossError("the disk"), FileCall::kSync);
  CHECK(absl::IsDataLoss(WriteCheckpoint(**file, At(1))));
}

TEST_CASE("what no log can say is not written, whoever made the shared state say so") {
  Folder folder;
  auto file = OpenCheckpoint(*folder.files, "/p", {});
  REQUIRE(file.ok());
  REQUIRE(WriteCheckpoint(**file, At(10)).ok());
  Checkpoint backwards = At(10);
  backwards.segment_base = 11;
  for (const Checkpoint& impossible :
       {Checkpoint{.log_start = -1, .end = 1}, Checkpoint{.end = 1, .position = -1}, backwards}) {
    CHECK(absl::IsDataLoss(WriteCheckpoint(**file, impossible)));
    CHECK(absl::IsDataLoss(SaveCheckpoint(*folder.files, "/p", impossible, {})));
  }
  CHECK(folder.Read().newest == At(10));
}

}  // namespace
}  // namespace leat::log
