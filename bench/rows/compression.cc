// Each codec, from a producer's thread to a consumer's through files, beside the bare library on the same bytes: one thread
// that compresses, another that decompresses.
#include <fmt/format.h>
#include <leat/leat.h>
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "harness/clock.h"
#include "rows/rows.h"

namespace leat::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t kBatch = 256;
constexpr std::size_t kBatches = 64;  // different ones, which come again and again: a few megabytes

// Lines of about 100 bytes, as a service would write them: the same fields each time, other values in them.
std::vector<std::vector<std::string>> Lines() {
  constexpr const char* kWhat[] = {"view", "click", "cart", "buy", "return", "search"};
  std::vector<std::vector<std::string>> batches(kBatches);
  std::uint64_t chance = 1;
  const auto next = [&chance](std::uint64_t below) {
    chance = chance * 6364136223846793005 + 1442695040888963407;
    return (chance >> 33) % below;
  };
  for (auto& batch : batches) {
    for (std::int32_t i = 0; i < kBatch; ++i) {
      batch.push_back(
          fmt::format(R"({{"user":"u{:06}","event":"{}","page":"/shop/item/{}","ms":{},"session":"{:012x}"}})",
                      next(1'000'000), kWhat[next(6)], next(50'000), next(3000), next(std::uint64_t{1} << 31)));
    }
  }
  return batches;
}

struct Work {
  Compression codec;
  std::vector<std::vector<std::string>> lines;
  std::size_t batches = 0;  // altogether
  double bytes = 0;         // of values
};

Work WorkOf(Compression codec, std::int64_t bytes) {
  Work work{.codec = codec, .lines = Lines()};
  std::size_t once = 0;
  for (const auto& batch : work.lines) {
    for (const std::string& line : batch) once += line.size();
  }
  const std::size_t rounds = std::max<std::size_t>(1, static_cast<std::size_t>(bytes) / once);
  work.batches = rounds * kBatches;
  work.bytes = static_cast<double>(rounds * once);
  return work;
}

absl::Status Produce(const Work& work, Partition partition) {
  BatchBuilder builder;
  for (std::size_t i = 0; i < work.batches; ++i) {
    for (const std::string& line : work.lines[i % kBatches]) {
      if (!builder.Append(nullptr, line, {}, 1)) return absl::InternalError("a batch became too large");
    }
    if (absl::Status sent = partition.Append(builder).status(); !sent.ok()) return sent;
  }
  return absl::OkStatus();
}

absl::Status Consume(const Work& work, Consumer& consumer, const std::atomic<bool>& failed) {
  std::size_t seen = 0;
  while (seen < work.batches * kBatch) {
    const ConsumerRecords records = consumer.Poll(100ms);
    if (!records.status().ok()) return records.status();
    if (records.empty() && failed.load()) return absl::AbortedError("the producer has failed");
    for (const ConsumerRecord& record : records) {
      const std::string& line = work.lines[seen / kBatch % kBatches][seen % kBatch];
      if (record.value().as_string_view() != line) return absl::DataLossError("a record was read wrongly");
      ++seen;
    }
  }
  return absl::OkStatus();
}

// Megabytes of values a second.
absl::StatusOr<double> Leat(const Work& work, const std::string& folder) {
  auto broker = Broker::Open(folder);
  if (!broker.ok()) return broker.status();
  auto topic = broker->CreateTopic("bench", {.compression = work.codec});
  if (!topic.ok()) return topic.status();
  auto partition = topic->partition(0);
  if (!partition.ok()) return partition.status();
  auto consumer = Consumer::Open(*broker, {.auto_offset_reset = OffsetReset::kEarliest});
  if (!consumer.ok()) return consumer.status();
  if (absl::Status s = consumer->Assign(std::vector<TopicPartition>{{"bench", 0}}); !s.ok()) return s;
  std::atomic<bool> failed{false};
  absl::Status produced;
  const std::int64_t begin_ns = NowNs();
  std::thread producer([&] {
    produced = Produce(work, *partition);
    if (!produced.ok()) failed.store(true);
  });
  const absl::Status consumed = Consume(work, *consumer, failed);
  const double seconds = SecondsSince(begin_ns);
  producer.join();
  if (!produced.ok()) return produced;
  if (!consumed.ok()) return consumed;
  if (absl::Status s = broker->DeleteTopic("bench"); !s.ok()) return s;
  return work.bytes / 1e6 / seconds;
}

// A library's own functions, its contexts made once: compress() and decompress() of a whole batch, with the sizes that come
// out; 0 when something is wrong.
struct Bare {
  std::function<std::size_t(std::span<const char> from, std::span<char> to)> compress, decompress;
};

Bare BareGzip() {
  const std::shared_ptr<z_stream> out(new z_stream{}, [](z_stream* stream) {
    deflateEnd(stream);
    delete stream;
  });
  const std::shared_ptr<z_stream> in(new z_stream{}, [](z_stream* stream) {
    inflateEnd(stream);
    delete stream;
  });
  deflateInit2(out.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  inflateInit2(in.get(), 15 + 16);
  const auto run = [](z_stream* stream, int (*step)(z_stream*, int), std::span<const char> from, std::span<char> to) {
    stream->next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(from.data()));
    stream->avail_in = static_cast<uInt>(from.size());
    stream->next_out = reinterpret_cast<Bytef*>(to.data());
    stream->avail_out = static_cast<uInt>(to.size());
    return step(stream, Z_FINISH) == Z_STREAM_END ? to.size() - stream->avail_out : 0;
  };
  return {[out, run](auto from, auto to) { return deflateReset(out.get()), run(out.get(), deflate, from, to); },
          [in, run](auto from, auto to) { return inflateReset(in.get()), run(in.get(), inflate, from, to); }};
}

Bare BareSnappy() {
  return {[](auto from, auto to) {
            std::size_t size = 0;
            snappy::RawCompress(from.data(), from.size(), to.data(), &size);
            return size;
          },
          [](auto from, auto to) {
            std::size_t size = 0;
            const bool right = snappy::GetUncompressedLength(from.data(), from.size(), &size) && size <= to.size() &&
                               snappy::RawUncompress(from.data(), from.size(), to.data());
            return right ? size : 0;
          }};
}

Bare BareLz4() {
  LZ4F_dctx* made = nullptr;
  LZ4F_createDecompressionContext(&made, LZ4F_VERSION);
  const std::shared_ptr<LZ4F_dctx> context(made, LZ4F_freeDecompressionContext);
  return {[](auto from, auto to) {
            LZ4F_preferences_t preferences{};
            preferences.frameInfo.blockMode = LZ4F_blockIndependent;
            const std::size_t size = LZ4F_compressFrame(to.data(), to.size(), from.data(), from.size(), &preferences);
            return LZ4F_isError(size) != 0 ? 0 : size;
          },
          [context](auto from, auto to) {
            std::size_t in = from.size(), out = to.size();
            return LZ4F_decompress(context.get(), to.data(), &out, from.data(), &in, nullptr) == 0 ? out : 0;
          }};
}

Bare BareZstd() {
  const std::shared_ptr<ZSTD_CCtx> out(ZSTD_createCCtx(), ZSTD_freeCCtx);
  const std::shared_ptr<ZSTD_DCtx> in(ZSTD_createDCtx(), ZSTD_freeDCtx);
  return {[out](auto from, auto to) {
            const std::size_t size =
                ZSTD_compressCCtx(out.get(), to.data(), to.size(), from.data(), from.size(), ZSTD_CLEVEL_DEFAULT);
            return ZSTD_isError(size) != 0 ? 0 : size;
          },
          [in](auto from, auto to) {
            const std::size_t size = ZSTD_decompressDCtx(in.get(), to.data(), to.size(), from.data(), from.size());
            return ZSTD_isError(size) != 0 ? 0 : size;
          }};
}

Bare BareOf(Compression codec) {
  switch (codec) {
    case Compression::kGzip:
      return BareGzip();
    case Compression::kSnappy:
      return BareSnappy();
    case Compression::kLz4:
      return BareLz4();
    default:
      return BareZstd();
  }
}

// The records of each batch, as they stand in it, given from thread to thread in a ring of buffers.
absl::StatusOr<double> BareLibrary(const Work& work) {
  std::vector<std::string> plain;
  std::size_t largest = 0;
  for (const auto& lines : work.lines) {
    BatchBuilder builder;
    for (const std::string& line : lines) {
      if (!builder.Append(nullptr, line, {}, 1)) return absl::InternalError("a batch became too large");
    }
    const std::span<const std::byte> records = builder.Seal({}).subspan(batch_layout::kHeaderSize);
    plain.emplace_back(reinterpret_cast<const char*>(records.data()), records.size());
    largest = std::max(largest, records.size());
  }
  constexpr std::size_t kRing = 256;
  struct Slot {
    std::vector<char> bytes;
    std::size_t size = 0;
  };
  std::vector<Slot> ring(kRing);
  for (Slot& slot : ring) slot.bytes.resize(2 * largest + 1024);
  std::atomic<std::size_t> written{0}, read{0};
  Bare bare = BareOf(work.codec);
  const std::int64_t begin_ns = NowNs();
  std::thread compressor([&] {
    for (std::size_t i = 0; i < work.batches; ++i) {
      while (i - read.load(std::memory_order_acquire) >= kRing) std::this_thread::yield();
      ring[i % kRing].size = bare.compress(plain[i % kBatches], ring[i % kRing].bytes);
      written.store(i + 1, std::memory_order_release);
    }
  });
  std::vector<char> out(largest);
  bool right = true;
  for (std::size_t i = 0; i < work.batches; ++i) {
    while (written.load(std::memory_order_acquire) <= i) std::this_thread::yield();
    const Slot& slot = ring[i % kRing];
    const std::size_t size = bare.decompress(std::span(slot.bytes).first(slot.size), out);
    right = right && size == plain[i % kBatches].size() &&
            std::equal(out.begin(), out.begin() + 8, plain[i % kBatches].begin());
    read.store(i + 1, std::memory_order_release);
  }
  const double seconds = SecondsSince(begin_ns);
  compressor.join();
  if (!right) return absl::DataLossError("the library gives back other bytes");
  return work.bytes / 1e6 / seconds;
}

}  // namespace

void AddCompression(const Scale& scale, Benchmarks& benchmarks) {
  // gzip takes ten times as long as the others.
  constexpr std::pair<const char*, std::pair<Compression, std::int64_t>> kCodecs[] = {
      {"gzip", {Compression::kGzip, 16}},
      {"snappy", {Compression::kSnappy, 2}},
      {"lz4", {Compression::kLz4, 2}},
      {"zstd", {Compression::kZstd, 4}}};
  for (const auto& [name, how] : kCodecs) {
    const Work work = WorkOf(how.first, scale.bytes / how.second);
    benchmarks.push_back(
        {.name = fmt::format("codec/{}", name),
         .what = fmt::format("{}, JSON of 100 B, batches of {}, thread to thread through files", name, kBatch),
         .unit = "MB/s",
         .leat = [work](const std::string& folder) { return Leat(work, folder); },
         .reference_name = "bare library",
         .reference = [work](const std::string&) { return BareLibrary(work); }});
  }
}

}  // namespace leat::bench
