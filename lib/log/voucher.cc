#include "log/voucher.h"

#include <iterator>
#include <utility>

namespace leat::log {

void Voucher::Opened(Offset base, Descriptor descriptor) {
  const base::MutexLock lock(mutex_);
  Descriptor& known = by_base_[base];
  if (known.file == nullptr || descriptor.since < known.since) known = std::move(descriptor);
}

std::optional<Voucher::Descriptor> Voucher::Of(Offset base) const {
  const base::MutexLock lock(mutex_);
  const auto found = by_base_.find(base);
  return found == by_base_.end() ? std::nullopt : std::optional(found->second);
}

// A segment ends where the next one begins, or before the next one that we know of.
void Voucher::Flushed(Offset flushed) {
  std::map<Offset, Descriptor> done;  // closed without the lock
  const base::MutexLock lock(mutex_);
  while (by_base_.size() > 1 && std::next(by_base_.begin())->first <= flushed) {
    done.insert(by_base_.extract(by_base_.begin()));
  }
}

std::size_t Voucher::size() const {
  const base::MutexLock lock(mutex_);
  return by_base_.size();
}

}  // namespace leat::log
