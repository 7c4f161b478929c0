// Starts `actor daemon-like` work in a sandbox, says so, and waits to be killed: the test of what
// becomes of a tree when its supervisor dies. host ACTOR MODE VERB
#include <unistd.h>

#include <cstdio>

#include "framework/sandbox/sandbox.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  gradus::sandbox::Spec spec;
  spec.argv = {argv[1], argv[3]};
  spec.mounts = {{argv[1], "", false}};
  spec.mode = *gradus::sandbox::mode_from_string(argv[2]);
  spec.fds = {{3, 3}};  // the test's pipe: its end says that nobody is left
  auto process = gradus::sandbox::Process::start(spec);
  if (!process.ok()) {
    std::printf("error %s\n", process.error().text().c_str());
    return 3;
  }
  std::printf("started %u\n", process->uid());
  std::fflush(stdout);
  for (;;) pause();
}
