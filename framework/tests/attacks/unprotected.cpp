// unprotected PREFIX ATTACKER NAME: runs one attack with no layer of the sandbox in its way. Only
// for inside the disposable outer sandbox that attacks_test makes.
#include <cstdio>

#include "framework/tests/attacks/staged.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto stage = gradus::attacks::make_stage(argv[1], argv[2]);
  if (!stage.ok()) {
    std::puts(stage.error().text().c_str());
    return 3;
  }
  constexpr gradus::sandbox::Layers kNone{false, false, false, false, false, false};
  std::puts(gradus::attacks::run_attack(stage->home, stage->attacker, argv[3],
                                        gradus::sandbox::Mode::off, &kNone)
                .c_str());
  return 0;
}
