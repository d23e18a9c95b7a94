// Exactly once, with a store of one's own: balances in SQLite, and beside them, in the same transaction, how far the
// ledger has read. Whatever is killed when, each transfer is booked once.
#include <fmt/format.h>
#include <leat/leat.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "arguments.h"
#include "child_process.h"

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUsage = R"(usage: ledger [OPTION...]

Publishes transfers, has them booked by another process that is killed again and again while it does so, and compares the
books with what was published.

  --dir FOLDER      the folder of the log (data)
  --books FILE      SQLite's database (books.sqlite)
  --transfers N     (20000)
  --kills N         (5)
)";

constexpr char kTransfers[] = "transfers";
constexpr leat::PartitionId kPartitions = 2;

struct Options {
  std::string dir = "data";
  std::string books = "books.sqlite";
  std::int64_t transfers = 20'000;
  std::int64_t kills = 5;
  bool bookkeeper = false;  // this process books
};

// The little of SQLite that is needed here.
class Books {
 public:
  static absl::StatusOr<Books> Open(const std::string& path) {
    sqlite3* database = nullptr;
    const int opened = sqlite3_open(path.c_str(), &database);
    Books books(database);
    if (opened != SQLITE_OK) return books.Error("open");
    sqlite3_busy_timeout(database, 10'000);
    absl::Status made = books.Execute(
        "PRAGMA journal_mode = WAL;"
        "CREATE TABLE IF NOT EXISTS balance (account TEXT PRIMARY KEY, amount INTEGER, transfers INTEGER);"
        "CREATE TABLE IF NOT EXISTS place (partition INTEGER PRIMARY KEY, next INTEGER);");
    if (!made.ok()) return made;
    return books;
  }

  absl::Status Execute(const std::string& sql) {
    if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return absl::OkStatus();
    return Error(sql);
  }

  // Runs it with these two in the places of ?1 and ?2.
  absl::Status Execute(const char* sql, std::string_view first, std::int64_t second) {
    sqlite3_stmt* made = nullptr;
    sqlite3_prepare_v2(database_.get(), sql, -1, &made, nullptr);
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(made, sqlite3_finalize);
    sqlite3_bind_text(made, 1, first.data(), static_cast<int>(first.size()), SQLITE_TRANSIENT);
    sqlite3_bind_int64(made, 2, second);
    return sqlite3_step(made) == SQLITE_DONE ? absl::OkStatus() : Error(sql);
  }

  // The number that it finds, or `otherwise` when it finds nothing.
  absl::StatusOr<std::int64_t> Find(const std::string& sql, std::int64_t otherwise) {
    sqlite3_stmt* made = nullptr;
    sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &made, nullptr);
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(made, sqlite3_finalize);
    const int found = sqlite3_step(made);
    if (found == SQLITE_DONE) return otherwise;
    if (found != SQLITE_ROW) return Error(sql);
    return sqlite3_column_int64(made, 0);
  }

 private:
  explicit Books(sqlite3* database) : database_(database, sqlite3_close) {}
  absl::Status Error(std::string_view what) const {
    return absl::UnavailableError(fmt::format("SQLite, {}: {}", what, sqlite3_errmsg(database_.get())));
  }

  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
};

absl::Status BookOne(Books& books, const leat::ConsumerRecord& transfer) {
  const std::int64_t amount = std::stoll(std::string(transfer.value()));
  return books.Execute(
      "INSERT INTO balance VALUES (?1, ?2, 1)"
      " ON CONFLICT DO UPDATE SET amount = amount + ?2, transfers = transfers + 1",
      std::string(transfer.key()), amount);
}

// All that a Poll brought, and how far it reaches: there together, or not at all.
absl::Status Book(Books& books, const leat::ConsumerRecords& transfers) {
  if (auto status = books.Execute("BEGIN IMMEDIATE"); !status.ok()) return status;
  for (const leat::ConsumerRecord& transfer : transfers) {
    if (auto status = BookOne(books, transfer); !status.ok()) return status;
    auto status = books.Execute("INSERT INTO place VALUES (?1, ?2) ON CONFLICT DO UPDATE SET next = ?2",
                                std::to_string(transfer.partition()), transfer.offset() + 1);
    if (!status.ok()) return status;
  }
  return books.Execute("COMMIT");
}

// Until it is killed.
absl::Status KeepBooks(const Options& options) {
  auto books = Books::Open(options.books);
  if (!books.ok()) return books.status();
  auto broker = leat::Broker::Open(options.dir);
  if (!broker.ok()) return broker.status();
  // kNone: a place that the log does not have is an error, not a reason to go on elsewhere.
  auto consumer =
      leat::Consumer::Open(*broker, {.auto_offset_reset = leat::OffsetReset::kNone, .max_poll_records = 500});
  if (!consumer.ok()) return consumer.status();
  std::vector<leat::TopicPartition> partitions;
  for (leat::PartitionId p = 0; p < kPartitions; ++p) partitions.push_back({kTransfers, p});
  if (auto status = consumer->Assign(partitions); !status.ok()) return status;
  for (const leat::TopicPartition& partition : partitions) {
    auto next = books->Find(fmt::format("SELECT next FROM place WHERE partition = {}", partition.partition), 0);
    if (!next.ok()) return next.status();
    if (auto status = consumer->Seek(partition, *next); !status.ok()) return status;
  }
  for (;;) {
    leat::ConsumerRecords transfers = consumer->Poll(100ms);
    if (!transfers.status().ok()) return transfers.status();
    if (auto status = Book(*books, transfers); !status.ok()) return status;
  }
}

absl::Status Run(const Options& options) {
  auto broker = leat::Broker::Open(options.dir);
  if (!broker.ok()) return broker.status();
  auto topic = broker->CreateTopic(kTransfers, {.partitions = kPartitions});
  if (!topic.ok()) return topic.status();
  auto producer = leat::Producer::Open(*broker);
  if (!producer.ok()) return producer.status();
  std::mt19937_64 random(std::random_device{}());
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < options.transfers; ++i) {
    const std::int64_t amount = static_cast<std::int64_t>(random() % 2001) - 1000;
    const std::string account = fmt::format("account-{}", random() % 50);
    if (auto sent = producer->Send(*topic, {.key = account, .value = std::to_string(amount)}); !sent.ok()) {
      return sent.status();
    }
    sum += amount;
  }

  auto books = Books::Open(options.books);
  if (!books.ok()) return books.status();
  // A new topic, new books.
  if (auto status = books->Execute("DELETE FROM balance; DELETE FROM place"); !status.ok()) return status;
  const auto give_up = std::chrono::steady_clock::now() + 50s;
  std::int64_t booked = 0;
  for (std::int64_t life = 0; life <= options.kills; ++life) {
    example::ChildProcess bookkeeper({"--dir", options.dir, "--books", options.books, "--as-bookkeeper"});
    // Each but the last one is killed after its part of the work, whatever it is doing then.
    const std::int64_t enough = options.transfers * (life + 1) / (options.kills + 1);
    while (booked < enough) {
      auto found = books->Find("SELECT COALESCE(SUM(transfers), 0) FROM balance", 0);
      if (!found.ok()) return found.status();
      booked = *found;
      if (std::chrono::steady_clock::now() > give_up) {
        return absl::DeadlineExceededError(fmt::format("{} of {} transfers are booked", booked, options.transfers));
      }
      std::this_thread::sleep_for(1ms);
    }
    bookkeeper.Kill();
    fmt::print("bookkeeper {} is killed after {} of {} transfers\n", life + 1, booked, options.transfers);
  }
  auto balance = books->Find("SELECT SUM(amount) FROM balance", 0);
  if (!balance.ok()) return balance.status();
  booked = *books->Find("SELECT SUM(transfers) FROM balance", 0);
  if (booked != options.transfers || *balance != sum) {
    return absl::DataLossError(fmt::format("{} transfers of {} together are in the books as {} of {}",
                                           options.transfers, sum, booked, *balance));
  }
  fmt::print("each of {} transfers is booked once; together they are {}\n", booked, *balance);
  return broker->DeleteTopic(kTransfers);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  example::Arguments arguments(kUsage);
  arguments.Text("--dir", &options.dir);
  arguments.Text("--books", &options.books);
  arguments.Number("--transfers", &options.transfers, std::int64_t{1});
  arguments.Number("--kills", &options.kills);
  arguments.Flag("--as-bookkeeper", &options.bookkeeper);
  if (const auto code = arguments.Parse(argc, argv)) return *code;

  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const absl::Status status = options.bookkeeper ? KeepBooks(options) : Run(options);
  if (status.ok()) return 0;
  fmt::print(stderr, "ledger failed: {}\n", std::string(status.message()));
  return 1;
}
