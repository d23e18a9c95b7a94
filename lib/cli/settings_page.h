// docs/settings.md, as the library's table of settings has it.
#ifndef LEAT_CLI_SETTINGS_PAGE_H_
#define LEAT_CLI_SETTINGS_PAGE_H_

#include <string>

namespace leat::cli {

std::string SettingsPage();

}  // namespace leat::cli

#endif  // LEAT_CLI_SETTINGS_PAGE_H_
