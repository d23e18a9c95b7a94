#include "cli/fake_template.h"

#include <fmt/format.h>
#include <leat/settings.h>

#include <cstddef>
#include <utility>

namespace leat::cli {
namespace {

constexpr std::string_view kOpen = "{{", kClose = "}}";

constexpr std::pair<std::string_view, std::string_view> kNamed[] = {
    {"registered_user",
     R"({"name":"{{name}}","email":"{{email}}","address":"{{address}}","created_at":{{int 1970 2025}}})"}};

absl::StatusOr<std::string_view> Named(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [known, text] : kNamed) {
    if (name == known) return text;
    names.emplace_back(known);
  }
  std::string message = fmt::format("there is no template '{}'", name);
  if (const auto meant = NearestWord(name, names); meant.has_value()) {
    message += fmt::format("; did you mean '{}'?", *meant);
  } else {
    message += fmt::format("; there is {}, and one of your own has {{{{FIELD}}}} in it", fmt::join(names, ", "));
  }
  return absl::InvalidArgumentError(message);
}

// Where the next field opens. Of more braces than two the last ones open it: {{{int 1 9}}} is a number in braces.
std::size_t FindOpen(std::string_view text, std::size_t from) {
  std::size_t at = text.find(kOpen, from);
  while (at != text.npos && text.substr(at + 1).starts_with(kOpen)) ++at;
  return at;
}

}  // namespace

absl::StatusOr<FakeTemplate> FakeTemplate::Parse(std::string_view text) {
  if (text.find(kOpen) == text.npos) {
    const auto named = Named(text);
    if (!named.ok()) return named.status();
    text = *named;
  }
  FakeTemplate parsed;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t open = FindOpen(text, begin);
    if (open == text.npos) {
      parsed.pieces_.push_back({std::string(text.substr(begin))});
      break;
    }
    const std::size_t inside = open + kOpen.size(), close = text.find(kClose, inside);
    const auto wrong = [&](std::string_view what) {
      return absl::InvalidArgumentError(fmt::format("at character {}: {}", open + 1, what));
    };
    if (close == text.npos) return wrong("{{ without a }} behind it");
    auto field = ParseFakeField(text.substr(inside, close - inside));
    if (!field.ok()) return wrong(std::string(field.status().message()));
    parsed.pieces_.push_back({std::string(text.substr(begin, open - begin)), *std::move(field)});
    begin = close + kClose.size();
  }
  return parsed;
}

void FakeTemplate::Make(FakeSource& source, std::string& text) const {
  source.person.Meet(source.chance);
  for (const Piece& piece : pieces_) {
    text += piece.text;
    if (piece.field) piece.field(source, text);
  }
}

}  // namespace leat::cli
