#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>

#include "harness/clock.h"
#include "harness/values.h"
#include "peers/peers.h"

namespace leat::bench {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

absl::Status Error(sqlite3* database) {
  return absl::UnavailableError(fmt::format("SQLite: {}", sqlite3_errmsg(database)));
}

absl::StatusOr<Database> Open(const std::string& folder) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open((folder + "/database").c_str(), &raw);
  Database database(raw);
  if (opened != SQLITE_OK) return Error(raw);
  const char* const set_up =
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE log (key INTEGER PRIMARY KEY, value BLOB);";
  if (sqlite3_exec(raw, set_up, nullptr, nullptr, nullptr) != SQLITE_OK) return Error(raw);
  return database;
}

absl::StatusOr<Statement> Prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database, sql, -1, &raw, nullptr) != SQLITE_OK) return Error(database);
  return Statement(raw);
}

bool Run(const Statement& statement) {
  const int result = sqlite3_step(statement.get());
  return (result == SQLITE_DONE || result == SQLITE_ROW) && sqlite3_reset(statement.get()) == SQLITE_OK;
}

bool Insert(const Statement& insert, std::int64_t key, BytesView value) {
  sqlite3_bind_int64(insert.get(), 1, key);
  sqlite3_bind_blob(insert.get(), 2, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  return Run(insert);
}

absl::Status CheckCount(sqlite3* database, std::int64_t records) {
  absl::StatusOr<Statement> count = Prepare(database, "SELECT count(*) FROM log");
  if (!count.ok()) return count.status();
  if (sqlite3_step(count->get()) != SQLITE_ROW) return Error(database);
  const std::int64_t found = sqlite3_column_int64(count->get(), 0);
  if (found == records) return absl::OkStatus();
  return absl::DataLossError(fmt::format("SQLite has {} records of {}", found, records));
}

}  // namespace

absl::StatusOr<double> AppendToSqlite(const Flow& flow, const std::string& folder) {
  const absl::StatusOr<Database> database = Open(folder);
  if (!database.ok()) return database.status();
  const absl::StatusOr<Statement> begin = Prepare(database->get(), "BEGIN");
  const absl::StatusOr<Statement> insert = Prepare(database->get(), "INSERT INTO log VALUES (?, ?)");
  const absl::StatusOr<Statement> commit = Prepare(database->get(), "COMMIT");
  if (!begin.ok() || !insert.ok() || !commit.ok()) return Error(database->get());
  Values values(flow.value_size);
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t first = 0; first < flow.records; first += flow.batch) {
    if (!Run(*begin)) return Error(database->get());
    for (std::int64_t i = first; i < first + flow.batch; ++i) {
      if (!Insert(*insert, i, values.Stamp(Values::MakeStamp(0, i)))) return Error(database->get());
    }
    if (!Run(*commit)) return Error(database->get());
  }
  const double seconds = SecondsSince(begin_ns);
  if (absl::Status s = CheckCount(database->get(), flow.records); !s.ok()) return s;
  return static_cast<double>(flow.records) / 1e6 / seconds;
}

}  // namespace leat::bench
