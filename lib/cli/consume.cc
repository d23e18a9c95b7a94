// leat consume: prints records, those that are there and those that come.
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/backward_reading.h"
#include "cli/commands.h"
#include "cli/place.h"
#include "cli/reading.h"
#include "cli/record_printer.h"
#include "cli/replay_reading.h"
#include "cli/report.h"
#include "cli/stop_signal.h"
#include "cli/text_escapes.h"
#include "cli/time_text.h"

namespace leat::cli {
namespace {

constexpr std::chrono::milliseconds kLook{100};  // between two looks at whether somebody wants an end

struct Options {
  std::vector<std::string> topics;
  ReadingOptions reading;
  std::optional<std::string> format;
  std::optional<std::string> key_separator;
  std::vector<RecordFilter> filters;
  std::int64_t count = std::numeric_limits<std::int64_t>::max();
  bool from_beginning = false;
  bool to_end = false;
  bool json = false;
  bool no_commit = false;
  bool reverse = false;
  bool replay = false;
  ReplayOptions replay_options;
};

// Prints what `reading` brings until there is nothing more to do.
class Printing {
 public:
  Printing(Reading& reading, RecordPrinter& printer, std::int64_t count, Output& out)
      : reading_(reading), printer_(printer), count_(count), out_(out) {}

  absl::Status Run(const StopSignal& stop) {
    while (!stop.Asked()) {
      const auto finished = reading_.Finished();
      if (!finished.ok()) return finished.status();
      if (*finished || printer_.printed() >= count_) break;
      const ConsumerRecords records = reading_.Poll(kLook);
      Print(records);
      // Before the commit: what is committed has been printed.
      if (absl::Status flushed = out_.Flush(); !flushed.ok()) return flushed;
      if (absl::Status committed = reading_.Commit(); !committed.ok()) return committed;
      if (!records.status().ok()) return records.status();
      if (records.empty() && out_.ReaderHasGone()) break;
    }
    return absl::OkStatus();
  }

 private:
  void Print(const ConsumerRecords& records) {
    for (const ConsumerRecord& record : records) {
      if (printer_.printed() >= count_) break;
      if (reading_.Wants(record)) printer_.Print(record);
    }
  }

  Reading& reading_;
  RecordPrinter& printer_;
  const std::int64_t count_;
  Output& out_;
};

// Until there is nothing more, or enough.
absl::Status PrintBackwards(BackwardReading& reading, RecordPrinter& printer, std::int64_t count, Output& out,
                            const StopSignal& stop) {
  if (absl::Status begun = reading.Begin(); !begun.ok()) return begun;
  while (!stop.Asked() && printer.printed() < count) {
    const auto record = reading.Next();
    if (!record.ok()) return record.status();
    if (!record->has_value() || out.abandoned()) break;
    printer.Print(**record);
  }
  return out.Flush();
}

// Each when its time has come. What was printed is seen before the next one is waited for.
absl::Status PrintReplay(ReplayReading& reading, RecordPrinter& printer, std::int64_t count, Output& out,
                         const StopSignal& stop) {
  if (absl::Status begun = reading.Begin(); !begun.ok()) return begun;
  while (!stop.Asked() && !reading.Ended() && printer.printed() < count) {
    auto record = reading.Next(std::chrono::nanoseconds::zero());
    if (record.ok() && !record->has_value()) {
      if (absl::Status flushed = out.Flush(); !flushed.ok()) return flushed;
      if (out.ReaderHasGone()) break;
      record = reading.Next(kLook);
    }
    if (!record.ok()) return record.status();
    if (record->has_value()) printer.Print(**record);
    if (out.abandoned()) break;
  }
  return out.Flush();
}

absl::StatusOr<RecordFormat> FormatOf(const Options& options) {
  if (options.format.has_value()) return RecordFormat::Parse(*options.format);
  if (!options.key_separator.has_value()) return RecordFormat::Parse("%s\n");
  return RecordFormat::WithKey(*options.key_separator);
}

ExitCode ExitOf(const absl::Status& done) { return done.ok() ? ExitCode::kDone : FailOfReading(done); }

ExitCode Run(const Options& options, Session& session) {
  const StopSignal stop;
  const auto format = FormatOf(options);
  if (!format.ok()) return Fail(format.status());
  RecordPrinter printer(options.json ? nullptr : &*format, options.filters, session.out);
  ExitCode result = ExitCode::kDone;
  if (options.reverse) {
    BackwardReading reading(session, options.reading);
    result = ExitOf(PrintBackwards(reading, printer, options.count, session.out, stop));
  } else if (options.replay) {
    ReplayReading reading(session, options.reading, options.replay_options);
    result = ExitOf(PrintReplay(reading, printer, options.count, session.out, stop));
  } else {
    Reading reading(session, options.reading);
    absl::Status done = reading.Begin();
    if (done.ok()) done = Printing(reading, printer, options.count, session.out).Run(stop);
    result = ExitOf(done);
    if (const absl::Status left = reading.End(); !left.ok() && result == ExitCode::kDone) result = Fail(left);
  }
  Say(Counted(printer.printed(), "record"));
  return result;
}

// What belongs together, and what does not.
void Settle(Options& options) {
  ReadingOptions& reading = options.reading;
  auto topics = TopicChoice::Parse(options.topics);
  if (!topics.ok()) throw CLI::ValidationError("TOPIC", std::string(topics.status().message()));
  reading.topics = *std::move(topics);
  if (options.from_beginning) reading.from = {.kind = Place::Kind::kBegin};
  if (options.to_end) reading.until = Place{.kind = Place::Kind::kEnd};
  reading.commit = !options.no_commit;
  if (const auto format = FormatOf(options); !format.ok()) {
    throw CLI::ValidationError("-f", std::string(format.status().message()));
  }
}

void AddFilters(CLI::App* command, Options& options) {
  command
      ->add_option_function<std::vector<std::string>>(
          "--filter",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              auto filter = RecordFilter::Parse(text);
              if (!filter.ok()) throw CLI::ValidationError("--filter", std::string(filter.status().message()));
              options.filters.push_back(*std::move(filter));
            }
          },
          "Only records whose key, value or header.NAME is (==), is not (!=), begins with (^=), ends with ($=) or "
          "contains (*=) a text; several all have to hold")
      ->type_name("'key==x'")
      ->expected(1)
      ->take_all();
}

absl::StatusOr<std::chrono::milliseconds> ParseGap(std::string_view text) {
  const auto gap = ParseDuration(text);
  if (!gap.ok()) return gap.status();
  return std::chrono::duration_cast<std::chrono::milliseconds>(*gap);
}

// What is there now and no more, which no group reads.
void AddRanges(CLI::App* command, Options& options, CLI::Option* from, CLI::Option* group) {
  const auto from_begin = [&options, from] {
    if (from->count() == 0 && !options.from_beginning) options.reading.from = {.kind = Place::Kind::kBegin};
  };
  CLI::Option* const reverse = command->add_flag_callback(
      "--reverse",
      [&options, from_begin] {
        options.reverse = true;
        from_begin();
      },
      "The newest first, back to where -o says (begin, if it says nothing); what is there now, and no more");
  CLI::Option* const speed =
      command
          ->add_option_function<std::string>(
              "--speed",
              [&options, from_begin](const std::string& text) {
                const auto parsed = ParseSpeed(text);
                if (!parsed.ok()) throw CLI::ValidationError("--speed", std::string(parsed.status().message()));
                options.replay = true;
                options.replay_options.speed = *parsed;
                from_begin();
              },
              "Each record when its time has come, from the first one on, of all partitions by their timestamps: 1 "
              "as "
              "they came, 10 ten times as fast, inf at once; from where -o says (begin) to what is there now")
          ->type_name("X");
  AddParsed(command, "--longest-gap", &options.replay_options.longest_gap, ParseGap,
            "With --speed: no pause of the log is waited for longer than this", "30s")
      ->needs(speed);
  reverse->excludes(group)->excludes(speed);
  speed->excludes(group);
}

// Returns -o.
CLI::Option* AddPlaces(CLI::App* command, Options& options) {
  CLI::Option* const from =
      AddParsed(command, "-o,--offset", &options.reading.from, ParsePlace,
                "Where each partition is begun: end (the default), begin, an offset, the last N, or a time",
                "begin|end|N|-N|@TIME");
  command->add_flag("--from-beginning", options.from_beginning, "As -o begin")->excludes(from);
  CLI::Option* const until = AddParsed(command, "--until", &options.reading.until, ParseLastPlace,
                                       "Where each partition is ended: before that offset, or what was published "
                                       "at that time or later",
                                       "end|N|@TIME");
  command->add_flag("-e", options.to_end, "As --until end: what is there now, and no more")->excludes(until);
  command->add_option("-p,--partition", options.reading.partition, "Only this partition")
      ->type_name("P")
      ->check(WholeNumber());
  return from;
}

}  // namespace

void AddConsume(CLI::App& program, Action& action) {
  CLI::App* const command = AddCommand(program, "consume", "Prints records: those that are there and those that come",
                                       "  leat consume registered_user --from-beginning -f '%o %k = %s\\n'\n"
                                       "  leat consume ^user -o @-1h -e --filter 'key==ada' --json");
  const auto options = std::make_shared<Options>();
  command->add_option("TOPIC", options->topics, "Topics; ^REGEX is all whose names begin so, later ones included")
      ->required()
      ->type_name("");
  CLI::Option* const from = AddPlaces(command, *options);
  CLI::Option* const group =
      command
          ->add_option(
              "-g,--group", options->reading.group,
              "Joins this group, reads its share, and commits what was printed; -o counts where the group has "
              "committed nothing")
          ->type_name("GROUP")
          ->check([](const std::string& name) { return name.empty() ? "a group has a name" : std::string(); });
  AddRanges(command, *options, from, group);
  command->add_flag("--no-commit", options->no_commit, "Commits nothing")->needs(group);
  AddCount(command, &options->count, "Ends after so many records");
  CLI::Option* const format =
      command
          ->add_option(
              "-f,--format", options->format,
              "How a record is printed: %t topic, %p partition, %o offset, %k key, %s value, %K %S their sizes, "
              "%T time in ms, %h headers, %R the value's size in four bytes; \\n, \\t, \\xHH")
          ->type_name("FORMAT");
  CLI::Option* const separator =
      AddParsed(command, "--key-separator", &options->key_separator, Unescape, "Prints key, this, value", "S");
  separator->excludes(format);
  AddJson(command, &options->json)->excludes(format)->excludes(separator);
  AddFilters(command, *options);
  command->callback([&action, options] {
    Settle(*options);
    action = [options](Session& session) { return Run(*options, session); };
  });
}

}  // namespace leat::cli
