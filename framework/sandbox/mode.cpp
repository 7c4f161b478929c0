#include <sys/prctl.h>

#include "framework/core/text.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::sandbox {

Result<Mode> mode_from_string(const std::string& text) {
  if (text == "full") return Mode::full;
  if (text == "reduced") return Mode::reduced;
  if (text == "off") return Mode::off;
  return user_error("--sandbox", "found '" + printable(text) + "', wanted full, reduced or off",
                    "Leave the option out for full.");
}

const char* to_string(Mode mode) {
  switch (mode) {
    case Mode::full:
      return "full";
    case Mode::reduced:
      return "reduced";
    case Mode::off:
      return "off";
  }
  return "full";
}

Layers layers_of(Mode mode) {
  Layers layers;
  if (mode != Mode::full) layers.namespaces = false;
  // The uid stays on even in mode off: it costs nothing, and without it a process limit would not
  // hold and a daemon could not be found.
  if (mode == Mode::off) layers.landlock = layers.seccomp = false;
  return layers;
}

void harden_self() { prctl(PR_SET_DUMPABLE, 0); }

}  // namespace gradus::sandbox
