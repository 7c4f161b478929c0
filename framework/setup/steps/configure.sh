# Configures the build folder afresh: a changed compiler or LibTorch leaves nothing behind.
set -eu
if command -v ccache >/dev/null; then
  set -- -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
exec cmake --fresh -S "$GL_ROOT" -B "$GL_BUILD" -G Ninja "$@" \
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$GL_CXX" -DGRADUS_TORCH_DIR="$GL_TORCH" \
  -DCMAKE_INSTALL_PREFIX="$GL_PREFIX" -DCMAKE_INSTALL_RPATH_USE_LINK_PATH=ON
