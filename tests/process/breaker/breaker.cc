// Lets the system calls of a process fail, one after the other, or do half of what they were asked for; looks each time
// whether it comes to its end and whether what it was promised holds.
//
//   process_breaker --every 7 --seed 1 [--fault interrupted]
#include <fcntl.h>
#include <fmt/format.h>
#include <leat/leat.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "process/breaker/act.h"
#include "process/breaker/fault.h"
#include "process/breaker/faulted_child.h"
#include "process/child_program.h"
#include "support/temp_folder.h"

namespace leat::process_test {
namespace {

// Memory in a file, which a child maps as well.
class SharedNotes {
 public:
  explicit SharedNotes(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (::ftruncate(descriptor, sizeof(ActNotes)) != 0) throw std::runtime_error("no notes");
    notes_ = ::mmap(nullptr, sizeof(ActNotes), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    ::close(descriptor);
    if (notes_ == MAP_FAILED) throw std::runtime_error("no notes");
    (*this)->committed = -1;
    (*this)->attempted = -1;
  }
  ~SharedNotes() { ::munmap(notes_, sizeof(ActNotes)); }
  SharedNotes(const SharedNotes&) = delete;
  SharedNotes& operator=(const SharedNotes&) = delete;
  ActNotes* operator->() const { return static_cast<ActNotes*>(notes_); }

 private:
  void* notes_;
};

// No call has this number.
constexpr std::uint64_t kNone = 0;

absl::Status Wrong(std::string text) { return absl::InternalError(text); }

// What the next process finds.
class Inspection {
 public:
  Inspection(std::string folder, const SharedNotes& notes, bool sync_failed)
      : folder_(std::move(folder)), notes_(notes), sync_failed_(sync_failed) {}

  absl::Status Run() const {
    auto broker = Broker::Open(folder_);
    if (!broker.ok()) return broker.status();
    auto topic = broker->FindTopic(kActTopic);
    if (!topic.ok()) return notes_->sent == 0 ? absl::OkStatus() : topic.status();
    auto partition = topic->partition(0);
    if (!partition.ok()) return partition.status();
    if (auto s = CheckRecords(*partition); !s.ok()) return s;
    if (auto s = CheckCommit(*broker); !s.ok()) return s;
    if (auto s = CheckTrimmed(*broker); !s.ok()) return s;
    if (auto s = CheckKeyed(*broker); !s.ok()) return s;
    auto producer = Producer::Open(*broker);
    if (!producer.ok()) return producer.status();
    const auto sent = producer->Send(*topic, {.value = "one more"});
    // Remembered for as long as the machine runs.
    if (!sent.ok() && !(sync_failed_ && absl::IsDataLoss(sent.status()))) return sent.status();
    const absl::Status closed = broker->Close();
    return sync_failed_ && absl::IsDataLoss(closed) ? absl::OkStatus() : closed;
  }

 private:
  absl::Status CheckRecords(Partition& partition) const {
    std::vector<std::string> values;
    for (;;) {
      const ConsumerRecords records = partition.Read(static_cast<Offset>(values.size()));
      if (!records.status().ok()) return records.status();
      const std::size_t before = values.size();
      for (const ConsumerRecord& record : records) values.emplace_back(record.value());
      if (values.size() == before) break;
    }
    std::size_t found = 0;
    for (std::int64_t number = 0; number < notes_->sent; ++number) {
      const bool is_there = found < values.size() && values[found] == ActValue(number);
      if (is_there && notes_->refused[number])
        return Wrong(fmt::format("record {} was refused, and is there", number));
      if (is_there) {
        ++found;
      } else if (notes_->certain[number]) {
        return Wrong(fmt::format("record {} of {} was acknowledged, and is not there", number, notes_->sent));
      }
    }
    return found == values.size() ? absl::OkStatus() : Wrong("there are records that nobody sent");
  }

  absl::Status CheckCommit(Broker& broker) const {
    auto consumer = Consumer::Open(broker, {.group_id = kActGroup});
    if (!consumer.ok()) return consumer.status();
    const auto committed = consumer->Committed({kActTopic, 0});
    if (!committed.ok()) return committed.status();
    const Offset offset = committed->has_value() ? (*committed)->offset : -1;
    if (offset >= notes_->committed && offset <= notes_->attempted) return absl::OkStatus();
    return Wrong(fmt::format("the group is at {}; {} was acknowledged, {} asked for", offset, notes_->committed,
                             notes_->attempted));
  }

  absl::Status CheckTrimmed(Broker& broker) const {
    auto topic = broker.FindTopic(kTrimmedTopic);
    if (!topic.ok()) return notes_->trimmed == 0 ? absl::OkStatus() : topic.status();
    auto partition = topic->partition(0);
    const auto start = partition.ok() ? partition->log_start() : absl::StatusOr<Offset>(partition.status());
    if (!start.ok()) return start.status();
    if (*start < notes_->trimmed)
      return Wrong(fmt::format("what was trimmed up to {} begins with {}", notes_->trimmed, *start));
    return partition->Read(*start).status();
  }

  // Of each key, the last value that was acknowledged, or one that came later.
  absl::Status CheckKeyed(Broker& broker) const {
    auto topic = broker.FindTopic(kKeyedTopic);
    auto partition = topic.ok() ? topic->partition(0) : absl::StatusOr<Partition>(topic.status());
    std::int64_t found[kKeys] = {};
    for (Offset at = 0; partition.ok();) {
      const ConsumerRecords records = partition->Read(at);
      if (!records.status().ok()) return records.status();
      if (records.empty()) break;
      for (const ConsumerRecord& record : records) {
        at = record.offset() + 1;
        found[std::stoi(std::string(record.key())) % kKeys] = std::stol(std::string(record.value()));
      }
    }
    for (int key = 0; key < kKeys; ++key) {
      if (found[key] >= notes_->keyed[key]) continue;
      return Wrong(fmt::format("key {} has value {}, and {} was acknowledged; {}", key, found[key],
                               notes_->keyed[key], partition.status().ToString()));
    }
    return absl::OkStatus();
  }

  const std::string folder_;
  const SharedNotes& notes_;
  const bool sync_failed_;
};

struct Options {
  std::uint64_t every = 1;
  std::uint64_t seed = 1;
  std::string fault;
};

class Breaking {
 public:
  Breaking(const FaultKind& kind, const Options& options) : kind_(kind), options_(options) {}

  // Until there is no n-th call any more.
  absl::Status Run() {
    std::uint64_t calls = 0;
    if (auto s = Point(kNone, false, calls); !s.ok() || skipped_) return s;
    for (std::uint64_t n = 1 + options_.seed % options_.every; n <= calls; n += options_.every) {
      for (const bool stays : {false, true}) {
        if (stays && kind_.is_harmless) continue;  // a call that is interrupted for ever is tried for ever
        if (auto s = Point(n, stays, calls); !s.ok()) {
          return absl::Status(s.code(), fmt::format("{}, call {}{}: {}", kind_.name, n,
                                                    stays ? " and all that follow" : "", s.ToString()));
        }
      }
    }
    fmt::print("{}: {} runs, of about {} calls each\n", kind_.name, runs_, calls);
    std::fflush(stdout);
    return absl::OkStatus();
  }

  bool skipped() const { return skipped_; }
  std::uint64_t runs() const { return runs_; }

 private:
  absl::Status Point(std::uint64_t n, bool stays, std::uint64_t& calls) {
    const testing::TempFolder scratch;
    const std::string folder = scratch / "folder";
    const SharedNotes notes(scratch / "notes");
    FaultedChild child({"act", folder, scratch / "notes"});
    const std::uint64_t now = child.Run(kind_, n, stays);
    if (child.skipped()) {
      skipped_ = true;
      return absl::OkStatus();
    }
    calls = std::max(calls, now);
    ++runs_;
    if (!WIFEXITED(child.status()) || WEXITSTATUS(child.status()) != 0) {
      return Wrong("the process " + DescribeEnd(child.status()));
    }
    if ((kind_.is_harmless || n == kNone) && notes->errors > 0)
      return Wrong(fmt::format("noticed: {}", notes->first_error));
    const bool sync_failed = kind_.error == EIO || std::string_view(kind_.name).starts_with("sync-");
    return Inspection(folder, notes, sync_failed).Run();
  }

  const FaultKind& kind_;
  const Options& options_;
  std::uint64_t runs_ = 0;
  bool skipped_ = false;
};

int BreakAll(const Options& options) {
  fmt::print("seed {}\n", options.seed);
  std::uint64_t runs = 0;
  int wrong = 0;
  for (const FaultKind& kind : FaultKinds()) {
    if (!options.fault.empty() && options.fault != kind.name) continue;
    Breaking breaking(kind, options);
    const absl::Status status = breaking.Run();
    if (breaking.skipped()) {
      fmt::print("skipped: processes may not be traced here, or their system calls not be changed\n");
      return 77;
    }
    if (!status.ok()) {
      fmt::print("seed {}: {}\n", options.seed, status.ToString());
      ++wrong;
    }
    runs += breaking.runs();
  }
  fmt::print("{} runs, {} wrong\n", runs, wrong);
  return wrong == 0 ? 0 : 1;
}

int Main(int argc, char** argv) {
  if (argc == 5 && std::string_view(argv[1]) == "act") {
    DieWithParent(static_cast<pid_t>(std::stol(argv[2])));
    return Act(argv[3], argv[4]);
  }
  Options options;
  options.seed = std::random_device()();
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc || (name != "--every" && name != "--seed" && name != "--fault")) {
      fmt::print(stderr, "usage: {} [--every N] [--seed S] [--fault NAME]\n", argv[0]);
      return 2;
    }
    if (name == "--fault") {
      options.fault = argv[i + 1];
    } else {
      (name == "--every" ? options.every : options.seed) = std::stoull(argv[i + 1]);
    }
  }
  return BreakAll(options);
}

}  // namespace
}  // namespace leat::process_test

int main(int argc, char** argv) { return leat::process_test::Main(argc, argv); }
