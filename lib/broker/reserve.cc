#include "broker/reserve.h"

#include <memory>

namespace leat::broker {
namespace {

std::string PathIn(const std::string& folder) { return io::JoinPath(folder, kReserveFileName); }

}  // namespace

void KeepReserve(io::FileSystem& files, const std::string& folder, const io::FileInfo& like) {
  const absl::StatusOr<io::FileInfo> there = files.Info(PathIn(folder));
  if (there.ok() && there->size >= kReserveSize) return;
  // Not the last of it: somebody would be refused for its sake.
  const absl::StatusOr<std::int64_t> free = files.FreeBytes(folder);
  if (!free.ok() || *free < 2 * kReserveSize) return;
  absl::StatusOr<std::unique_ptr<io::File>> file = files.Open(PathIn(folder), io::OpenMode::kCreate);
  absl::Status status = file.status();
  if (status.ok()) status = (*file)->TakePermissionsOf(like);
  if (status.ok()) status = (*file)->Allocate(kReserveSize);
  if (!status.ok()) files.Remove(PathIn(folder)).IgnoreError();
}

bool GiveUpReserve(io::FileSystem& files, const std::string& folder) { return files.Remove(PathIn(folder)).ok(); }

void GiveUpReserveIfFull(io::FileSystem& files, const std::string& folder) {
  const absl::StatusOr<std::int64_t> free = files.FreeBytes(folder);
  if (free.ok() && *free < kReserveSize) GiveUpReserve(files, folder);
}

}  // namespace leat::broker
