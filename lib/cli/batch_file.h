// The batches of a .log file, read as any program may read them: docs/format.md.
#ifndef LEAT_CLI_BATCH_FILE_H_
#define LEAT_CLI_BATCH_FILE_H_

#include <leat/batch.h>
#include <leat/compression.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leat::cli {

// What stands at a position of the file.
struct FoundBatch {
  std::int64_t position = 0;
  BatchVerdict verdict = BatchVerdict::kOk;
  std::span<const std::byte> bytes;  // the whole batch, if its header tells where it ends; else what there is
  std::span<const std::byte> plain;  // the same without compression, if nothing is wrong with it

  // Whether the header can be believed, so that the next batch is found behind it.
  bool has_end() const {
    return is_right() || verdict == BatchVerdict::kBadCrc || verdict == BatchVerdict::kBadCount ||
           verdict == BatchVerdict::kBadRecord || verdict == BatchVerdict::kBadCompression ||
           verdict == BatchVerdict::kExpandsTooMuch || verdict == BatchVerdict::kUnknownCodec;
  }
  bool is_right() const { return verdict == BatchVerdict::kOk; }
};

// Reads by copying: a file that others cut while it is read is no danger, as it would be when mapped.
class BatchFile {
 public:
  static absl::StatusOr<BatchFile> Open(std::string path);
  BatchFile(BatchFile&& other) noexcept;
  BatchFile& operator=(BatchFile&&) = delete;
  ~BatchFile();

  // The next batch, checked: header, checksum, every record, also of a compressed one. Good until the next call. nullopt at the end of the file,
  // and behind something whose end is not known.
  absl::StatusOr<std::optional<FoundBatch>> Next();

  // Whether only zeros come from what Next has found last on, as in the part of a segment that nobody has written to.
  absl::StatusOr<bool> OnlyZerosLeft();

  // One past the last byte of the file that is not 0; the position of what Next would find, if all before it are batches
  // and the rest is zeros.
  absl::StatusOr<std::int64_t> ContentEnd() const;

  std::int64_t size() const { return size_; }
  std::int64_t position() const { return position_; }  // of what Next would find
  const std::string& path() const { return path_; }

 private:
  BatchFile(std::string path, int descriptor, std::int64_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

  void CheckInside(FoundBatch* found);
  // At least `bytes` bytes from position_ on, or those that there are.
  absl::StatusOr<std::span<const std::byte>> Look(std::size_t bytes);
  absl::StatusOr<std::size_t> ReadAt(std::int64_t position, std::span<std::byte> into) const;

  std::string path_;
  int descriptor_;
  std::int64_t size_;
  std::int64_t position_ = 0;
  std::int64_t found_at_ = 0;
  std::vector<std::byte> buffer_;
  std::int64_t buffer_at_ = 0;  // the position of its first byte
  bool stopped_ = false;
  BatchDecompressor decompressor_;
};

// For a sentence that says what was found.
std::string_view WhatIsWrong(BatchVerdict verdict);

}  // namespace leat::cli

#endif  // LEAT_CLI_BATCH_FILE_H_
