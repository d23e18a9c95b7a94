#include "io/fault_plan.h"

#include <utility>

namespace leat::io {

absl::Status FaultPlan::Next(FileCall kind, std::string_view path) {
  std::shared_ptr<const Watcher> watcher;
  absl::Status outcome;
  {
    const base::MutexLock lock(mutex_);
    ++counts_[static_cast<std::size_t>(FileCall::kAny)];
    ++counts_[static_cast<std::size_t>(kind)];
    watcher = watcher_;
    const bool meant = left_ > 0 && (fails_ == FileCall::kAny || fails_ == kind) &&
                       (path_part_.empty() || path.find(path_part_) != std::string_view::npos);
    if (meant && left_ == 1) {
      outcome = with_;
      if (!stays_) left_ = 0;
    } else if (meant) {
      --left_;
    }
  }
  if (watcher != nullptr) (*watcher)(kind, path);
  return outcome;
}

void FaultPlan::Fail(int n, bool stays, absl::Status with, FileCall kind, std::string path_part) {
  const base::MutexLock lock(mutex_);
  left_ = n;
  stays_ = stays;
  with_ = std::move(with);
  fails_ = kind;
  path_part_ = std::move(path_part);
}

void FaultPlan::Heal() {
  const base::MutexLock lock(mutex_);
  left_ = 0;
}

void FaultPlan::SetWatcher(Watcher watcher) {
  const base::MutexLock lock(mutex_);
  watcher_ = watcher == nullptr ? nullptr : std::make_shared<const Watcher>(std::move(watcher));
}

int FaultPlan::calls(FileCall kind) const {
  const base::MutexLock lock(mutex_);
  return counts_[static_cast<std::size_t>(kind)];
}

}  // namespace leat::io
