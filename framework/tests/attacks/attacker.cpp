// attacker NAME TARGET: runs one attack of the table and says what came of it.
#include "framework/tests/attacks/attacks.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto* attack = gradus::attacks::find_attack(argv[1]);
  if (!attack) return 2;
  std::puts(describe(attack->run(gradus::attacks::Target::parse(argv[2]))).c_str());
  return 0;
}
