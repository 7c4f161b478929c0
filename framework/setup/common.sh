# shellcheck shell=sh
# Speaking, failing, locking, and running one step with its log. Sourced by the launcher.

# Everything that the launcher says goes to standard error: standard output belongs to the command.
say() { printf '%s\n' "$*" >&2; }

# die CODE LINE...: 2 the call or the tree is at fault, 3 the machine is.
die() {
  code=$1
  shift
  for line in "$@"; do say "gradus: $line"; done
  exit "$code"
}

# now: seconds, for telling how long a step took.
now() { date +%s; }

gl_child=''
gl_ticker=''

# Interrupted: end the running step with its whole process group, wait until it is gone, and leave.
# Nothing needs undoing, because every step writes aside and renames.
interrupted() {
  trap '' HUP INT TERM
  stop_ticker
  if [ -n "$gl_child" ]; then
    kill -TERM -- "-$gl_child" 2>/dev/null || kill -TERM "$gl_child" 2>/dev/null || :
    wait "$gl_child" 2>/dev/null || :
  fi
  say ''
  say "gradus: interrupted; call it again and it goes on where it stopped"
  exit "$1"
}
watch_signals() {
  trap 'interrupted 129' HUP
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM
}

# On a terminal the step's line counts the seconds (and the megabytes where a folder is watched).
# It looks for the launcher on every turn, so that it does not outlive one that was killed.
start_ticker() {
  gl_ticker=''
  if [ ! -t 2 ]; then
    say "$1 ..."
    return
  fi
  (
    trap 'exit 0' TERM
    began=$(now)
    while kill -0 "$$" 2>/dev/null; do
      got=''
      if [ -n "$2" ] && [ -d "$2" ]; then got=" $(du -sm "$2" 2>/dev/null | cut -f1) MB,"; fi
      printf '\r%s ...%s %s s ' "$1" "$got" $(($(now) - began)) >&2
      sleep 1
    done
  ) 9>&- &
  gl_ticker=$!
}
stop_ticker() {
  if [ -n "$gl_ticker" ]; then
    kill "$gl_ticker" 2>/dev/null || :
    wait "$gl_ticker" 2>/dev/null || :
    gl_ticker=''
    printf '\r\033[K' >&2
  fi
}

# run_step NUMBER TITLE NAME CODE [FOLDER TO WATCH]: runs steps/NAME.sh in a session of its own
# (so that an interrupt can end all of it) with its output in a log; on failure shows the log's
# end and leaves with CODE.
run_step() {
  step_label="[$1/$GL_STEPS] $2"
  step_log=$GL_HOME/logs/$3.log
  step_began=$(now)
  start_ticker "$step_label" "${5-}"
  setsid sh "$GL_ROOT/framework/setup/steps/$3.sh" >"$step_log" 2>&1 </dev/null &
  gl_child=$!
  step_status=0
  wait "$gl_child" || step_status=$?
  gl_child=''
  stop_ticker
  if [ "$step_status" -ne 0 ]; then
    say "$step_label: failed after $(($(now) - step_began)) s (status $step_status). The end of $step_log:"
    tail -n 40 "$step_log" | sed 's/^/  | /' >&2
    die "$4" "$2 failed; mend what the lines above name and call it again: what is done stays done"
  fi
  say "$step_label: done in $(($(now) - step_began)) s"
}

# take_lock FILE WHAT: waits until no other launcher holds it. Steps inherit the descriptor, so a
# step that outlived a killed launcher still keeps others out until it is through.
take_lock() {
  exec 9>>"$1"
  if ! flock -n 9; then
    say "gradus: another launcher is at work on $2; waiting for it"
    # In the background, because only `wait` lets an interrupt through.
    flock 9 &
    gl_child=$!
    wait "$gl_child"
    gl_child=''
  fi
}
drop_lock() { exec 9>&-; }

# checksum: of standard input, for keys of stamps.
checksum() { sha256sum | cut -c1-16; }
# stamped FILE KEY: true where FILE says that the step was done with this KEY.
stamped() { [ -r "$1" ] && [ "$(cat "$1")" = "$2" ]; }
# stamp FILE KEY: appears whole or not at all.
stamp() { printf '%s\n' "$2" >"$1.new" && mv -f "$1.new" "$1"; }
