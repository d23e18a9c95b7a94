// What verify has found: a line, or a JSON object, for each damage.
#ifndef LEAT_CLI_DAMAGE_LIST_H_
#define LEAT_CLI_DAMAGE_LIST_H_

#include <leat/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/output.h"

namespace leat::cli {

struct Damage {
  std::string file;
  std::optional<std::int64_t> position = {};  // in the file
  std::string expected;
  std::string found;
  // From here to before there, what cannot be read; the end is not known when the damage goes on to the end of the file.
  std::optional<Offset> unreadable_begin = {};
  std::optional<Offset> unreadable_end = {};
};

class DamageList {
 public:
  DamageList(bool json, Output& out) : json_(json), out_(out) {}

  void Add(const Damage& damage);
  // What is worth knowing and no damage; on standard error.
  static void Note(std::string_view what);
  std::int64_t count() const { return count_; }

 private:
  const bool json_;
  Output& out_;
  std::int64_t count_ = 0;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_DAMAGE_LIST_H_
