#include "model/protocol_sleep_and_ring.h"

#include "model/verdict.h"
#include "support/catch.h"

namespace leat::model {
namespace {

using Without = SleepAndRingModel::Without;
using Exchange = SleepAndRingModel::Exchange;

using Options = SleepAndRingModel::Options;

constexpr Options kTwoAtOneBell{.producers = 2, .consumers = 2};
constexpr Options kTwoAtTheirOwn{.producers = 2, .consumers = 2, .one_doorbell = false};
constexpr Options kOneWhoIsWoken{.producers = 2, .consumers = 1, .wake = true};

Options Alter(Options options, Exchange exchange, bool kills, Without without) {
  options.exchange = exchange;
  options.kills = kills;
  options.without = without;
  return options;
}

TEST_CASE("no interleaving of appends and looks leaves a consumer asleep beside what it waits for") {
  for (const Exchange exchange : {Exchange::kAtOnce, Exchange::kLoadAndStore}) {
    const auto holds = [&](const char* name, const Options& options) {
      NothingIsWrong(name, SleepAndRingModel(Alter(options, exchange, false, Without::kNothing)));
    };
    holds("two consumers at one doorbell", kTwoAtOneBell);
    holds("two consumers at two doorbells", kTwoAtTheirOwn);
    holds("a consumer that is woken, too", kOneWhoIsWoken);
  }
}

TEST_CASE("no producer that is killed, wherever it is, strands a consumer for longer than its longest sleep") {
  const auto holds = [&](const char* name, const Options& options) {
    NothingIsWrong(name, SleepAndRingModel(Alter(options, Exchange::kLoadAndStore, true, Without::kNothing)));
  };
  holds("two consumers at one doorbell", kTwoAtOneBell);
  holds("two consumers at two doorbells", kTwoAtTheirOwn);
  holds("a consumer that is woken, too", kOneWhoIsWoken);
}

TEST_CASE("without any of its steps a consumer sleeps beside what it waits for") {
  const auto found = [](const char* what, Without without, const Options& options, Exchange exchange) {
    INFO(what);
    IsFound("somebody waits for ever",
            SleepAndRingModel(Alter(options, exchange, without == Without::kLongestSleep, without)));
  };
  found("exchange on unlock", Without::kExchangeOnUnlock, kOneWhoIsWoken, Exchange::kAtOnce);
  found("ordered look", Without::kOrderedLook, kOneWhoIsWoken, Exchange::kLoadAndStore);
  found("second look", Without::kSecondLook, kOneWhoIsWoken, Exchange::kAtOnce);
  found("bit before look", Without::kBitBeforeLook, kOneWhoIsWoken, Exchange::kAtOnce);
  found("bell before look", Without::kBellBeforeLook, kOneWhoIsWoken, Exchange::kAtOnce);
  found("exchange of mask", Without::kExchangeOfMask, kTwoAtTheirOwn, Exchange::kAtOnce);
  found("change of bell", Without::kChangeOfBell, kOneWhoIsWoken, Exchange::kAtOnce);
  found("wake last", Without::kWakeLast, kOneWhoIsWoken, Exchange::kAtOnce);
  found("longest sleep", Without::kLongestSleep, kOneWhoIsWoken, Exchange::kAtOnce);
}

TEST_CASE("where an exchange is one step, it keeps the look at the mask behind the watermark by itself") {
  NothingIsWrong("relaxed look",
                 SleepAndRingModel(Alter(kTwoAtTheirOwn, Exchange::kAtOnce, false, Without::kOrderedLook)));
}

}  // namespace
}  // namespace leat::model
