# Builds the installed programs, these and what measures them, or everything with the tests (GL_TARGETS
# is programs, bench or all).
set -eu
if [ "$GL_TARGETS" = all ]; then
  set -- all
else
  # shellcheck disable=SC2046  # one word a target
  set -- $(sed 's/#.*//' "$GL_ROOT/framework/setup/lists/programs.list")
  if [ "$GL_TARGETS" = bench ]; then set -- "$@" gradus-bench gradus-bench-micro; fi
fi
exec ninja -C "$GL_BUILD" -j "$GL_JOBS" "$@"
