// leat produce: publishes lines of standard input, or lines that are made up.
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cli/codec_name.h"
#include "cli/commands.h"
#include "cli/fake_lines.h"
#include "cli/fake_template.h"
#include "cli/line_reader.h"
#include "cli/line_records.h"
#include "cli/pace.h"
#include "cli/report.h"
#include "cli/sender.h"
#include "cli/stop_signal.h"
#include "cli/text_escapes.h"
#include "cli/time_text.h"

namespace leat::cli {
namespace {

struct Options {
  std::string topic;
  LineOptions lines;
  Partitioning partitioning = Partitioning::kKey;
  std::int64_t count = std::numeric_limits<std::int64_t>::max();
  double rate = 0;
  std::chrono::nanoseconds interval{0};
  Durability durability = Durability::kTopicDefault;
  std::optional<Compression> codec;
  bool print_offsets = false;
  bool no_create = false;
  std::optional<FakeTemplate> fake;
  std::optional<std::uint64_t> seed;
};

bool Paced(const Options& options) { return options.rate > 0 || options.interval.count() > 0; }

std::unique_ptr<LineSource> LinesOf(const Options& options, const Topic& topic, const StopSignal& stop) {
  if (options.fake.has_value()) {
    std::random_device chance;
    const std::uint64_t seed = options.seed.value_or(std::uint64_t{chance()} << 32 | chance());
    return std::make_unique<FakeLines>(*options.fake, seed, Paced(options));
  }
  // In JSON, a byte may take six characters.
  const auto longest = static_cast<std::size_t>(topic.options().max_message_bytes) * (options.lines.json ? 6 : 1);
  return std::make_unique<LineReader>(0, longest, stop);
}

absl::StatusOr<Topic> FindOrMake(const Options& options, Broker& broker) {
  auto topic = broker.FindTopic(options.topic);
  if (!absl::IsNotFound(topic.status())) return topic;
  const PartitionId wanted = options.lines.partition.value_or(0);
  if (options.no_create || wanted != 0) return NoSuchTopic(broker, options.topic);
  topic = broker.EnsureTopic(options.topic);
  if (topic.ok()) Say(fmt::format("topic '{}' was not there, and has been made with one partition", options.topic));
  return topic;
}

// Publishes until the lines end, the count is reached, or somebody asks for an end.
class Publishing {
 public:
  Publishing(const Options& options, LineSource& lines, Sender& sender, const StopSignal& stop)
      : options_(options), lines_(lines), records_(options.lines), sender_(sender), stop_(stop) {
    if (options.rate > 0) pace_ = Pace::Rate(options.rate);
    if (options.interval.count() > 0) pace_ = Pace::Interval(options.interval);
  }

  absl::Status Run() {
    while (taken_ < options_.count && !stop_.Asked()) {
      const auto line = lines_.Next();
      if (!line.has_value()) {
        const auto more = ReadMore();
        if (!more.ok()) return more.status();
        if (!*more) break;
        continue;
      }
      if (absl::Status taken = Take(*line); !taken.ok()) return taken;
    }
    return Send();
  }

 private:
  absl::StatusOr<bool> ReadMore() {
    // What has come is not held up by what has not.
    if (absl::Status sent = Send(); !sent.ok()) return sent;
    auto more = lines_.Fill();
    if (absl::IsOutOfRange(more.status())) return BadLine(taken_ + 1, more.status());
    return more;
  }

  absl::Status Take(std::string_view line) {
    if (!pace_.free()) {
      const auto now = std::chrono::steady_clock::now();
      if (pace_.Due(now) > now) {
        if (absl::Status sent = Send(); !sent.ok()) return sent;
        if (stop_.Until(pace_.Due(now))) return absl::OkStatus();
      }
      pace_.Sent(std::chrono::steady_clock::now());
    }
    const auto record = records_.RecordOf(line);
    if (!record.ok()) {
      // Those before it are kept.
      if (absl::Status sent = Send(); !sent.ok()) return sent;
      return BadLine(taken_ + 1, record.status());
    }
    ++taken_;
    return sender_.Add(*record).status();
  }

  absl::Status Send() {
    absl::Status sent = sender_.Send();
    records_.Clear();
    return sent;
  }

  static absl::Status BadLine(std::int64_t number, const absl::Status& why) {
    return absl::InvalidArgumentError(fmt::format("line {}: {}", number, std::string(why.message())));
  }

  const Options& options_;
  LineSource& lines_;
  LineRecords records_;
  Sender& sender_;
  const StopSignal& stop_;
  Pace pace_;
  std::int64_t taken_ = 0;
};

ExitCode Run(const Options& options, Session& session) {
  const StopSignal stop;
  auto broker = options.no_create ? OpenToChange(session) : OpenOrMake(session);
  if (!broker.ok()) return Fail(broker.status());
  auto topic = FindOrMake(options, *broker);
  if (!topic.ok()) return Fail(topic.status());
  if (options.lines.partition.has_value()) {
    if (const auto partition = topic->partition(*options.lines.partition); !partition.ok()) {
      return Fail(partition.status());
    }
  }
  auto producer = Producer::Open(*broker, {.partitioning = options.partitioning, .compression = options.codec});
  if (!producer.ok()) return Fail(producer.status());
  const bool one_partition = topic->partition_count() == 1 || options.lines.partition.has_value();
  Sender sender(*std::move(producer), *topic, options.durability, one_partition,
                options.print_offsets ? &session.out : nullptr);
  const std::unique_ptr<LineSource> lines = LinesOf(options, *topic, stop);
  const absl::Status published = Publishing(options, *lines, sender, stop).Run();
  const ExitCode result = published.ok() ? ExitCode::kDone : Fail(published);
  Say(fmt::format("{} sent to '{}'", Counted(sender.sent(), "record"), options.topic));
  return result;
}

absl::StatusOr<Partitioning> ParsePartitioning(std::string_view text) {
  constexpr std::pair<std::string_view, Partitioning> kWays[] = {{"key", Partitioning::kKey},
                                                                 {"sticky", Partitioning::kSticky},
                                                                 {"round-robin", Partitioning::kRoundRobin},
                                                                 {"random", Partitioning::kRandom}};
  for (const auto& [name, way] : kWays) {
    if (text == name) return way;
  }
  return absl::InvalidArgumentError(
      fmt::format("a partitioner is key, sticky, round-robin or random, not '{}'", text));
}

absl::StatusOr<Durability> ParseDurability(std::string_view text) {
  if (text == "process") return Durability::kProcess;
  if (text == "disk") return Durability::kDisk;
  return absl::InvalidArgumentError(fmt::format("a durability is process or disk, not '{}'", text));
}

absl::StatusOr<std::chrono::nanoseconds> ParseInterval(std::string_view text) { return ParseDuration(text); }

void AddRecordOptions(CLI::App* command, Options& options) {
  AddParsed(command, "--key-separator", &options.lines.key_separator, Unescape,
            "A line is key, this, value; \\t and the like are understood", "S");
  AddJson(command, &options.lines.json, "A line is a JSON object as `consume --json` prints them")
      ->excludes("--key-separator");
  command->add_option("--null", options.lines.null, "A key or value that reads so is null")->type_name("VALUE");
  command
      ->add_option_function<std::vector<std::string>>(
          "-H,--header",
          [&options](const std::vector<std::string>& headers) {
            for (const std::string& header : headers) {
              const std::size_t equals = header.find('=');
              if (equals == header.npos) throw CLI::ValidationError("-H", "a header is K=V, not '" + header + "'");
              options.lines.headers.emplace_back(header.substr(0, equals), header.substr(equals + 1));
            }
          },
          "A header of every record; may come several times")
      ->type_name("K=V")
      ->expected(1)
      ->take_all();
}

void AddFake(CLI::App* command, Options& options) {
  CLI::Option* const fake =
      AddParsed(command, "--fake", &options.fake, FakeTemplate::Parse,
                "Publishes made-up lines instead: registered_user, or a text with fields in it: " +
                    fmt::format("{}", fmt::join(FakeFieldNames(), ", ")),
                "'{\"name\":\"{{name}}\",\"year\":{{int 1970 2010}}}'");
  command->add_option("--seed", options.seed, "The same number makes up the same lines")
      ->type_name("N")
      ->check(WholeNumber())
      ->needs(fake);
}

// What belongs together.
void Settle(const Options& options) {
  const bool endless = options.count == std::numeric_limits<std::int64_t>::max();
  if (options.fake.has_value() && endless && !Paced(options)) {
    throw CLI::ValidationError("--fake",
                               "would fill the disk; say how many with -n, or how quickly with --interval "
                               "or --rate");
  }
}

}  // namespace

void AddProduce(CLI::App& program, Action& action) {
  CLI::App* const command = AddCommand(program, "produce", "Publishes the lines of standard input, a record each",
                                       "  echo hello | leat produce greetings\n"
                                       "  leat produce registered_user --fake registered_user --interval 3s\n"
                                       "  leat produce users --key-separator : --rate 1000 <users.txt");
  const auto options = std::make_shared<Options>();
  command->add_option("TOPIC", options->topic, "The topic; made with one partition if it is not there")
      ->required()
      ->type_name("");
  AddRecordOptions(command, *options);
  command->add_option("-p,--partition", options->lines.partition, "All records go there")
      ->type_name("P")
      ->check(WholeNumber());
  AddParsed(
      command, "--partitioner", &options->partitioning, ParsePartitioning,
      "How a record's partition is chosen: key (the default; as Kafka's clients do), sticky, round-robin, random",
      "WAY")
      ->excludes("--partition");
  AddParsed(command, "--durability", &options->durability, ParseDurability,
            "What a record survives once it counts as sent: process, the end of all processes; disk, a power cut. "
            "Without it what the topic's settings say; never less than these",
            "process|disk");
  AddParsed(command, "--codec", &options->codec, ParseCodec,
            "How batches are compressed; without it as the topic's settings say", std::string(kCodecNames));
  AddCount(command, &options->count, "Ends after so many records");
  AddRate(command, &options->rate, "Records a second, at most");
  AddParsed(command, "--interval", &options->interval, ParseInterval, "Time from one record to the next", "T")
      ->excludes("--rate");
  command->add_flag("--print-offsets", options->print_offsets,
                    "Prints partition and offset of each record that is acknowledged");
  command->add_flag("--no-create", options->no_create, "A topic that is not there is an error");
  AddFake(command, *options);
  command->callback([&action, options] {
    Settle(*options);
    action = [options](Session& session) { return Run(*options, session); };
  });
}

}  // namespace leat::cli
