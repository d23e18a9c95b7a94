# shellcheck shell=bash
# Sourced by run: builds with another compiler or other flags, and their tests. A command before each folder's commands,
# `in`, runs them elsewhere: in a root.

in=()

step() { # what is done now: to who waits, and to the log
  say "   $*" >&3
  say "== $*"
}

configured() { # folder, options of cmake
  local folder=$1
  shift
  step "configuring $folder"
  "${in[@]}" cmake -S "$(sources)" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release "$@"
}

sources() { if ((${#in[@]} > 0)); then say /root/leat; else say "$root"; fi; }

built() { # folder, targets
  local folder=$1
  shift
  step "building ${*:-everything}"
  # Ninja's lines to the log, each tenth part's to who waits.
  "${in[@]}" ninja -C "$folder" -j "$jobs" "$@" | tee >(tenths >&3)
}

tenths() {
  local line tenth last=0
  while read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    tenth=$((10 * BASH_REMATCH[1] / BASH_REMATCH[2]))
    ((tenth == last)) || say "   ${BASH_REMATCH[0]}"
    last=$tenth
  done
}

tested() { # folder, options of ctest
  local folder=$1 result=0
  shift
  step "testing, label $label"
  "${in[@]}" ctest --test-dir "$folder" --output-on-failure --no-tests=error -j "$jobs" -L "$label" "$@" || result=$?
  closing_lines
  return "$result"
}

# ctest's summary, as the log has it last.
closing_lines() { tac "$log" | sed '/% tests passed/q' | tac | sed '/^$/d; s/^/   /' >&3; }

# The unit programs that --only names, and their tests.
chosen_programs() { # folder
  local programs names
  mapfile -t programs < <("${in[@]}" ninja -C "$1" -t targets all | sed -n 's/^\(unit_[a-z]*\): phony$/\1/p' | grep -Ex -- "$only")
  ((${#programs[@]} > 0)) || { step "no unit program is called $only"; return 1; }
  built "$1" "${programs[@]}"
  # ctest knows them by the name of the module.
  names=$(printf '|%s' "${programs[@]#unit_}")
  tested "$1" -R "^(${names#|}):"
}

# All that there is to compile, whether a test of that label needs it or not.
everything() { # folder, options of cmake
  configured "$@"
  if [[ -n $only ]]; then
    chosen_programs "$1"
  else
    built "$1"
    tested "$1"
  fi
}

# No more than the tests of that label need.
tests_alone() { # folder, options of cmake
  configured "$@" -DLEAT_BUILD_BENCH=OFF -DLEAT_BUILD_EXAMPLES=OFF
  if [[ -n $only ]]; then
    chosen_programs "$1"
  elif [[ $label == '^unit$' ]]; then
    built "$1" unit_programs
    tested "$1"
  else
    built "$1"
    tested "$1"
  fi
}
