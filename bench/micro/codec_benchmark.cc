// Encoding, decoding and checksums in the processor's caches.
#include <benchmark/benchmark.h>
#include <leat/batch.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace leat {
namespace {

constexpr std::int64_t kBatch = 256;

bool Fill(BatchBuilder& builder, BytesView value) {
  builder.Clear();
  bool fits = true;
  for (std::int64_t i = 0; i < kBatch; ++i) fits = builder.Append(nullptr, value, {}, i) && fits;
  return fits;
}

void Encode(benchmark::State& state) {
  const std::string value(static_cast<std::size_t>(state.range(0)), 'x');
  BatchBuilder builder;
  for (auto _ : state) {
    if (!Fill(builder, value)) state.SkipWithError("the batch became too large");
    benchmark::DoNotOptimize(builder.size());
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(Encode)->Arg(10)->Arg(100)->Arg(1024)->Arg(10240);

void EncodeAndSeal(benchmark::State& state) {
  const std::string value(static_cast<std::size_t>(state.range(0)), 'x');
  BatchBuilder builder;
  for (auto _ : state) {
    if (!Fill(builder, value)) state.SkipWithError("the batch became too large");
    benchmark::DoNotOptimize(builder.Seal({}).data());
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(EncodeAndSeal)->Arg(10)->Arg(100)->Arg(1024)->Arg(10240);

void Decode(benchmark::State& state) {
  const std::string value(static_cast<std::size_t>(state.range(0)), 'x');
  BatchBuilder builder;
  if (!Fill(builder, value)) state.SkipWithError("the batch became too large");
  const BatchView batch(builder.Seal({}));
  for (auto _ : state) {
    RecordReader reader(batch);
    std::size_t bytes = 0;
    while (reader.Next()) bytes += reader.record().value.size();
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(Decode)->Arg(10)->Arg(100)->Arg(1024)->Arg(10240);

void Checksum(benchmark::State& state) {
  const std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)), std::byte{'x'});
  for (auto _ : state) benchmark::DoNotOptimize(Crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Checksum)->Arg(16)->Arg(64)->Arg(168)->Arg(1024)->Arg(16 << 10)->Arg(1 << 20);

}  // namespace
}  // namespace leat
