# shellcheck shell=bash
# Sourced by run: bare roots of Debian, made by debootstrap.

obstacle_to_roots() {
  local tool
  if ((EUID != 0)); then
    say 'needs root, for chroot and mounts'
    return
  fi
  for tool in debootstrap git unshare chroot; do
    command -v $tool > /dev/null || { say "there is no $tool here"; return; }
  done
  if ! unshare --mount --pid --fork true 2> /dev/null; then
    say 'mounts of its own are refused here'
  elif [[ $1 == packages && -z $(codename) ]]; then
    say 'makes Debian packages, and this is not Debian'
  elif [[ -z $(debian_mirror) ]]; then
    say "this machine's apt knows no mirror of Debian: apt-get update, or --mirror"
  fi
}

codename() { # of the Debian that runs here
  (. /etc/os-release && [[ $ID == debian ]] && say "$VERSION_CODENAME") 2> /dev/null || true
}

debian_mirror() {
  if [[ -n $mirror ]]; then
    say "$mirror"
  else
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 2> /dev/null | sed -n 1p
  fi
}

# A root with what Debian is never without, and git. It is made once, and kept as a tarball.
bare_root() { # suite, folder
  local tarball=$into/$1.tar making=$into/$1.making
  if [[ ! -e $tarball ]]; then
    step "debootstrap $1"
    removed_root "$making"
    debootstrap --variant=minbase --include=git,ca-certificates "$1" "$making" "$(debian_mirror)"
    # Proxies and the like: what this machine's apt needs to reach the mirror, the root's does.
    { grep -lsE '^ *Acquire::' /etc/apt/apt.conf.d/* || true; } | xargs -r cp -t "$making/etc/apt/apt.conf.d"
    tar -C "$making" -cpf "$tarball.part" .
    mv "$tarball.part" "$tarball"
    removed_root "$making"
  fi
  step "unpacking a bare $1"
  removed_root "$2"
  mkdir -p "$2"
  tar -C "$2" -xpf "$tarball"
}

# What is mounted in there is mounted for the commands in there only; this is to be sure.
removed_root() {
  ! grep -q " $1/" /proc/self/mounts || { step "something is mounted below $1: it stays"; return 1; }
  rm -rf --one-file-system "$1"
}

# Runs a command in a root, with mounts and processes of its own that end with it.
within() { # root, command
  # shellcheck disable=SC2016  # it is for the inner one to expand
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1
    shift
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=755,size=1m tmpfs "$root/dev"
    for node in null zero full random urandom tty; do
      : > "$root/dev/$node"
      mount --bind "/dev/$node" "$root/dev/$node"
    done
    ln -s /proc/self/fd "$root/dev/fd"
    ln -s fd/0 "$root/dev/stdin"
    ln -s fd/1 "$root/dev/stdout"
    ln -s fd/2 "$root/dev/stderr"
    mkdir "$root/dev/shm" "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    exec chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
      LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
  ' bash "$@" < /dev/null
}

# This checkout's last commit as /root/leat; what was built in it stays.
cloned() { # root
  local clone=$1/root/leat
  local git=(git -c safe.directory='*' -c advice.detachedHead=false)
  [[ -e $clone ]] || "${git[@]}" clone -q --no-hardlinks "file://$root" "$clone"
  "${git[@]}" -C "$clone" fetch -q "file://$root" HEAD
  "${git[@]}" -C "$clone" checkout -q --detach FETCH_HEAD
  step "a clone of $("${git[@]}" -C "$clone" log -1 --format='%h, %s')"
  [[ -z $("${git[@]}" -C "$root" status --porcelain) ]] || step 'what is not committed is not in it'
}

apt_installed() { # root, packages
  local folder=$1
  shift
  step "apt-get install $*"
  within "$folder" sh -c 'apt-get -q update && apt-get -qy install --no-install-recommends "$@"' sh "$@"
}
