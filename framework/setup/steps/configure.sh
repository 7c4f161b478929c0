# Configures the build folder afresh: a changed compiler or LibTorch leaves nothing behind.
set -eu
if command -v ccache >/dev/null; then
  set -- -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
# Several files at a time (unity): everything is built once here, and headers cost more than code.
# A developer's presets compile file by file.
exec cmake --fresh -S "$GL_ROOT" -B "$GL_BUILD" -G Ninja "$@" \
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$GL_CXX" -DGRADUS_TORCH_DIR="$GL_TORCH" \
  -DGRADUS_CUDA_DIR="$GL_CUDA" \
  -DCMAKE_INSTALL_PREFIX="$GL_PREFIX" -DCMAKE_INSTALL_RPATH_USE_LINK_PATH=ON \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=6
