#include "cli/damage_list.h"

#include <fmt/format.h>

#include "cli/json.h"
#include "cli/report.h"

namespace leat::cli {

void DamageList::Note(std::string_view what) { Say(what); }

void DamageList::Add(const Damage& damage) {
  ++count_;
  const auto number = [](const std::optional<std::int64_t>& one) {
    return one.has_value() ? Json(*one) : Json(nullptr);
  };
  if (json_) {
    out_.Line(OneLine({{"file", damage.file},
                       {"position", number(damage.position)},
                       {"expected", damage.expected},
                       {"found", damage.found},
                       {"unreadable_begin", number(damage.unreadable_begin)},
                       {"unreadable_end", number(damage.unreadable_end)}}));
    return;
  }
  std::string line = damage.file;
  if (damage.position.has_value()) line += fmt::format(" at {}", *damage.position);
  line += fmt::format(": expected {}, found {}", damage.expected, damage.found);
  if (damage.unreadable_begin.has_value()) {
    line +=
        damage.unreadable_end.has_value()
            ? fmt::format("; offsets {} to {} cannot be read", *damage.unreadable_begin, *damage.unreadable_end - 1)
            : fmt::format("; offsets from {} on cannot be read", *damage.unreadable_begin);
  }
  out_.Line(line);
}

}  // namespace leat::cli
