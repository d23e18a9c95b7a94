#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "cli/styles.h"

namespace leat::cli {

void Table::Print(Output& out) const {
  const std::vector<std::string> lines = Lines();
  out.Line(Styled(lines.front(), Style::kBold));
  for (std::size_t i = 1; i < lines.size(); ++i) out.Line(lines[i]);
}

std::vector<std::string> Table::Lines() const {
  std::vector<std::string> lines;
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()), 1);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string& cell = row[i].empty() ? "-" : row[i];
      line += cell;
      // Nothing behind the last column.
      if (i + 1 < row.size()) line.append(widths[i] - cell.size() + 2, ' ');
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace leat::cli
