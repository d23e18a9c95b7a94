// Memory for bytes that are made, not copied: compressed ones, and those that come out of decompression.
#ifndef LEAT_RECORD_BYTE_BUFFER_H_
#define LEAT_RECORD_BYTE_BUFFER_H_

#include <cstddef>
#include <memory>
#include <span>

namespace leat::record {

// Grows like a vector, but its room is not filled with zeros first: whoever produces bytes writes into room(), then says
// by Take how many they were.
class ByteBuffer {
 public:
  std::byte* data() { return memory_.get(); }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::span<std::byte> bytes() { return {memory_.get(), size_}; }

  // What is allocated behind the bytes.
  std::span<std::byte> room() { return {memory_.get() + size_, capacity_ - size_}; }
  // Makes the room at least `bytes`. May move what is there.
  void Reserve(std::size_t bytes);
  // The first `bytes` of the room are bytes now.
  void Take(std::size_t bytes) { size_ += bytes; }
  void Append(std::span<const std::byte> bytes);

  // Back to the first `size` bytes; keeps the memory.
  void Truncate(std::size_t size) { size_ = size; }
  void Clear() { size_ = 0; }

  // For the idle store: less than a buffer of some polls is worth keeping.
  bool IsWorthKeeping() const { return capacity_ <= kMostKept; }

 private:
  static constexpr std::size_t kMostKept = std::size_t{4} << 20;

  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace leat::record

#endif  // LEAT_RECORD_BYTE_BUFFER_H_
