#include "framework/lab/lab.hpp"

#include <algorithm>

namespace gradus::lab {

bool Lab::may_do_without(const PluginUse& use) const {
  return use.role == "submission" && use.kind != "model" && use.name.empty() &&
         std::find(required_kinds.begin(), required_kinds.end(), use.kind) == required_kinds.end();
}

}  // namespace gradus::lab
