// A model that attacks from its constructor, and throws what came of it. Options: "attack", a name
// of the table, and "target", what it aims at.
#include <gradus/model.hpp>
#include <stdexcept>

#include "framework/tests/attacks/attacks.hpp"

namespace {

class Hostile : public gradus::Model {
 public:
  explicit Hostile(const gradus::Context& context) {
    using gradus::attacks::Target;
    const std::string name = context.options.get("attack", std::string());
    const auto* attack = gradus::attacks::find_attack(name);
    if (attack == nullptr) throw std::runtime_error("no such attack: " + name);
    const std::string target = context.options.get("target", std::string());
    throw std::runtime_error(describe(attack->run(Target::parse(target))));
  }
  torch::Tensor forward(torch::Tensor x) override { return x; }
};

}  // namespace

GRADUS_MODEL(Hostile, hostile, "1.0")
