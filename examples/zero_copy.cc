// Large values without a copy of one's own: the producer writes them where they will be appended from, the consumer
// looks at them where they stand in the log.
#include <fmt/format.h>
#include <leat/leat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUsage = R"(usage: zero_copy [OPTION...]

Draws pictures right into the log's next batch, gives one of them up, and looks at the others in the mapped log, also
after the consumer and the broker are gone.

  --dir FOLDER      the folder of the log (data)
  --count N         pictures (4)
)";

constexpr std::size_t kWidth = 640, kHeight = 480;

// Stripes that get brighter from picture to picture.
void Draw(std::span<std::byte> pixels, std::int64_t number) {
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::byte>(i / kWidth % 32 + 20 * static_cast<std::size_t>(number % 10));
  }
}

std::uint64_t Brightness(std::span<const std::byte> pixels) {
  std::uint64_t sum = 0;
  for (const std::byte pixel : pixels) sum += std::to_integer<std::uint64_t>(pixel);
  return sum / std::max<std::size_t>(pixels.size(), 1);
}

absl::StatusOr<leat::Offset> Produce(const leat::Broker& broker, const leat::Topic& pictures, std::int64_t count) {
  auto producer = leat::Producer::Open(broker);
  if (!producer.ok()) return producer.status();
  leat::Offset first = -1;
  for (std::int64_t number = 0; number < count; ++number) {
    auto claim = producer->Claim(pictures, kWidth * kHeight, {.key = std::to_string(number)});
    if (!claim.ok()) return claim.status();
    Draw(claim->value(), number);
    auto where = claim->Commit();
    if (!where.ok()) return where.status();
    if (first < 0) first = where->offset;
  }
  // A claim that is dropped without Commit, be it by an early return, leaves nothing behind.
  auto given_up = producer->Claim(pictures, kWidth * kHeight, {.key = "never seen"});
  if (!given_up.ok()) return given_up.status();
  Draw(given_up->value(), 99);
  return first;
}

// A view of the log: whoever holds one holds the log's pages, not the consumer or the broker.
absl::StatusOr<std::vector<leat::ConsumerRecords>> Consume(const leat::Broker& broker, leat::Offset first,
                                                           std::int64_t count) {
  auto consumer = leat::Consumer::Open(broker);
  if (!consumer.ok()) return consumer.status();
  const leat::TopicPartition partition{"pictures", 0};
  if (auto status = consumer->Assign({partition}); !status.ok()) return status;
  if (auto status = consumer->Seek(partition, first); !status.ok()) return status;
  std::vector<leat::ConsumerRecords> views;
  for (std::size_t seen = 0; seen < static_cast<std::size_t>(count);) {
    leat::ConsumerRecords records = consumer->Poll(5s);
    if (!records.status().ok()) return records.status();
    if (records.empty()) return absl::DataLossError(fmt::format("{} of {} pictures are there", seen, count));
    seen += records.size();
    views.push_back(std::move(records));
  }
  return views;
}

absl::Status Run(const std::string& dir, std::int64_t count) {
  std::vector<leat::ConsumerRecords> views;
  {
    auto broker = leat::Broker::Open(dir);
    if (!broker.ok()) return broker.status();
    auto pictures = broker->EnsureTopic("pictures");
    if (!pictures.ok()) return pictures.status();
    auto first = Produce(*broker, *pictures, count);
    if (!first.ok()) return first.status();
    auto seen = Consume(*broker, *first, count);
    if (!seen.ok()) return seen.status();
    views = *std::move(seen);
  }
  for (const leat::ConsumerRecords& view : views) {
    for (const leat::ConsumerRecord& picture : view) {
      fmt::print("picture {} at offset {}: {} bytes, brightness {}\n", picture.key(), picture.offset(),
                 picture.value().size(), Brightness(picture.value().bytes()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  std::string dir = "data";
  std::int64_t count = 4;
  example::Arguments arguments(kUsage);
  arguments.Text("--dir", &dir);
  arguments.Number("--count", &count, std::int64_t{1});
  if (const auto code = arguments.Parse(argc, argv)) return *code;
  const absl::Status status = Run(dir, count);
  if (status.ok()) return 0;
  fmt::print(stderr, "zero_copy could not go on: {}\n", std::string(status.message()));
  return 1;
}
