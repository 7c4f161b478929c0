// unprotected_role PREFIX WORKER PLUGIN TORCH ROLE ATTACK: one attack by a plugin with no layer of
// the sandbox in its way. Only for inside the disposable outer sandbox that role_attacks_test makes.
#include <csignal>
#include <cstdio>

#include "framework/tests/attacks/role.hpp"

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  std::signal(SIGPIPE, SIG_IGN);
  const auto stage = gradus::attacks::make_role_stage(argv[1], argv[2], argv[3], argv[4]);
  if (!stage.ok()) {
    std::puts(stage.error().text().c_str());
    return 3;
  }
  constexpr gradus::sandbox::Layers kNone{false, false, false, false, false, false};
  std::puts(gradus::attacks::attack_in_role(*stage, argv[5], argv[6],
                                            gradus::sandbox::Mode::off, &kNone)
                .c_str());
  return 0;
}
