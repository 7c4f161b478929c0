# Fetches the wheels of GL_TORCH_LIST into GL_DOWNLOADS and unpacks them as GL_TORCH_HOME.
set -eu
. "$GL_ROOT/framework/setup/wheels.sh"
unpack_wheels "$GL_TORCH_LIST" "$GL_DOWNLOADS" "$GL_TORCH_HOME"
take_folder "$GL_TORCH_HOME" "$GL_TORCH_KEY"
