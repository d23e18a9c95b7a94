#include "io/stored_file.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

namespace leat::io {
namespace {

// Bytes that a file does not have read as zeros.
std::string_view SectorOf(const std::string& content, std::size_t sector) {
  const std::size_t begin = std::min(sector * kSector, content.size());
  return std::string_view(content).substr(begin, kSector);
}

bool SameSector(const std::string& a, const std::string& b, std::size_t sector) {
  std::string_view longer = SectorOf(a, sector);
  std::string_view shorter = SectorOf(b, sector);
  if (longer.size() < shorter.size()) std::swap(longer, shorter);
  return longer.substr(0, shorter.size()) == shorter &&
         std::all_of(longer.begin() + static_cast<std::ptrdiff_t>(shorter.size()), longer.end(),
                     [](char byte) { return byte == 0; });
}

std::size_t Sectors(std::size_t size) { return (size + kSector - 1) / kSector; }

// One coin for a whole state: losses are often all or nothing, and any share between.
class Coin {
 public:
  explicit Coin(base::Random& random) : random_(random), heads_(kShares[random.Next() % std::size(kShares)]) {}
  bool Toss() { return random_.Next() % 16 < heads_; }

 private:
  static constexpr std::uint64_t kShares[] = {0, 1, 8, 15, 16};  // of 16
  base::Random& random_;
  const std::uint64_t heads_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<StoredFile>> StoredFile::Make(FileId id, std::unique_ptr<File> content) {
  std::shared_ptr<StoredFile> made(new StoredFile(id, std::move(content)));
  if (made->content_ == nullptr) return made;
  absl::StatusOr<std::string> bytes = made->Content();
  if (!bytes.ok()) return bytes.status();
  made->stored_ = *bytes;
  made->clean_ = *std::move(bytes);
  return made;
}

absl::StatusOr<std::string> StoredFile::Content() const {
  const absl::StatusOr<FileInfo> info = content_->Info();
  if (!info.ok()) return info.status();
  std::string bytes(static_cast<std::size_t>(info->size), '\0');
  const absl::StatusOr<std::size_t> size = content_->ReadAt(0, std::as_writable_bytes(std::span(bytes)));
  if (!size.ok()) return size.status();
  bytes.resize(*size);
  return bytes;
}

bool StoredFile::IsDirty(const std::string& content, std::size_t sector) const {
  return !SameSector(content, clean_, sector);
}

void StoredFile::CopySector(const std::string& from, std::size_t sector, std::string& to) {
  const std::size_t begin = sector * kSector;
  const std::size_t end = std::min(begin + kSector, to.size());
  for (std::size_t i = begin; i < end; ++i) to[i] = i < from.size() ? from[i] : '\0';
}

absl::Status StoredFile::Sync() {
  absl::StatusOr<std::string> content = Content();
  if (!content.ok()) return content.status();
  const std::size_t sectors = Sectors(content->size());
  stored_.resize(content->size());
  for (std::size_t sector = 0; sector < sectors; ++sector) {
    if (IsDirty(*content, sector)) CopySector(*content, sector, stored_);
  }
  clean_ = *std::move(content);
  return absl::OkStatus();
}

absl::Status StoredFile::FailSync(base::Random& random) {
  if (absl::Status status = WriteBack(random); !status.ok()) return status;
  absl::StatusOr<std::string> content = Content();
  if (!content.ok()) return content.status();
  clean_ = *std::move(content);
  ++failed_syncs_;
  return absl::OkStatus();
}

absl::Status StoredFile::WriteBack(base::Random& random) {
  const absl::StatusOr<std::string> content = Content();
  if (!content.ok()) return content.status();
  Coin coin(random);
  if (coin.Toss()) {
    // The new size goes with the kernel's next journal commit, whatever of the bytes has been written by then.
    stored_.resize(content->size());
    clean_.resize(content->size());
  }
  const std::size_t sectors = Sectors(std::min(content->size(), stored_.size()));
  for (std::size_t sector = 0; sector < sectors; ++sector) {
    if (!IsDirty(*content, sector) || !coin.Toss()) continue;
    CopySector(*content, sector, stored_);
    CopySector(*content, sector, clean_);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> StoredFile::AfterPowerLoss(base::Random& random) const {
  const absl::StatusOr<std::string> content = Content();
  if (!content.ok()) return content.status();
  Coin coin(random);
  std::string left = stored_;
  if (content->size() != clean_.size() && coin.Toss()) left.resize(content->size());
  const std::size_t sectors = Sectors(left.size());
  for (std::size_t sector = 0; sector < sectors; ++sector) {
    if (IsDirty(*content, sector) && coin.Toss()) CopySector(*content, sector, left);
  }
  return left;
}

}  // namespace leat::io
