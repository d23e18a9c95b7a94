#!/usr/bin/env bash
# In a bare root, by run: installs leat's packages by apt, builds an application with them, purges them.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")"
die() { printf '%s\n' "$*" >&2; exit 1; }
named_leat() { find / -xdev \( -path /proc -o -path /root -o -path /tmp \) -prune -o -name '*leat*' -print | sort; }

apt-get -q update
named_leat > before
apt-get -qy install --no-install-recommends ./debs/*.deb
leat --version
[[ -e /usr/share/bash-completion/completions/leat ]] || die 'leat-tools completes nothing'
[[ -e /usr/share/man/man1/leat.1.gz || -e /usr/share/man/man1/leat.1 ]] || die 'leat-tools has no manual page'
leat produce greetings <<< hello
[[ $(leat consume greetings --from-beginning -e) == *hello* ]] || die 'leat of leat-tools does not give back what it was given'

apt-get -qy install --no-install-recommends g++ clang cmake ninja-build pkg-config > apt.log
for compiler in g++ clang++; do
  # shellcheck disable=SC2046  # they are words
  $compiler -std=c++20 -O1 app.cc -o by-pkg-config-$compiler $(pkg-config --cflags --libs leat)
  cmake -S user -B found-$compiler -G Ninja -DCMAKE_CXX_COMPILER=$compiler
  cmake --build found-$compiler
  for program in ./by-pkg-config-$compiler found-$compiler/app; do
    rm -rf data
    [[ $($program data) == hello ]] || die "$program does not say hello"
    printf '%s: ok\n' "$program"
  done
done

# An application needs neither the tools nor the headers; the library it does.
apt-get -qy purge leat-tools libleat-dev
rm -rf data
[[ $(./by-pkg-config-g++ data) == hello ]] || die 'without libleat-dev an application does not run'
[[ ! -e /usr/bin/leat ]] || die 'leat is there without leat-tools'
apt-get -qy purge libleat0
! ./by-pkg-config-g++ data || die 'an application runs without libleat0'
named_leat > after
diff before after || die 'the packages leave behind what is above'
echo 'packages: come, work, go'
