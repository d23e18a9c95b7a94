// Segment files as tests want them: with batches of their choice in them, and then with something wrong.
#ifndef LEAT_TESTS_SUPPORT_LOG_FILES_H_
#define LEAT_TESTS_SUPPORT_LOG_FILES_H_

#include <leat/batch.h>
#include <leat/types.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/file_system.h"
#include "log/segment_files.h"

namespace leat::testing {

using Bytes = std::vector<std::byte>;

struct BatchSpec {
  Offset base = 0;
  int count = 1;
  LeaderEpoch epoch = 0;
  std::int64_t timestamp = 1000;  // of the first record; each further one is a millisecond later
  std::size_t value_size = 20;
};

// A whole batch as it stands in a log.
inline Bytes MakeBatch(const BatchSpec& spec) {
  BatchBuilder builder;
  for (int i = 0; i < spec.count; ++i) {
    const std::string value(spec.value_size, static_cast<char>('a' + (spec.base + i) % 26));
    if (!builder.Append(nullptr, value, {}, spec.timestamp + i)) throw std::runtime_error("a record is too large");
  }
  const std::span<std::byte> sealed = builder.Seal({});
  PatchBatch(sealed, spec.base, spec.epoch);
  return {sealed.begin(), sealed.end()};
}

inline void AppendTo(Bytes& to, std::span<const std::byte> more) { to.insert(to.end(), more.begin(), more.end()); }

// `batches` batches of `count` records each, back to back from offset `base` on.
inline Bytes MakeBatches(Offset base, int batches, int count = 1, LeaderEpoch epoch = 0,
                         std::size_t value_size = 20) {
  Bytes bytes;
  for (int i = 0; i < batches; ++i) {
    const Offset first = base + std::int64_t{i} * count;
    AppendTo(bytes, MakeBatch({first, count, epoch, 1000 + first, value_size}));
  }
  return bytes;
}

// The computed CRC put into a batch that was changed.
inline void Reseal(std::span<std::byte> batch) {
  StoreBig32(batch.data() + batch_layout::kCrc, Crc32c(batch.subspan(batch_layout::kCrcBegin)));
}

// A folder below tests/golden, by its name there: what a real Kafka wrote.
inline std::string GoldenFolder(std::string_view name) {
  const std::string here = __FILE__;
  return here.substr(0, here.rfind("/support/")) + "/golden/kafka-4.2.0/" + std::string(name);
}

// One partition's folder. What it cannot do it throws.
class LogFiles {
 public:
  LogFiles(io::FileSystem& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }
  std::string Path(std::string_view name) const { return io::JoinPath(folder_, name); }
  static std::string LogName(Offset base) { return log::SegmentFileName(base, log::kLogSuffix); }

  void Write(std::string_view name, std::span<const std::byte> bytes) {
    auto file = Must(files_.Open(Path(name), io::OpenMode::kCreate));
    Must(file->Truncate(0));
    if (!bytes.empty()) Must(file->WriteAt(0, bytes));
  }
  void Write(std::string_view name, std::string_view text) { Write(name, std::as_bytes(std::span(text))); }
  void WriteSegment(Offset base, std::span<const std::byte> bytes) { Write(LogName(base), bytes); }

  Bytes Read(std::string_view name) const {
    auto file = Must(files_.Open(Path(name), io::OpenMode::kRead));
    Bytes bytes(static_cast<std::size_t>(Must(file->Info()).size));
    bytes.resize(Must(file->ReadAt(0, bytes)));
    return bytes;
  }
  Bytes ReadSegment(Offset base) const { return Read(LogName(base)); }
  std::string ReadText(std::string_view name) const {
    const Bytes bytes = Read(name);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  // All files of a folder of this or another file system.
  void CopyFrom(io::FileSystem& files, const std::string& folder) {
    const LogFiles from(files, folder);
    for (const std::string& name : from.Names()) Write(name, from.Read(name));
  }

  bool Has(std::string_view name) const { return files_.Info(Path(name)).ok(); }
  void Remove(std::string_view name) { Must(files_.Remove(Path(name))); }
  std::vector<std::string> Names() const {
    std::vector<std::string> names = Must(files_.List(folder_));
    std::sort(names.begin(), names.end());
    return names;
  }

  void FlipBit(std::string_view name, std::size_t position, int bit = 0) {
    Bytes bytes = Read(name);
    bytes.at(position) ^= static_cast<std::byte>(1 << bit);
    Write(name, bytes);
  }

 private:
  template <typename T>
  static T Must(absl::StatusOr<T> result) {
    if (!result.ok()) throw std::runtime_error(result.status().ToString());
    return *std::move(result);
  }
  static void Must(const absl::Status& status) {
    if (!status.ok()) throw std::runtime_error(status.ToString());
  }

  io::FileSystem& files_;
  std::string folder_;
};

}  // namespace leat::testing

#endif  // LEAT_TESTS_SUPPORT_LOG_FILES_H_
