#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "harness/bounds.h"
#include "harness/clock.h"
#include "harness/values.h"

namespace leat::bench {
namespace {

class NewFile {
 public:
  explicit NewFile(const std::string& folder)
      : path_(folder + "/raw"), descriptor_(open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() { close(descriptor_); }

  int descriptor() const { return descriptor_; }
  absl::Status Error() const { return absl::UnavailableError(fmt::format("{}: {}", path_, std::strerror(errno))); }

 private:
  std::string path_;
  int descriptor_;
};

}  // namespace

absl::StatusOr<double> RawLog(const Flow& flow, const std::string& folder) {
  constexpr std::int64_t kPiece = 1 << 20;
  const std::vector<std::byte> piece(kPiece, std::byte{'x'});
  const std::int64_t size = LogBytes(flow);
  const NewFile file(folder);
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t position = 0; position < size;) {
    const auto count = static_cast<std::size_t>(std::min(kPiece, size - position));
    const ssize_t written = pwrite(file.descriptor(), piece.data(), count, position);
    if (written <= 0) return file.Error();
    position += written;
  }
  return static_cast<double>(flow.records) / 1e6 / SecondsSince(begin_ns);
}

absl::StatusOr<double> WriteEach(const Flow& flow, const std::string& folder) {
  Values values(flow.value_size);
  const auto length = static_cast<std::uint32_t>(flow.value_size);
  std::vector<std::byte> framed(sizeof(length) + flow.value_size);
  std::memcpy(framed.data(), &length, sizeof(length));
  const NewFile file(folder);
  const std::int64_t begin_ns = NowNs();
  for (std::int64_t i = 0; i < flow.records; ++i) {
    const BytesView value = values.Stamp(Values::MakeStamp(0, i));
    std::memcpy(framed.data() + sizeof(length), value.data(), value.size());
    if (write(file.descriptor(), framed.data(), framed.size()) != static_cast<ssize_t>(framed.size())) {
      return file.Error();
    }
  }
  return static_cast<double>(flow.records) / 1e6 / SecondsSince(begin_ns);
}

}  // namespace leat::bench
