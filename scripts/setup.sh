# Sourced by scripts/demo and scripts/test: installs what is missing, builds, says what it does.
# Wanted: Node 20.17 or newer on Debian or Raspberry Pi OS. Everything else is seen to here.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() { printf 'countersign: %s\n' "$*" >&2; exit 3; }

need_node() {
  command -v node >/dev/null || die "Node is missing: install Node 20.17 or newer, then run this again."
  node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=17)?0:1)' ||
    die "Node $(node --version) is too old: install 20.17 or newer, then run this again."
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# need_commands COMMAND=PACKAGE ...: installs the packages whose command is not there.
need_commands() {
  local missing=() pair
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}"
}

# need_files FILE=PACKAGE ...: the same for packages without a command.
need_files() {
  local missing=() pair
  for pair in "$@"; do
    [ -e "${pair%%=*}" ] || missing+=("${pair#*=}")
  done
  [ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}"
}

install_packages() {
  command -v apt-get >/dev/null || die "these packages are missing and there is no apt to install them: $*"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || die "these packages are missing; install them as root: $*"
  say "installing system packages: $*"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 ||
    die "apt could not install: $*"
}

# Its install script would fetch GPU parts that no terminal has.
export ONNXRUNTIME_NODE_INSTALL=skip

# npm packages, only when package-lock.json changed since the last time.
need_npm() {
  local stamp=node_modules/.countersign-lock
  if [ -f "$stamp" ] && cmp -s package-lock.json "$stamp"; then return; fi
  say "installing npm packages (some minutes on a small board)"
  npm ci --no-audit --no-fund >&2 || die "npm ci failed: see above."
  cp package-lock.json "$stamp"
}

build() {
  say "building"
  npm run --silent build >&2 || die "the build failed: see above."
  say "converting the networks from their npm packages"
  node scripts/build-models >&2 || die "the networks could not be built: see above."
}
