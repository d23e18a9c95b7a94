// Publishes a random registered user every few seconds, until Ctrl-C.
#include <fmt/format.h>
#include <leat/leat.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "arguments.h"
#include "stop_signal.h"

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUsage = R"(usage: registered_user_producer [OPTION...]

Publishes a random registered user (name, address, year of birth, as JSON) at an interval and prints where each landed.
Any number of these and of registered_user_consumer may share a folder. Ctrl-C ends it.

  --dir FOLDER      the folder of the log (data); made if it is not there
  --topic NAME      (registered_user)
  --partitions N    how many the topic gets if it is not there yet (2)
  --interval TIME   between two users, as in 500ms, 3s or 0s (3s)
  --count N         ends after so many users
)";

struct Options {
  std::string dir = "data";
  std::string topic = "registered_user";
  std::int32_t partitions = 2;
  std::chrono::nanoseconds interval = 3s;
  std::optional<std::int64_t> count;
};

struct User {
  std::string mail;
  std::string json;
};

class RandomUsers {
 public:
  User Next() {
    const std::string_view first = OneOf(kFirstNames), last = OneOf(kLastNames);
    const int year = Number(1940, 2007);
    std::string mail = fmt::format("{}.{}.{}@example.org", first, last, year);
    std::ranges::transform(mail, mail.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    std::string json = fmt::format(R"({{"name":"{} {}","address":"{} {}, {}","year_of_birth":{}}})", first, last,
                                   Number(1, 199), OneOf(kStreets), OneOf(kTowns), year);
    return {std::move(mail), std::move(json)};
  }

 private:
  static constexpr std::string_view kFirstNames[] = {"Ada",  "Bruno", "Chiara", "Dilan", "Edda", "Farid", "Greta",
                                                     "Hana", "Imre",  "Jonas",  "Kaya",  "Liv",  "Mateo", "Nora",
                                                     "Omar", "Petra", "Quinn",  "Runa",  "Sami", "Tove"};
  static constexpr std::string_view kLastNames[] = {"Aalto",   "Berger", "Costa",  "Dimitrov", "Eklund",
                                                    "Fischer", "Garcia", "Horvat", "Ivanova",  "Jansen",
                                                    "Kimura",  "Lindt",  "Moreau", "Novak",    "Okafor"};
  static constexpr std::string_view kStreets[] = {"Mill Lane",   "River Street", "Orchard Road", "Weir Close",
                                                  "Harbour Way", "Station Road", "Chapel Hill",  "Meadow Row"};
  static constexpr std::string_view kTowns[] = {"Northbridge", "Easterford", "Lower Wick", "Saltmarsh",
                                                "Hollowell",   "Greyfield",  "Upper Dene"};

  template <std::size_t kSize>
  std::string_view OneOf(const std::string_view (&words)[kSize]) {
    return words[std::uniform_int_distribution<std::size_t>(0, kSize - 1)(random_)];
  }
  int Number(int first, int last) { return std::uniform_int_distribution<int>(first, last)(random_); }

  std::mt19937 random_{std::random_device()()};
};

absl::Status Publish(const Options& options, example::StopSignal& stop, std::int64_t& published) {
  auto broker = leat::Broker::Open(options.dir);
  if (!broker.ok()) return broker.status();
  auto topic = broker->EnsureTopic(options.topic, {.partitions = options.partitions});
  if (!topic.ok()) return topic.status();
  auto producer = leat::Producer::Open(*broker);
  if (!producer.ok()) return producer.status();

  fmt::print("publishing to {} in {}; Ctrl-C ends\n", topic->name(), broker->folder());
  RandomUsers users;
  while (published != options.count) {
    const User user = users.Next();
    auto where = producer->Send(*topic, {.key = user.mail, .value = user.json});
    if (!where.ok()) return where.status();
    fmt::print("{}@{} <- {}\n", where->partition, where->offset, user.json);
    if (++published != options.count && stop.Within(options.interval)) break;
  }
  return broker->Close();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  example::Arguments arguments(kUsage);
  arguments.Text("--dir", &options.dir);
  arguments.Text("--topic", &options.topic);
  arguments.Number("--partitions", &options.partitions, 1);
  arguments.Duration("--interval", &options.interval);
  arguments.Number("--count", &options.count);
  if (const auto code = arguments.Parse(argc, argv)) return *code;

  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  example::StopSignal stop;
  const auto begin = std::chrono::steady_clock::now();
  std::int64_t published = 0;
  const absl::Status status = Publish(options, stop, published);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  fmt::print("published {} users in {:.1f} s\n", published, taken.count());
  if (status.ok()) return 0;
  fmt::print(stderr, "registered_user_producer could not go on: {}\n", std::string(status.message()));
  return 1;
}
