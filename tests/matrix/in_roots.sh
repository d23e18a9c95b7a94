# shellcheck shell=bash
# Sourced by run: what is tried in bare roots.

debian12() {
  local folder=$into/debian12-root
  bare_root bookworm "$folder"
  cloned "$folder"
  within "$folder" sh -c '! command -v cmake && ! command -v ninja && ! command -v c++'
  step './examples/run'
  within "$folder" sh -c 'cd /root/leat && ./examples/run'
  step './tests/run'
  within "$folder" sh -c 'cd /root/leat && ./tests/run'
  closing_lines
  step 'git status in the clone'
  within "$folder" sh -c 'cd /root/leat && git status --short && test -z "$(git status --porcelain)"'
  removed_root "$folder"
}

debian13() {
  local folder=$into/debian13-root compiler
  [[ -e $folder/root ]] || bare_root trixie "$folder"
  cloned "$folder"
  # What the build needs comes by the command that installs it, which configures build/ for g++ along the way.
  step '.ci/prepare'
  within "$folder" sh -c 'cd /root/leat && .ci/prepare --tests --bench leat_base'
  apt_installed "$folder" clang
  in=(within "$folder")
  everything /root/leat/build
  everything /root/leat/build-clang -DCMAKE_CXX_COMPILER=clang++
}

arm64() {
  local folder=$into/arm64-root
  if [[ ! -e $folder/root ]]; then
    bare_root bookworm "$folder"
    within "$folder" dpkg --add-architecture arm64
  fi
  cloned "$folder"
  apt_installed "$folder" cmake ninja-build g++-aarch64-linux-gnu qemu-user-static catch2 libcli11-dev \
    nlohmann-json3-dev {libabsl,libfmt,zlib1g,libsnappy,liblz4,libzstd}-dev:arm64
  in=(within "$folder")
  tests_alone /root/leat/build-arm64 --toolchain /root/leat/tests/matrix/arm64.cmake
}

packages() {
  local work=$into/packages folder=$into/packages-root compiler
  configured "$work/static" -DLEAT_BUILD_TESTS=OFF -DLEAT_BUILD_BENCH=OFF -DLEAT_BUILD_EXAMPLES=OFF
  built "$work/static"
  for compiler in g++ clang++; do
    if command -v $compiler > /dev/null; then
      step "tests/package/run with $compiler"
      CXX=$compiler "$root/tests/package/run" --build "$work/static" --shared "$work/shared-$compiler"
    else
      step "there is no $compiler here: left out"
    fi
  done

  bare_root "$(codename)" "$folder"
  cp -r "$work/shared-g++/debs" "$root/tests/package/app.cc" "$root/tests/package/user" "$here/debs.sh" "$folder/root/"
  step 'the packages in a bare root: installed, built with, purged'
  within "$folder" bash /root/debs.sh
  removed_root "$folder"
}
