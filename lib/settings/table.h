// The table: a row is a setting, what there is to say of it, and the fields it stands for.
#ifndef LEAT_SETTINGS_TABLE_H_
#define LEAT_SETTINGS_TABLE_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include <leat/broker.h>
#include <leat/topic_options.h>
#include <leat/types.h>
#include "settings/value.h"

namespace leat::settings {

// A field, and the one that changes it if it can be changed.
template <typename Options, typename Changes, typename T>
struct Field {
  T Options::*option;
  std::optional<T> Changes::*change = nullptr;
};

template <typename Options, typename Changes, typename... Ts>
struct RowOf : Spec {
  using OptionsType = Options;
  std::variant<Field<Options, Changes, Ts>...> field;

  Value Get(const Options& options) const {
    return std::visit([&](const auto& f) { return ToValue(options.*(f.option)); }, field);
  }
  void Set(Value value, Options& options) const {
    std::visit([&](const auto& f) { Put(value, options.*(f.option)); }, field);
  }
  bool alterable() const {
    return std::visit([](const auto& f) { return f.change != nullptr; }, field);
  }
  // Of a setting that is alterable.
  void Set(Value value, Changes& changes) const {
    std::visit([&](const auto& f) { Put(value, (changes.*(f.change)).emplace()); }, field);
  }
  void Apply(const Changes& changes, Options& options) const {
    std::visit(
        [&](const auto& f) {
          if (f.change != nullptr && (changes.*(f.change)).has_value()) options.*(f.option) = *(changes.*(f.change));
        },
        field);
  }
};

struct NoChanges {};

using TopicRow = RowOf<TopicOptions, TopicChanges, std::int32_t, std::int64_t, std::chrono::milliseconds, double,
                       TimestampType, Durability, CleanupPolicy, std::optional<Compression>>;
using BrokerRow = RowOf<BrokerOptions, NoChanges, std::int64_t, std::chrono::milliseconds, bool>;

std::span<const TopicRow> TopicTable();
std::span<const BrokerRow> BrokerTable();

// Null when there is none of that name.
template <typename Row>
const Row* FindRow(std::span<const Row> table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Row& row) { return row.name == name; });
  return found != table.end() ? &*found : nullptr;
}

// The first of the options that is out of its range: kInvalidArgument.
absl::Status CheckRanges(const TopicOptions& options);
absl::Status CheckRanges(const BrokerOptions& options);

}  // namespace leat::settings

#endif  // LEAT_SETTINGS_TABLE_H_
