#include "framework/executor/supervisor_line.hpp"

#include "framework/record/failure_json.hpp"

namespace gradus::executor {

SupervisorLine read_line(const std::string& line) {
  SupervisorLine read;
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return read;
  if (json.contains("failure")) {
    auto failure = failure_from_json(json["failure"]);
    if (failure.ok()) read.failure = std::move(*failure);
    return read;
  }
  const auto integer = [&](const char* key) {
    return json.contains(key) && json[key].is_number_integer() ? json[key].get<std::int64_t>() : 0;
  };
  const auto number = [&](const char* key) {
    return json.contains(key) && json[key].is_number() ? std::optional(json[key].get<double>())
                                                       : std::nullopt;
  };
  RunProgress progress;
  progress.state = "running";
  progress.epoch = integer("epoch");
  progress.epochs = integer("epochs");
  progress.step = integer("step");
  progress.steps = integer("steps");
  progress.loss = number("loss");
  progress.val_accuracy = number("val_accuracy");
  read.progress = std::move(progress);
  return read;
}

}  // namespace gradus::executor
