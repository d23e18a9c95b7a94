// docs/metrics.md, made from the library's table.
#ifndef LEAT_CLI_METRICS_PAGE_H_
#define LEAT_CLI_METRICS_PAGE_H_

#include <string>

namespace leat::cli {

std::string MetricsPage();

}  // namespace leat::cli

#endif  // LEAT_CLI_METRICS_PAGE_H_
