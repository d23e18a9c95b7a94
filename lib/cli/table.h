// Rows for a person's eyes: columns side by side.
#ifndef LEAT_CLI_TABLE_H_
#define LEAT_CLI_TABLE_H_

#include <string>
#include <vector>

#include "cli/output.h"

namespace leat::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }

  // As many cells as the heading has. An empty one is shown as "-", so that a script can count columns.
  void Row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  void Print(Output& out) const;
  std::vector<std::string> Lines() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_TABLE_H_
