#include "log/unread.h"

#include <string>

#include "support/catch.h"
#include "support/log_reading.h"
#include "support/shared_folder.h"

namespace leat::log {
namespace {

using testing::AppendOne;
using testing::SealedBatch;
using testing::SharedFolder;
using testing::Value;

TEST_CASE("nothing is unread of an empty log, nor at its end or behind it") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  CHECK(Value(UnreadFrom(*log, 0)).bytes == 0);
  CHECK_FALSE(Value(UnreadFrom(*log, 0)).oldest.has_value());
  Value(AppendOne(*log, "a", 1000));
  CHECK(Value(UnreadFrom(*log, 1)).bytes == 0);
  CHECK(Value(UnreadFrom(*log, 7)).bytes == 0);
}

TEST_CASE("a batch counts whole, and its record's time is told, wherever in it the offset is") {
  SharedFolder folder;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const SealedBatch first({"a"}, 1000);
  const SealedBatch second({"b", "c", "d"}, 2000);  // 2000, 2001, 2002
  Value(log->Append(first.bytes()));
  Value(log->Append(second.bytes()));
  const auto both = static_cast<std::int64_t>(first.bytes().size() + second.bytes().size());
  CHECK(Value(UnreadFrom(*log, 0)).bytes == both);
  CHECK(Value(UnreadFrom(*log, 0)).oldest == 1000);
  CHECK(Value(UnreadFrom(*log, 1)).bytes == static_cast<std::int64_t>(second.bytes().size()));
  CHECK(Value(UnreadFrom(*log, 1)).oldest == 2000);
  CHECK(Value(UnreadFrom(*log, 3)).bytes == static_cast<std::int64_t>(second.bytes().size()));
  CHECK(Value(UnreadFrom(*log, 3)).oldest == 2002);
}

TEST_CASE("over many segments, what is unread shrinks batch by batch to nothing") {
  SharedFolder folder;
  folder.segment_bytes = 64 << 10;
  SharedFolder::Process process(folder);
  auto log = folder.OpenLog(process);
  const SealedBatch batch({std::string(1000, 'x')}, 1000);
  const auto size = static_cast<std::int64_t>(batch.bytes().size());
  constexpr Offset kBatches = 200;
  for (Offset i = 0; i < kBatches; ++i) Value(log->Append(batch.bytes()));
  REQUIRE(Value(log->Segments()).size() > 2);
  REQUIRE(log->Housekeep().ok());  // cuts finished segments to their end
  for (Offset offset = 0; offset <= kBatches; ++offset) {
    CAPTURE(offset);
    CHECK(Value(UnreadFrom(*log, offset)).bytes == (kBatches - offset) * size);
  }
}

}  // namespace
}  // namespace leat::log
