// A terminal that is drawn upon anew again and again, and is afterwards as it was.
#ifndef LEAT_CLI_SCREEN_H_
#define LEAT_CLI_SCREEN_H_

#include <termios.h>

#include <string>
#include <vector>

namespace leat::cli {

// Standard output and input are the terminal. One in a process.
class Screen {
 public:
  // Takes the alternate screen, hides the cursor, and has keys come at once and unseen.
  Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  // As much of the lines as there is room for now; of the last row, nothing, so that nothing scrolls.
  void Draw(const std::vector<std::string>& lines) const;

  // Whether the key was typed since it was asked last.
  bool Typed(char key) const;

  // Whether the terminal has got another size since it was asked last.
  static bool Resized();

 private:
  termios before_ = {};
  bool has_before_ = false;
};

}  // namespace leat::cli

#endif  // LEAT_CLI_SCREEN_H_
