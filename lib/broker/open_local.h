// Opens brokers: what Broker::Open and Broker::InMemory do, with the world as an argument.
#ifndef LEAT_BROKER_OPEN_LOCAL_H_
#define LEAT_BROKER_OPEN_LOCAL_H_

#include <functional>
#include <memory>
#include <string>

#include <leat/broker.h>
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker/environment.h"
#include "broker/local_backend.h"

namespace leat::broker {

// Errors: Broker::Open. `settle_others`: FolderOptions.
absl::StatusOr<std::shared_ptr<LocalBackend>> OpenLocal(
    std::string folder, BrokerOptions options, Environment environment,
    std::function<absl::Status(Folder& folder)> settle_others = nullptr);
absl::StatusOr<std::shared_ptr<LocalBackend>> OpenInMemory(InMemoryOptions options, Environment environment);

// kFailedPrecondition when an application that was compiled with these headers cannot use this library.
absl::Status CheckHeaders(HeaderVersion headers);

}  // namespace leat::broker

#endif  // LEAT_BROKER_OPEN_LOCAL_H_
