// Starts `actor daemon-like` work in a sandbox, says so, and waits to be killed: the test of what
// becomes of a tree when its supervisor dies. With a wall limit it waits for the work's end instead
// and says what ended it. host ACTOR MODE VERB [WALL_S]
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "framework/sandbox/sandbox.hpp"

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) return 2;
  gradus::sandbox::Spec spec;
  spec.argv = {argv[1], argv[3]};
  spec.mounts = {{argv[1], "", false}};
  spec.mode = *gradus::sandbox::mode_from_string(argv[2]);
  spec.fds = {{3, 3}};  // the test's pipe: its end says that nobody is left
  if (argc == 5) spec.limits.wall_s = std::atof(argv[4]);
  auto process = gradus::sandbox::Process::start(spec);
  if (!process.ok()) {
    std::printf("error %s\n", process.error().text().c_str());
    return 3;
  }
  std::printf("started %u\n", process->uid());
  std::fflush(stdout);
  if (argc == 5) {
    const gradus::sandbox::Outcome outcome = process->wait();
    std::printf("ended %s %.0f\n", outcome.limit.c_str(), outcome.wall_ms);
    return 0;
  }
  for (;;) pause();
}
