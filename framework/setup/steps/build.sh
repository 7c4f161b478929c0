# Builds the installed programs, or everything with the tests (GL_TARGETS is programs or all).
set -eu
if [ "$GL_TARGETS" = all ]; then
  set -- all
else
  # shellcheck disable=SC2046  # one word a target
  set -- $(sed 's/#.*//' "$GL_ROOT/framework/setup/lists/programs.list")
fi
exec ninja -C "$GL_BUILD" -j "$GL_JOBS" "$@"
