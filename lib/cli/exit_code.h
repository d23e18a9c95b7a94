// What the program tells its caller by the number it ends with.
#ifndef LEAT_CLI_EXIT_CODE_H_
#define LEAT_CLI_EXIT_CODE_H_

namespace leat::cli {

enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,      // the request
  kWrongUsage = 2,  // nothing was tried
  kDamage = 3,      // bytes in the folder are not what was written
};

}  // namespace leat::cli

#endif  // LEAT_CLI_EXIT_CODE_H_
