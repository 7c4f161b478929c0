// Rubric items that fight one another or the task that they look at.

#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "framework/lab/layer_place.hpp"
#include "framework/lab/lint.hpp"

namespace gradus::lab {
namespace {

constexpr double kTolerance = 0.05;  ///< of a first loss, where neither item nor probe says
/// A batch of 128 images is no exact sample of its classes.
constexpr double kSlack = 0.1;

std::optional<double> option(const ProbeSpec& probe, const std::string& key) {
  const auto at = probe.options.find(key);
  if (at == probe.options.end() || !at->second.is_number()) return std::nullopt;
  return at->second.get<double>();
}

/// An item that asks what the probe of the same name, in the same task, asks otherwise.
void lint_probe_of_that_name(const Lint& lint, const RubricItem& item, const Task& task,
                             const Node& node) {
  for (const ProbeSpec& probe : task.probes) {
    if (probe.name != item.check) continue;
    const std::string beside = "the task's probe '" + probe.name + "' wants ";
    for (const Option& asked : options_of(item.options)) {
      const auto total = option(probe, "total");
      if (!total || !asked.value->is_number()) continue;
      const double value = asked.value->get<double>();
      const bool fights = (asked.name == "total" && value != *total) ||
                          (asked.name == "at_least" && value > *total) ||
                          (asked.name == "at_most" && value < *total);
      if (!fights) continue;
      lint.errors.add(place_of(node, asked.path), "rubric." + item.id + "." + asked.path +
                                                      ": found " + number(value) + ", but " +
                                                      beside + "the total " + number(*total) +
                                                      "; wanted both to agree");
    }
    const auto mine = number_at(item.options, "mean"), other = option(probe, "mean");
    if (!mine || !other) continue;
    const double apart = number_at(item.options, "tolerance").value_or(kTolerance) +
                         option(probe, "tolerance").value_or(kTolerance);
    if (std::abs(*mine - *other) <= apart) continue;
    lint.errors.add(place_of(node, "mean"), "rubric." + item.id + ".mean: found " + number(*mine) +
                                                ", but " + beside + "the mean " + number(*other) +
                                                "; wanted both to agree");
  }
}

/// A network that knows nothing cannot be surer than chance: its loss is at least ln K.
void lint_first_loss(const Lint& lint, std::optional<double> mean, std::optional<double> tolerance,
                     const Origin& at, const std::string& subject) {
  const auto classes = lint.vocabulary.classes.find(lint.lab.data.name);
  if (!mean || classes == lint.vocabulary.classes.end()) return;
  const double chance = std::log(static_cast<double>(classes->second));
  if (*mean + tolerance.value_or(kTolerance) >= chance - kSlack) return;
  lint.errors.add(at, subject + ": found " + number(*mean) +
                          ", which no untrained network reaches; "
                          "wanted about ln " +
                          std::to_string(classes->second) + " = " +
                          number(std::round(chance * 1000) / 1000) + " or more");
}

void lint_probes(const Lint& lint) {
  for (std::size_t i = 0; i < lint.lab.tasks.size(); ++i) {
    const Task& task = lint.lab.tasks[i];
    const Origin& at = place_of(item_of(lint.root, "task", i), "probes");
    for (const ProbeSpec& probe : task.probes) {
      const std::string subject = "task." + task.id + ".probes." + probe.name;
      if (probe.name == "initial_loss")
        lint_first_loss(lint, option(probe, "mean"), option(probe, "tolerance"), at,
                        subject + ".mean");
      const auto accuracy = option(probe, "accuracy");
      if (accuracy && *accuracy > 1) {
        lint.errors.add(at, subject + ".accuracy: found " + number(*accuracy) +
                                ", wanted a fraction from 0 to 1");
      }
    }
  }
}

/// A figure that no run will have.
void lint_mirror(const Lint& lint) {
  if (lint.lab.exam_mirror) return;
  for (std::size_t i = 0; i < lint.lab.rubric.size(); ++i) {
    const RubricItem& item = lint.lab.rubric[i];
    if (item.options.value("of", "") != "test_mirror") continue;
    lint.errors.add(place_of(item_of(lint.root, "rubric", i), "of"),
                    "rubric." + item.id +
                        ".of: found \"test_mirror\" in a lab that mirrors no test images, wanted "
                        "exam.mirror = true");
  }
}

/// "conv:0", "convolution:1": neither a layer's rank nor a parameter's name, which has no colon.
void lint_layer(const Lint& lint, const RubricItem& item, const Node& node) {
  const Json* layer = value_at(item.options, "layer");
  if (layer == nullptr || !layer->is_string()) return;
  const std::string text = layer->get<std::string>();
  if (text.find(':') == std::string::npos || layer_place(text)) return;
  lint.errors.add(place_of(node, "layer"),
                  "rubric." + item.id + ".layer: found \"" + printable(text, false, 60) +
                      "\", wanted \"linear:1\", \"conv:2\" or a parameter's name");
}

void lint_equal_items(const Lint& lint) {
  const auto& items = lint.lab.rubric;
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (items[i].check != items[j].check || items[i].task != items[j].task ||
          items[i].options != items[j].options)
        continue;
      lint.warnings.add(item_of(lint.root, "rubric", i).at,
                        "rubric." + items[i].id + ": found what '" + items[j].id +
                            "' asks already, wanted another question");
      break;
    }
  }
}

void lint_points(const Lint& lint) {
  double total = 0;
  for (std::size_t i = 0; i < lint.lab.rubric.size(); ++i) {
    const RubricItem& item = lint.lab.rubric[i];
    total += item.points;
    if (item.points > 0) continue;
    lint.warnings.add(place_of(item_of(lint.root, "rubric", i), "points"),
                      "rubric." + item.id + ".points: found 0, wanted points to earn");
  }
  if (lint.lab.cap > total) {
    lint.warnings.add(place_of(lint.root, "lab.cap"),
                      "lab.cap: found " + number(lint.lab.cap) +
                          ", which is never reached; all items together give " + number(total));
  }
}

}  // namespace

void lint_rubric(const Lint& lint) {
  lint_mirror(lint);
  for (std::size_t i = 0; i < lint.lab.rubric.size(); ++i) {
    const RubricItem& item = lint.lab.rubric[i];
    const Node& node = item_of(lint.root, "rubric", i);
    const Task* task = task_named(lint.lab.tasks, item.task);
    if (task == nullptr) continue;
    lint_probe_of_that_name(lint, item, *task, node);
    lint_layer(lint, item, node);
    if (item.check == "initial_loss") {
      lint_first_loss(lint, number_at(item.options, "mean"), number_at(item.options, "tolerance"),
                      place_of(node, "mean"), "rubric." + item.id + ".mean");
    }
  }
  lint_probes(lint);
  lint_equal_items(lint);
  lint_points(lint);
}

}  // namespace gradus::lab
