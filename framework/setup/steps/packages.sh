# Installs GL_PACKAGES on Debian 12, as root. A run that was interrupted before is put right first.
set -eu
export DEBIAN_FRONTEND=noninteractive

apt() { apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"; }
install() {
  # shellcheck disable=SC2086  # one word a package
  apt install -y --no-install-recommends --no-remove $GL_PACKAGES
}

dpkg --configure -a
# The lists are fetched only where they are missing or too old to know the packages. A set-up that
# fails half-way does so with apt's own message in this log.
# shellcheck disable=SC2086
if ! apt-get install --simulate -qq --no-install-recommends $GL_PACKAGES >/dev/null 2>&1; then
  apt update
fi
install || {
  apt update
  install
}
