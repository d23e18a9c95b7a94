#include "record/byte_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace leat::record {

void ByteBuffer::Reserve(std::size_t bytes) {
  if (bytes <= capacity_ - size_) return;
  // Not by half again and again: what came out of decompression is copied each time.
  const std::size_t capacity = std::max(size_ + bytes, std::min(2 * capacity_, capacity_ + (std::size_t{64} << 20)));
  std::unique_ptr<std::byte[]> memory(new std::byte[capacity]);
  if (size_ > 0) std::memcpy(memory.get(), memory_.get(), size_);
  memory_ = std::move(memory);
  capacity_ = capacity;
}

void ByteBuffer::Append(std::span<const std::byte> bytes) {
  Reserve(bytes.size());
  if (!bytes.empty()) std::memcpy(memory_.get() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

}  // namespace leat::record
