#include "cli/sender.h"

#include <fmt/format.h>
#include <leat/batch.h>

#include <algorithm>
#include <utility>

namespace leat::cli {
namespace {

// No record takes more in a batch than this: its bytes, and numbers as long as they get.
std::size_t MostBytes(const ProducerRecord& record) {
  constexpr std::size_t kNumbers = 40, kNumbersOfHeader = 10;
  std::size_t bytes = kNumbers + record.key.size() + record.value.size();
  for (const Header& header : record.headers) bytes += kNumbersOfHeader + header.key.size() + header.value.size();
  return bytes;
}

}  // namespace

Sender::Sender(Producer producer, Topic topic, Durability durability, bool one_partition, Output* offsets)
    : producer_(std::move(producer)),
      topic_(std::move(topic)),
      durability_(durability),
      singly_(offsets != nullptr && !one_partition),
      synced_(durability == Durability::kDisk || topic_.options().durability == Durability::kDisk),
      enough_(std::min<std::size_t>(static_cast<std::size_t>(topic_.options().max_message_bytes), 256 << 10) -
              batch_layout::kHeaderSize),
      offsets_(offsets) {}

absl::StatusOr<bool> Sender::Add(const ProducerRecord& record) {
  const std::size_t bytes = MostBytes(record);
  const bool full = bytes_ + bytes > enough_ && !taken_.empty();
  if (full) {
    if (absl::Status sent = Send(); !sent.ok()) return sent;
  }
  taken_.push_back(record);
  bytes_ += bytes;
  return full;
}

absl::Status Sender::Send() {
  if (taken_.empty()) return absl::OkStatus();
  absl::Status sent = !singly_ ? SendBatch() : synced_ ? SendSynced() : SendSingly();
  taken_.clear();
  bytes_ = 0;
  if (sent.ok() && offsets_ != nullptr) sent = offsets_->Flush();
  return sent;
}

absl::Status Sender::SendBatch() {
  absl::Status first;
  for (const BatchDelivery& batch : producer_.Send(topic_, taken_, durability_)) {
    if (!batch.delivery.ok()) {
      if (first.ok()) first = NotSent(taken_.size(), batch.delivery.status());
      continue;
    }
    for (std::int32_t i = 0; offsets_ != nullptr && i < batch.count; ++i) {
      offsets_->Line(fmt::format("{} {}", batch.partition, batch.delivery->offset + i));
    }
    sent_ += batch.count;
  }
  return first;
}

absl::Status Sender::SendSingly() {
  std::size_t left = taken_.size();
  for (const ProducerRecord& record : taken_) {
    const auto where = producer_.Send(topic_, record, durability_);
    if (!where.ok()) return NotSent(left, where.status());
    offsets_->Line(fmt::format("{} {}", where->partition, where->offset));
    --left;
    ++sent_;
  }
  return absl::OkStatus();
}

// A sync for each record would take all the time: the producer's own batches share one.
absl::Status Sender::SendSynced() {
  std::vector<absl::StatusOr<Delivery>> results(taken_.size(), absl::UnknownError("nobody told what became of it"));
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    const auto tell = [&results, i](const absl::StatusOr<Delivery>& delivery) { results[i] = delivery; };
    absl::Status taken = producer_.Enqueue(topic_, taken_[i], tell, durability_);
    if (!taken.ok()) results[i] = std::move(taken);
  }
  // Which record has failed, if one has, stands in the results.
  producer_.Flush().IgnoreError();
  absl::Status first;
  for (const absl::StatusOr<Delivery>& where : results) {
    if (!where.ok()) {
      if (first.ok()) first = NotSent(taken_.size(), where.status());
      continue;
    }
    offsets_->Line(fmt::format("{} {}", where->partition, where->offset));
  }
  for (const absl::StatusOr<Delivery>& where : results) sent_ += where.ok() ? 1 : 0;
  return first;
}

absl::Status Sender::NotSent(std::size_t count, const absl::Status& why) const {
  const std::int64_t first = sent_ + 1, last = sent_ + static_cast<std::int64_t>(count);
  const std::string which =
      first == last ? fmt::format("record {}", first) : fmt::format("one of records {} to {}", first, last);
  return absl::Status(why.code(), fmt::format("{}: {}", which, std::string(why.message())));
}

}  // namespace leat::cli
