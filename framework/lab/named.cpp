#include <algorithm>

#include "framework/lab/lab.hpp"

namespace gradus::lab {

const NamedSpec* spec_named(const std::vector<NamedSpec>& specs, const std::string& name) {
  const auto found = std::find_if(specs.begin(), specs.end(),
                                  [&](const NamedSpec& spec) { return spec.name == name; });
  return found == specs.end() ? nullptr : &*found;
}

const Task* task_named(const std::vector<Task>& tasks, const std::string& id) {
  const auto found =
      std::find_if(tasks.begin(), tasks.end(), [&](const Task& task) { return task.id == id; });
  return found == tasks.end() ? nullptr : &*found;
}

}  // namespace gradus::lab
