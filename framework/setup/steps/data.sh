# Gets and verifies CIFAR-10 (the command does both; an interrupted fetch is taken up or redone).
set -eu
export GRADUS_HOME="$GL_HOME"
exec "$GL_PREFIX/bin/gradus" data get cifar10
