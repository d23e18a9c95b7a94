// leat bench: what this machine and this disk make of producers and consumers.
#include <fmt/format.h>
#include <leat/broker.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "cli/bench_folder.h"
#include "cli/bench_runs.h"
#include "cli/codec_name.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/stop_signal.h"

namespace leat::cli {
namespace {

using Bench = absl::StatusOr<BenchResult> (*)(const Broker&, const Topic&, const BenchLoad&, const StopSignal&);

struct Options {
  std::string name;
  Bench bench = nullptr;
  std::string each;  // what the percentiles are of
  std::int64_t record_size = 100;
  BenchLoad load;
  bool json = false;
};

// What a record takes in a batch besides its value, at most; and what a batch takes, at most.
constexpr std::int64_t kAround = 40, kMostBatch = 16 << 20;

std::string Time(std::chrono::nanoseconds time) {
  const auto nanos = static_cast<double>(time.count());
  if (nanos < 1e3) return fmt::format("{:.0f} ns", nanos);
  if (nanos < 1e6) return fmt::format("{:.1f} us", nanos / 1e3);
  if (nanos < 1e9) return fmt::format("{:.1f} ms", nanos / 1e6);
  return fmt::format("{:.2f} s", nanos / 1e9);
}

struct Figures {
  double seconds, records, bytes;  // a second
};

Figures FiguresOf(const Options& options, const BenchResult& result) {
  const double seconds = std::chrono::duration<double>(result.time).count();
  const double rate = seconds > 0 ? static_cast<double>(result.records) / seconds : 0;
  return {seconds, rate, rate * static_cast<double>(options.record_size)};
}

void PrintJson(const Options& options, const BenchResult& result, Output& out) {
  const Figures figures = FiguresOf(options, result);
  const LatencyHistogram& took = result.latencies;
  const auto nanos = [&](double share) { return took.Percentile(share).count(); };
  Json object = {{"bench", options.name},
                 {"records", result.records},
                 {"record_size", options.record_size},
                 {"batch", options.load.batch},
                 {"codec", NameOfCodec(options.load.codec)},
                 {"seconds", figures.seconds},
                 {"records_per_second", std::round(figures.records)},
                 {"bytes_per_second", std::round(figures.bytes)},
                 {"latency_of", options.each},
                 {"p50_ns", nanos(.5)},
                 {"p90_ns", nanos(.9)},
                 {"p99_ns", nanos(.99)},
                 {"p999_ns", nanos(.999)},
                 {"max_ns", took.max().count()},
                 {"complete", result.records == options.load.count}};
  out.Line(OneLine(object));
}

void PrintText(const Options& options, const BenchResult& result, Output& out) {
  const Figures figures = FiguresOf(options, result);
  const LatencyHistogram& took = result.latencies;
  out.Line(fmt::format("{}: {} of {} bytes, {} in a batch, in {:.3f} s", options.name,
                       Counted(result.records, "record"), options.record_size, options.load.batch, figures.seconds));
  out.Line(fmt::format("{:.0f} records/s  {:.2f} MB/s", figures.records, figures.bytes / 1e6));
  out.Line(fmt::format("{}: p50 {}  p90 {}  p99 {}  p99.9 {}  max {}", options.each, Time(took.Percentile(.5)),
                       Time(took.Percentile(.9)), Time(took.Percentile(.99)), Time(took.Percentile(.999)),
                       Time(took.max())));
}

absl::StatusOr<BenchResult> Measure(const Options& options, const std::string& folder, const StopSignal& stop) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  TopicOptions topic_options;
  const std::int64_t batch = options.load.batch * (options.record_size + kAround) + kAround;
  topic_options.max_message_bytes =
      static_cast<std::int32_t>(std::max<std::int64_t>(topic_options.max_message_bytes, batch));
  const auto topic = broker->CreateTopic("bench", topic_options);
  if (!topic.ok()) return topic.status();
  return options.bench(*broker, *topic, options.load, stop);
}

ExitCode Run(const Options& options, Session& session) {
  const StopSignal stop;
  absl::StatusOr<BenchResult> result;
  {
    const auto folder = BenchFolder::MakeBeside(session.folder);
    if (!folder.ok()) return Fail(folder.status());
    Say(fmt::format("measures in {}, which is deleted afterwards", folder->path()));
    result = Measure(options, folder->path(), stop);
  }
  if (!result.ok()) return Fail(result.status());
  if (stop.Asked()) {
    Say(fmt::format("ended early, after {} of {} records", result->records, options.load.count));
  }
  options.json ? PrintJson(options, *result, session.out) : PrintText(options, *result, session.out);
  return ExitCode::kDone;
}

// What nobody said, and what cannot be.
void Settle(Options& options, std::int64_t default_count) {
  constexpr std::int64_t kDefaultBytes = std::int64_t{512} << 20;
  options.load.record_size = static_cast<std::size_t>(options.record_size);
  if (options.load.count == 0) {
    options.load.count = std::clamp<std::int64_t>(kDefaultBytes / options.record_size, 1, default_count);
  }
  const std::int64_t room = kMostBatch / (options.record_size + kAround);
  if (options.load.batch > room) {
    throw CLI::ValidationError(
        "--batch", fmt::format("a batch takes 16 MiB at most, {} of records of {} bytes", room, options.record_size));
  }
}

struct Words {
  std::string name, description, each;
  std::int64_t default_count;
  std::int64_t default_batch;  // 0: one record at a time, and no --batch
  double default_rate;
  bool takes_rate;
  Durability durability = Durability::kProcess;
};

void AddBenchOf(CLI::App& bench, Action& action, const Words& words, Bench run) {
  const auto options = std::make_shared<Options>();
  options->name = words.name;
  options->bench = run;
  options->each = words.each;
  options->load.batch = std::max<std::int64_t>(words.default_batch, 1);
  options->load.rate = words.default_rate;
  options->load.durability = words.durability;
  CLI::App* const command = AddCommand(bench, words.name, words.description,
                                       fmt::format("  leat bench {0}\n"
                                                   "  leat -d /mnt/disk/x bench {0} --record-size 1000 --json",
                                                   words.name));
  command->add_option("--record-size", options->record_size, "Bytes of each value; 100 if not said")
      ->type_name("B")
      ->check(CLI::Range(std::int64_t{8}, kMostBatch - kAround));
  if (words.default_batch > 0) {
    command
        ->add_option("--batch", options->load.batch,
                     fmt::format("Records in a batch; {} if not said", words.default_batch))
        ->type_name("N")
        ->check(WholeNumber(1));
  }
  AddCount(command, &options->load.count, fmt::format("Records; {} if not said, or 512 MiB", words.default_count));
  if (words.takes_rate) {
    const std::string otherwise = words.default_rate > 0 ? fmt::format("{} if not said", words.default_rate)
                                                         : "as quick as it goes if not said";
    AddRate(command, &options->load.rate, "Records a second, at most; " + otherwise);
  }
  AddParsed(command, "--codec", &options->load.codec, ParseCodec, "How batches are compressed; none if not said",
            std::string(kCodecNames));
  AddJson(command, &options->json);
  command->callback([&action, options, count = words.default_count] {
    Settle(*options, count);
    action = [options](Session& session) { return Run(*options, session); };
  });
}

}  // namespace

void AddBench(CLI::App& program, Action& action) {
  CLI::App* const bench =
      AddCommand(program, "bench", "Measures this machine, with data of its own, in a folder beside the one named",
                 "  leat bench end-to-end\n"
                 "  leat bench latency --rate 100 -n 500");
  bench->require_subcommand(1);
  constexpr std::int64_t kMany = 5'000'000, kFew = 5'000, kVeryFew = 1'000, kUsualBatch = 256;
  constexpr double kUsualRate = 1000;
  AddBenchOf(*bench, action,
             {"produce", "A producer that nobody reads", "a Send of a batch", kMany, kUsualBatch, 0, true},
             BenchProduce);
  AddBenchOf(*bench, action,
             {"consume", "A consumer of what was published before", "a Poll", kMany, kUsualBatch, 0, false},
             BenchConsume);
  AddBenchOf(*bench, action,
             {"end-to-end", "A producer and a consumer at once", "from Send to another thread's Poll", kMany,
              kUsualBatch, 0, true},
             BenchEndToEnd);
  AddBenchOf(*bench, action,
             {"latency", "One record at a time, to a consumer that waits", "from Send to another thread's Poll", kFew,
              0, kUsualRate, true},
             BenchLatency);
  AddBenchOf(*bench, action,
             {"durable", "A producer each of whose batches is synced to the disk before the next", "a synced Send",
              kVeryFew, 1, 0, true, Durability::kDisk},
             BenchProduce);
}

}  // namespace leat::cli
