// Random operations on a log that is compacted, beside a list of all that was appended. A failure prints its seed;
// LEAT_MODEL_SEED=... runs that one.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "log/compaction.h"
#include "log/cursor.h"
#include "log/recovery.h"
#include "log/segment_files.h"
#include "log/time_search.h"
#include "support/catch.h"
#include "support/keyed_log.h"
#include "support/shared_folder.h"

namespace leat::log {
namespace {

using testing::AppendKeyed;
using testing::KeyedRecord;
using testing::KeyedRecords;
using testing::Must;
using testing::Nullable;
using testing::ReadKeyed;
using testing::SharedFolder;
using testing::Value;

constexpr std::int64_t kRetention = 1000;

class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) {
    folder_.segment_bytes = 64 << 10;
    Open();
  }

  void Step() {
    now_ += static_cast<std::int64_t>(Chance(400));
    switch (const std::uint64_t choice = Chance(20); choice) {
      case 0:
      case 1:
      case 2:
        return Compact();
      case 3:
        return static_cast<void>(Value(log_->FinishActive(0, now_)));
      case 4:
        return Trim();
      case 5:
        return Reopen();
      case 6:
        return Recover();
      case 7:
      case 8:
        return ReadFromSomewhere();
      default:
        return Append();
    }
  }

  // What is to be read, whole, and held against what was appended.
  void CheckAll() {
    const KeyedRecords left = Value(ReadKeyed(log_, log_->log_start(), 1 + Chance(100'000)));
    std::set<Offset> there;
    std::set<std::string> clean;
    for (const KeyedRecord& record : left) {
      Expect(record == all_.at(static_cast<std::size_t>(record.offset)), "another record than was appended",
             record.offset);
      there.insert(record.offset);
      if (record.offset >= clean_to_ || !record.key.has_value()) continue;
      Expect(clean.insert(*record.key).second, "a second record of its key", record.offset);
    }
    std::map<std::string, Offset> newest;
    for (auto at = static_cast<std::size_t>(log_->log_start()); at < all_.size(); ++at) {
      const KeyedRecord& record = all_[at];
      if (record.key.has_value()) {
        newest[*record.key] = record.offset;
      } else {
        Expect(there.contains(record.offset), "it has no key, and is gone", record.offset);
      }
    }
    for (const auto& [key, offset] : newest) {
      const bool may_be_gone = !all_[static_cast<std::size_t>(offset)].value.has_value() && MayBeGone(offset);
      Expect(there.contains(offset) || may_be_gone, "the newest record of its key is gone", offset);
    }
    Expect(log_->end() == static_cast<Offset>(all_.size()), "the log's end", log_->end());
  }

 private:
  std::uint64_t Chance(std::uint64_t below) { return random_() % below; }

  static void Expect(bool holds, const std::string& what, Offset offset) {
    if (!holds) throw std::runtime_error("offset " + std::to_string(offset) + ": " + what);
  }

  void Open() {
    process_ = std::make_unique<SharedFolder::Process>(folder_);
    log_ = folder_.OpenLog(*process_);
  }

  void Append() {
    constexpr Codec kCodecs[] = {Codec::kNone, Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};
    KeyedRecords batch;
    const std::uint64_t keys = Chance(5) == 0 ? 1000 : 20;
    for (std::uint64_t i = 1 + Chance(20); i > 0; --i) {
      KeyedRecord record{.key = std::to_string(Chance(keys)),
                         .timestamp = now_ - static_cast<std::int64_t>(Chance(50))};
      if (Chance(30) == 0) record.key = std::nullopt;
      if (Chance(5) != 0)
        record.value = std::string(Chance(Chance(10) == 0 ? 3000 : 300), static_cast<char>('a' + Chance(26)));
      batch.push_back(record);
    }
    batch = AppendKeyed(*log_, batch, kCodecs[Chance(std::size(kCodecs))]);
    all_.insert(all_.end(), batch.begin(), batch.end());
  }

  void Compact() {
    CompactionRules rules{.now = now_,
                          .min_lag_ms = Chance(3) == 0 ? static_cast<std::int64_t>(Chance(1000)) : 0,
                          .delete_retention_ms = kRetention,
                          .map_bytes = Chance(3) == 0 ? 24 * (2 + Chance(100)) : std::size_t{1} << 20,
                          .hash_key = {.low = random_(), .high = random_()}};
    int calls = static_cast<int>(Chance(40));
    if (Chance(4) == 0) rules.on_read = [&](std::int64_t) { return --calls > 0; };
    const auto result = CompactLog(*log_, rules);
    if (absl::IsCancelled(result.status())) return NoteHorizons(static_cast<Offset>(all_.size()));
    Must(result.status());
    clean_to_ = std::max(clean_to_, result->clean_to);
    NoteHorizons(static_cast<Offset>(all_.size()));
  }

  // From the first compaction on that may have found it, a tombstone stays for so long.
  void NoteHorizons(Offset end) {
    last_compaction_ = now_;
    for (Offset offset = static_cast<Offset>(horizon_.size()); offset < end; ++offset)
      horizon_.push_back(now_ + kRetention);
  }
  bool MayBeGone(Offset offset) const {
    return static_cast<std::size_t>(offset) < horizon_.size() &&
           horizon_[static_cast<std::size_t>(offset)] <= last_compaction_;
  }

  void Trim() {
    if (Chance(4) != 0) return;
    const Offset start = log_->log_start();
    const auto room = static_cast<std::uint64_t>(log_->end() - start);
    if (room == 0) return;
    Value(log_->RaiseLogStart(start + static_cast<Offset>(Chance(room / 3 + 1))));
  }

  void Reopen() {
    if (Chance(2) == 0) Must(log_->SealForClose());
    log_->ReleaseWriter();
    log_ = nullptr;
    process_->slot().Leave();
    Open();
  }

  // As after a reboot: what memory says is not believed.
  void Recover() {
    const RecoveryInput input{.files = folder_.files(),
                              .folder = folder_.partition_folder(),
                              .topic = "t",
                              .salvage_folder = folder_ / "salvage",
                              .like = Value(folder_.files().Info(folder_.partition_folder()))};
    log_->ReleaseWriter();
    const RecoveredLog recovered = Value(RecoverLog(input));
    Must(recovered.damage);
    Expect(recovered.end == static_cast<Offset>(all_.size()), "the end that was recovered", recovered.end);
    Expect(recovered.log_start == log_->log_start(), "the beginning that was recovered", recovered.log_start);
    Expect(recovered.cut_bytes == 0, "bytes were cut off", recovered.cut_bytes);
    shared::PartitionPage& page = log_->page();
    log_ = nullptr;
    FillPage(page, PageContentOf(recovered));
    process_->slot().Leave();
    Open();
  }

  void ReadFromSomewhere() {
    const KeyedRecords left = Value(ReadKeyed(log_, log_->log_start()));
    const Offset start = log_->log_start();
    const Offset from = start + static_cast<Offset>(Chance(static_cast<std::uint64_t>(log_->end() - start) + 1));
    KeyedRecords expected = left;
    std::erase_if(expected, [&](const KeyedRecord& record) { return record.offset < from; });
    Expect(Value(ReadKeyed(log_, from, 1 + Chance(5000))) == expected, "reading from there", from);
    if (from > start) {
      Cursor cursor(log_, start);
      const Offset before = Value(cursor.SeekBefore(from, 1 + Chance(10'000)));
      Expect(before >= start && before < from, "going back from there", from);
    }
    const std::int64_t time = static_cast<std::int64_t>(Chance(static_cast<std::uint64_t>(now_) + 1));
    const auto found = Value(FindOffsetForTime(*log_, time));
    const auto first =
        std::find_if(left.begin(), left.end(), [&](const auto& record) { return record.timestamp >= time; });
    Expect(found.has_value() == (first != left.end()), "whether there is something as late as", time);
    if (found.has_value()) Expect(found->offset == first->offset, "the first that late", found->offset);
  }

  std::mt19937_64 random_;
  SharedFolder folder_;
  std::unique_ptr<SharedFolder::Process> process_;
  std::shared_ptr<Log> log_;
  std::int64_t now_ = 10'000;
  KeyedRecords all_;
  Offset clean_to_ = 0;
  std::vector<std::int64_t> horizon_;  // by offset: until when a tombstone is sure to stay
  std::int64_t last_compaction_ = 0;
};

TEST_CASE("a log that is compacted, trimmed, reopened and recovered at random is what a list of its records says") {
  std::vector<std::uint64_t> seeds = {1, 2, 3};
  if (const char* const only = std::getenv("LEAT_MODEL_SEED"); only != nullptr) seeds = {std::stoull(only)};
  const char* const steps = std::getenv("LEAT_MODEL_STEPS");
  for (const std::uint64_t seed : seeds) {
    INFO("LEAT_MODEL_SEED=" << seed);
    CAPTURE(seed);
    Model model(seed);
    for (int step = 0; step < (steps != nullptr ? std::stoi(steps) : 300); ++step) {
      INFO("step " << step);
      REQUIRE_NOTHROW(model.Step());
      REQUIRE_NOTHROW(model.CheckAll());
    }
  }
}

}  // namespace
}  // namespace leat::log
