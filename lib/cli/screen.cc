#include "cli/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <string_view>

namespace leat::cli {
namespace {

std::atomic<bool> resized{false};

void NoteResize(int) { resized.store(true); }

void Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(1, text.data(), text.size());
    if (written <= 0) return;  // a terminal that is gone ends the program by its signal
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Of a line, what `columns` columns show: bytes that go on with a character take none.
std::string_view Cut(std::string_view line, std::size_t columns) {
  std::size_t shown = 0, end = 0;
  for (; end < line.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(line[end]) & 0xC0U) != 0x80U;
    if (begins && shown++ == columns) break;
  }
  return line.substr(0, end);
}

}  // namespace

Screen::Screen() {
  has_before_ = ::tcgetattr(0, &before_) == 0;
  if (has_before_) {
    termios keys = before_;
    // Ctrl-C stays a signal, but takes nothing of what was written along: with it would go what makes the screen as it was.
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    keys.c_lflag |= NOFLSH;
    ::tcsetattr(0, TCSANOW, &keys);
  }
  struct sigaction action = {};
  action.sa_handler = NoteResize;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGWINCH, &action, nullptr);
  Write("\x1b[?1049h\x1b[?25l");
}

Screen::~Screen() {
  Write("\x1b[?25h\x1b[?1049l");
  if (has_before_) ::tcsetattr(0, TCSANOW, &before_);
}

void Screen::Draw(const std::vector<std::string>& lines) const {
  winsize size = {};
  if (::ioctl(1, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
    size = {.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  const std::size_t rows = std::min<std::size_t>(lines.size(), size.ws_row > 1 ? size.ws_row - 1U : 1U);
  // In one piece, so that nobody sees half of it.
  std::string picture = "\x1b[H";
  for (std::size_t i = 0; i < rows; ++i) {
    picture += Cut(lines[i], size.ws_col);
    picture += "\x1b[K\r\n";
  }
  picture += "\x1b[J";
  Write(picture);
}

bool Screen::Typed(char key) const {
  bool typed = false;
  pollfd keys = {.fd = 0, .events = POLLIN, .revents = 0};
  while (::poll(&keys, 1, 0) > 0 && (keys.revents & POLLIN) != 0) {
    char one = 0;
    if (::read(0, &one, 1) != 1) break;
    typed = typed || one == key;
  }
  return typed;
}

bool Screen::Resized() { return resized.exchange(false); }

}  // namespace leat::cli
