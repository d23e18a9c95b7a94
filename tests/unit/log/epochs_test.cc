#include "log/epochs.h"

#include "io/memory_file_system.h"
#include "support/catch.h"
#include "support/log_files.h"

namespace leat::log {
namespace {

Epochs Make(std::initializer_list<EpochStart> entries) {
  Epochs epochs;
  for (const EpochStart& entry : entries) epochs.Append(entry.epoch, entry.start);
  return epochs;
}

TEST_CASE("epochs are written as Kafka writes them") {
  CHECK(Epochs().Format() == "0\n0\n");
  CHECK(Make({{0, 0}, {2, 13}}).Format() == "0\n2\n0 0\n2 13\n");
}

TEST_CASE("epochs read back as they were written") {
  for (const Epochs& epochs : {Epochs(), Make({{0, 0}}), Make({{0, 0}, {2, 13}, {INT32_MAX, INT64_MAX}})}) {
    const auto parsed = Epochs::Parse(epochs.Format(), "file");
    REQUIRE(parsed.ok());
    CHECK(*parsed == epochs);
  }
}

TEST_CASE("epochs without a line feed at the end read, too") { CHECK(Epochs::Parse("0\n1\n3 4", "file").ok()); }

TEST_CASE("text that is not epochs is refused with the file and the line") {
  const auto message = [](std::string_view text) {
    const auto parsed = Epochs::Parse(text, "/p/leader-epoch-checkpoint");
    CHECK(absl::IsDataLoss(parsed.status()));
    return std::string(parsed.status().message());
  };
  using Catch::Matchers::StartsWith;
  const std::string path = "/p/leader-epoch-checkpoint";
  CHECK_THAT(message(""), StartsWith(path + ": line 1:"));
  CHECK_THAT(message("1\n0\n"), StartsWith(path + ": line 1:"));
  CHECK_THAT(message("0\n"), StartsWith(path + ": line 2:"));
  CHECK_THAT(message("0\n-1\n"), StartsWith(path + ": line 2:"));
  CHECK_THAT(message("0\nx\n"), StartsWith(path + ": line 2:"));
  CHECK_THAT(message("0\n1\n"), StartsWith(path + ": line 3:"));
  CHECK_THAT(message("0\n1\n0 0\n1 5\n"), StartsWith(path + ": line 5:"));
  CHECK_THAT(message("0\n2\n0 0\n0 5\n"), StartsWith(path + ": line 4:"));
  CHECK_THAT(message("0\n2\n0 5\n1 5\n"), StartsWith(path + ": line 4:"));
  CHECK_THAT(message("0\n1\n0\n"), StartsWith(path + ": line 3:"));
  CHECK_THAT(message("0\n1\n0 0 0\n"), StartsWith(path + ": line 3:"));
  CHECK_THAT(message("0\n1\n-1 0\n"), StartsWith(path + ": line 3:"));
  CHECK_THAT(message("0\n1\n0 -1\n"), StartsWith(path + ": line 3:"));
  CHECK_THAT(message("0\n1\n2147483648 0\n"), StartsWith(path + ": line 3:"));
  CHECK_THAT(message("0\n1\n0 9223372036854775808\n"), StartsWith(path + ": line 3:"));
}

TEST_CASE("an offset belongs to the last epoch that began at or before it") {
  const Epochs epochs = Make({{1, 10}, {4, 20}});
  CHECK(epochs.At(9) == -1);
  CHECK(epochs.At(10) == 1);
  CHECK(epochs.At(19) == 1);
  CHECK(epochs.At(20) == 4);
  CHECK(epochs.At(INT64_MAX) == 4);
  CHECK(Epochs().At(0) == -1);
  CHECK(Epochs().latest() == -1);
  CHECK(epochs.latest() == 4);
}

TEST_CASE("an epoch that got no records makes place for the next one") {
  CHECK(Make({{0, 0}, {1, 5}, {2, 5}}) == Make({{0, 0}, {2, 5}}));
}

TEST_CASE("a new epoch takes the place of those it contradicts") {
  CHECK(Make({{0, 0}, {3, 50}, {5, 60}, {3, 55}}) == Make({{0, 0}, {3, 55}}));
  CHECK(Make({{0, 10}, {1, 5}}) == Make({{1, 5}}));
}

TEST_CASE("truncating from the end forgets the epochs that begin there or later") {
  Epochs epochs = Make({{0, 0}, {1, 10}, {2, 20}});
  epochs.TruncateFromEnd(21);
  CHECK(epochs == Make({{0, 0}, {1, 10}, {2, 20}}));
  epochs.TruncateFromEnd(20);
  CHECK(epochs == Make({{0, 0}, {1, 10}}));
  epochs.TruncateFromEnd(0);
  CHECK(epochs == Epochs());
}

TEST_CASE("truncating from the start keeps the epoch that the start lies in") {
  Epochs epochs = Make({{0, 5}, {1, 10}, {2, 20}});
  epochs.TruncateFromStart(4);
  CHECK(epochs == Make({{0, 5}, {1, 10}, {2, 20}}));
  epochs.TruncateFromStart(12);
  CHECK(epochs == Make({{1, 12}, {2, 20}}));
  epochs.TruncateFromStart(20);
  CHECK(epochs == Make({{2, 20}}));
  epochs.TruncateFromStart(100);
  CHECK(epochs == Make({{2, 100}}));
}

TEST_CASE("the file of epochs is replaced whole") {
  const auto files = io::MakeMemoryFileSystem();
  REQUIRE(files->MakeDirectory("/p").ok());
  CHECK(absl::IsNotFound(ReadEpochs(*files, "/p").status()));
  REQUIRE(WriteEpochs(*files, "/p", Make({{0, 0}, {1, 7}}), {}).ok());
  REQUIRE(WriteEpochs(*files, "/p", Make({{3, 9}}), {}).ok());
  CHECK(ReadEpochs(*files, "/p").value() == Make({{3, 9}}));
  CHECK(testing::LogFiles(*files, "/p").Names() == std::vector<std::string>{"leader-epoch-checkpoint"});
}

}  // namespace
}  // namespace leat::log
