// Results as JSON: one object a line, its names in the order in which they were put in.
#ifndef LEAT_CLI_JSON_H_
#define LEAT_CLI_JSON_H_

#include <nlohmann/json.hpp>
#include <string>

#include "cli/output.h"

namespace leat::cli {

using Json = nlohmann::ordered_json;

// Bytes that are not UTF-8, in an error message say, come out as U+FFFD.
inline std::string OneLine(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace leat::cli

#endif  // LEAT_CLI_JSON_H_
