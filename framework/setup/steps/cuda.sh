# Fetches the compiler for GPUs (GL_CUDA_LIST) into GL_DOWNLOADS and unpacks it as GL_CUDA_HOME.
set -eu
. "$GL_ROOT/framework/setup/wheels.sh"
unpack_wheels "$GL_CUDA_LIST" "$GL_DOWNLOADS" "$GL_CUDA_HOME"
take_folder "$GL_CUDA_HOME" "$GL_CUDA_KEY"
