// Two questions that a program asks an absl::Status of this library. The message is for people: it names the file,
// topic or offset and the way out; these are for code.
#ifndef LEAT_STATUS_H_
#define LEAT_STATUS_H_

#include <absl/status/status.h>

namespace leat {
inline namespace v1 {

// Whether the same call can succeed later without a change to it, and has certainly done nothing so far:
//   kUnavailable        somebody else is in the way: a stopped process holds the partition
//   kResourceExhausted  there is no room: the disk, the folder's budget, the producer's memory. Wait, or make room
// False for an OK status, and for an uncertain append (below): to retry that may write the records twice.
inline bool IsRetriable(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kResourceExhausted;
}

// Whether nobody can say if the records of a failed append are in the log, or will stay there:
//   kDataLoss           the sync failed after the records were written
//   kDeadlineExceeded   the records were handed over and their confirmation did not come in time
//   kUnknown            an error that this version has no word for
// All other errors of an append mean that it certainly was not appended. False for an OK status.
inline bool AppendIsUncertain(const absl::Status& status) {
  return status.code() == absl::StatusCode::kDataLoss || status.code() == absl::StatusCode::kDeadlineExceeded ||
         status.code() == absl::StatusCode::kUnknown;
}

}  // namespace v1
}  // namespace leat

#endif  // LEAT_STATUS_H_
