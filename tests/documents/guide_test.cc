// The code of docs/guide.md, as it stands there: each function is run, and does what the page says.
#include "guide_code.h"

#include <stdio.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace {

std::vector<std::string> mailed;
std::atomic<bool> mailing = true;

}  // namespace

// What the page leaves to the application.
void Mail(leat::BytesView user) {
  mailed.emplace_back(user);
  mailing = false;
}

absl::Status FromJson(std::string_view json, User* user) {
  const std::size_t name = json.find("\"name\":\"");
  if (name == json.npos) return absl::InvalidArgumentError("no name");
  user->name = std::string(json.substr(name + 8, json.find('"', name + 8) - name - 8));
  return absl::OkStatus();
}

namespace {

// What is printed while it lives.
class Printed {
 public:
  Printed() {
    fflush(stdout);
    if (dup2(fileno(file_), STDOUT_FILENO) < 0) std::abort();
  }
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;
  ~Printed() { End(); }

  std::string text() {
    fflush(stdout);
    std::string text(1 << 16, '\0');
    const ssize_t size = pread(fileno(file_), text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }
  void WaitFor(std::string_view words) {
    while (text().find(words) == std::string::npos) std::this_thread::yield();
  }
  std::string End() {
    const std::string all = text();
    dup2(before_, STDOUT_FILENO);
    return all;
  }

 private:
  FILE* const file_ = tmpfile();
  const int before_ = dup(STDOUT_FILENO);
};

bool Has(const std::string& text, std::string_view words) { return text.find(words) != std::string::npos; }

struct Folder {
  leat::testing::TempFolder temp;
  std::string path = temp.path() + "/data";
  leat::Broker broker = leat::Broker::Open(path).value();
  leat::Topic users = EnsureUsers(broker).value();
  leat::Producer producer = leat::Producer::Open(broker).value();
};

}  // namespace

TEST_CASE("what the guide opens and makes is there, and is shown by whoever only looks") {
  leat::testing::TempFolder temp;
  const std::string folder = temp.path() + "/data";
  {
    auto producer = Start(folder);
    REQUIRE(producer.ok());
    REQUIRE(producer->Send("registered_user", {.key = "ada", .value = "Ada", .partition = 2}).ok());
  }
  Printed printed;
  const absl::Status status = PrintTopics(folder);
  const std::string text = printed.End();
  REQUIRE(status.ok());
  CHECK(Has(text, "registered_user-2: offsets 0 to 1, "));
  CHECK(Has(text, "registered_user-3: offsets 0 to 0, "));
}

TEST_CASE(
    "what the guide sends, one by one, many at once, in batches, compressed, and to the disk, is read by what it "
    "reads with") {
  Folder here;
  const std::string trace = "7";
  Printed printed;
  const absl::Status one = SendOne(here.producer, here.users, trace);
  const absl::Status many = SendMany(here.producer, here.users, {"a", "b", "c"});
  const absl::Status batches = SendInBatches(here.producer, here.users, {"d", "e"});
  const absl::Status compressed = SendCompressed(here.broker, {"f", "g"});
  const absl::Status order = TakeAnOrder(here.broker, here.producer);
  const std::string sent = printed.End();
  REQUIRE(one.ok());
  REQUIRE(many.ok());
  REQUIRE(batches.ok());
  REQUIRE(compressed.ok());
  REQUIRE(order.ok());
  CHECK(Has(sent, ", offset 0\n"));
  CHECK(Has(sent, "3 records from offset 1 on"));

  std::atomic<bool> running = true;
  absl::Status read;
  Printed shown;
  std::thread reader([&] { read = PrintUsers(here.broker, running); });
  shown.WaitFor(" = e\n");
  running = false;
  reader.join();
  const std::string text = shown.End();
  CHECK(read.ok());
  CHECK(Has(text, R"(@0 ada = {"name":"Ada"})"));
  CHECK(Has(text, "@3 ada = c"));
}

TEST_CASE("the guide finds records by a header, by a time, from the end, and at another speed") {
  Folder here;
  for (int i = 0; i < 3; ++i) {
    const std::vector<leat::Header> german = {{"country", "de"}};
    const std::string value = std::to_string(i);
    const leat::Timestamp time(std::chrono::milliseconds(1'700'000'000'000 + i * 1000));
    REQUIRE(here.producer
                .Send(here.users, {.value = value,
                                   .headers = i == 1 ? leat::HeadersView(german) : leat::HeadersView(),
                                   .timestamp = time,
                                   .partition = 0})
                .ok());
  }
  auto germans = FindGermans(here.broker);
  REQUIRE(germans.ok());
  REQUIRE(germans->size() == 1);
  CHECK(germans->front().value == "1");

  auto consumer = leat::Consumer::Open(here.broker, {.auto_offset_reset = leat::OffsetReset::kEarliest});
  REQUIRE(consumer.ok());
  Printed printed;
  const absl::Status since = ReadSince(*consumer, leat::Timestamp(std::chrono::milliseconds(1'700'000'001'000)));
  const absl::Status newest = ShowNewest(*consumer);
  const absl::Status again = PlayAgain(here.broker, here.users);
  const std::string text = printed.End();
  CHECK(since.ok());
  CHECK(newest.ok());
  CHECK(again.ok());
  CHECK(Has(text, "2 records since then are there at once"));
  CHECK(Has(text, "2 null = 2\n1 null = 1\n0 null = 0\n"));
  CHECK(Has(text, "null 0\nnull 1\nnull 2\n"));
}

TEST_CASE("the guide's group mails each user, keeps totals with its commits, tells its lag, and is set back") {
  Folder here;
  REQUIRE(here.producer.Send(here.users, {.value = "ada", .partition = 0}).ok());
  REQUIRE(MailUsers(here.broker, mailing).ok());
  CHECK(mailed == std::vector<std::string>{"ada"});
  REQUIRE(here.producer.Send(here.users, {.value = "bob", .partition = 0}).ok());

  std::vector<std::int64_t> totals(4);
  {
    auto first = OpenWithTotals(here.broker, totals);
    REQUIRE(first.ok());
    REQUIRE(first->Subscribe({"registered_user"}).ok());
    while (first->assignment()->size() < 4) REQUIRE(first->Poll(10ms).status().ok());
    totals[3] = 42;
    REQUIRE(first->Close().ok());
  }
  totals[3] = 0;
  auto second = OpenWithTotals(here.broker, totals);
  REQUIRE(second.ok());
  REQUIRE(second->Subscribe({"registered_user"}).ok());
  while (second->assignment()->size() < 4) REQUIRE(second->Poll(10ms).status().ok());
  CHECK(totals[3] == 42);

  Printed printed;
  const absl::Status lag = PrintLag(here.broker);
  const absl::Status reset = DoYesterdayAgain(here.broker);
  const absl::Status after = PrintLag(here.broker);
  const std::string text = printed.End();
  REQUIRE(lag.ok());
  REQUIRE(reset.ok());
  REQUIRE(after.ok());
  CHECK(Has(text, "registered_user-0: 1 records to go"));
  CHECK(Has(text, "registered_user-0 -> 0"));
  CHECK(Has(text, "registered_user-0: 2 records to go"));
}

TEST_CASE("the guide's types are sent, read, and told where they do not parse") {
  Folder here;
  REQUIRE(SendUser(here.producer, here.users).ok());
  auto consumer = leat::Consumer::Open(here.broker, {.auto_offset_reset = leat::OffsetReset::kEarliest});
  REQUIRE(consumer.ok());
  REQUIRE(consumer->Subscribe({"registered_user"}).ok());
  Printed printed;
  const absl::Status status = PrintNames(*consumer);
  const std::string text = printed.End();
  CHECK(status.ok());
  CHECK(text == "7: Ada\n");
  CHECK(SendPatiently(here.producer, here.users, {.value = "patience"}).ok());
}

TEST_CASE("the guide's service writes an invoice for each order, and after a restart goes on where it stopped") {
  Folder here;
  auto orders = here.broker.EnsureTopic("orders");
  REQUIRE(orders.ok());
  for (const std::string expected : {"to be paid: 0", "to be paid: 1"}) {
    REQUIRE(here.producer.Send(*orders, {.key = "ada", .value = expected.substr(12)}).ok());
    std::atomic<bool> running = true;
    absl::Status status;
    std::thread service([&] { status = WriteInvoices(here.path, running); });
    auto invoices = here.broker.EnsureTopic("invoices");
    const auto partition = invoices.ok() ? invoices->partition(0) : invoices.status();
    const leat::Offset number = expected.back() - '0';
    const auto there = partition.ok() ? partition->Wait(number, 60s) : partition.status();
    running = false;
    service.join();
    REQUIRE(status.ok());
    REQUIRE(there.ok());
    REQUIRE(*there);
    auto copy = *partition;
    const leat::ConsumerRecords all = copy.Read(0);
    REQUIRE(all.size() == static_cast<std::size_t>(number + 1));
    std::vector<std::string> texts;
    for (const leat::ConsumerRecord& r : all) texts.emplace_back(r.value());
    CHECK(texts.back() == expected);
  }
}

TEST_CASE("the guide's tests of an application pass") {
  CHECK(TestTheService().ok());
  const absl::Status power = TestThePowerCut();
  INFO(power.ToString());
  CHECK(power.ok());
}

TEST_CASE("the guide's topics let go of what is old, and of what was superseded, and get more partitions") {
  Folder here;
  CHECK(KeepAWeek(here.broker).ok());
  CHECK(here.broker.DescribeTopic("clicks")->options.retention_ms == 24h);
  Printed printed;
  const absl::Status latest = KeepTheLatest(here.broker, here.producer);
  const absl::Status wider = Widen(here.broker);
  const std::string text = printed.End();
  CHECK(latest.ok());
  CHECK(wider.ok());
  CHECK(Has(text, "2 records went"));
  CHECK(Has(text, "8 partitions"));
}
