#pragma once

#include <filesystem>

#include "framework/core/paths.hpp"
#include "framework/supervisor/run.hpp"

namespace gradus::supervisor {

/// RunInputs and what they point into.
class OpenedInputs {
 public:
  /// Opens data set, split, plugin libraries and worker of a resolved plan. Error (infrastructure):
  /// something is missing, or the store no longer holds the data that the plan was resolved with.
  static Result<OpenedInputs> open(const RunPlan& plan, const Paths& paths);
  RunInputs& inputs() { return inputs_; }

 private:
  OpenedInputs(MappedSet train, MappedSet val, MappedSet test)
      : train_(std::move(train)), val_(std::move(val)), test_(std::move(test)) {}
  MappedSet train_, val_, test_;
  Fd train_images_, train_labels_;
  RunInputs inputs_;
};

/// "cpu", "os", "kernel", "compiler", "libtorch".
std::map<std::string, std::string> describe_host(const Toolchain& toolchain);

}  // namespace gradus::supervisor
