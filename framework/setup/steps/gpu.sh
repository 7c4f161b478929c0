# Fetches what LibTorch needs of NVIDIA's on a GPU (GL_GPU_LIST) into GL_DOWNLOADS and adds it to
# GL_TORCH_HOME, where LibTorch looks for it. Nothing that lies there is replaced or touched, since
# builds may be at work with it; the stamp comes last.
set -eu
. "$GL_ROOT/framework/setup/wheels.sh"
aside=$GL_TORCH_HOME/.gpu
unpack_wheels "$GL_GPU_LIST" "$GL_DOWNLOADS" "$aside"
cd "$aside.partial"
find nvidia -type d -exec mkdir -p "$GL_TORCH_HOME/{}" \;
find nvidia ! -type d -exec mv -n {} "$GL_TORCH_HOME/{}" \;
cd /
sync -f "$GL_TORCH_HOME" 2>/dev/null || sync
printf '%s\n' "$GL_GPU_KEY" >"$GL_TORCH_HOME/.gpu-complete"
# As much again as they take unpacked, and never wanted twice.
rm -rf "$aside.partial" "$GL_DOWNLOADS"
