#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"
#include "framework/lab/layer_place.hpp"
#include "grader/checks/bounds.hpp"
#include "grader/checks/measure.hpp"

namespace gradus::grader {
namespace {

using lab::Key;
using lab::ValueType;

/// Name of the tensor that the lab means; "" where the model has none. Of those that are counted,
/// two dimensions are a linear layer's weights, more are a convolution's.
std::string tensor_of(const Evidence& evidence, const std::string& layer) {
  const auto place = lab::layer_place(layer);
  std::size_t seen = 0;
  for (const TensorInfo& tensor : evidence.tensors) {
    if (tensor.kind != "parameter" || tensor.shape.size() < 2) continue;
    if (!place) {
      if (tensor.name == layer) return tensor.name;
    } else if ((tensor.shape.size() == 2) == place->linear && ++seen == place->number) {
      return tensor.name;
    }
  }
  return "";
}

/// "linear layer 1", "convolution 2" or the name, for sentences.
std::string layer_text(const std::string& layer) {
  const auto place = lab::layer_place(layer);
  if (!place) return printable(layer, false, 60);
  return (place->linear ? "linear layer " : "convolution ") + std::to_string(place->number);
}

/// Share of |w| < 0.001 in the layer.
std::optional<double> near_zero(const RunView& run, const std::string& layer) {
  if (run.histograms == nullptr) return std::nullopt;
  const std::string name = tensor_of(*run.evidence, layer);
  for (const Histogram& histogram : *run.histograms) {
    if (!name.empty() && histogram.name == name) return histogram.near_zero;
  }
  return std::nullopt;
}

std::string share(double value) { return short_percent(value) + " near zero"; }

/// The mean of the arms that match, all of which must have the figure.
struct Chosen {
  double value = 0;
  std::optional<CheckResult> stopped;
};
Chosen choose(const std::vector<Measured>& arms, const Json& arm, const std::string& wanted) {
  Chosen out;
  std::size_t count = 0;
  for (const Measured& measured : arms) {
    if (!matches(measured.arm, arm)) continue;
    if (measured.state == Measured::State::diverged) {
      out.stopped = CheckResult{};
      out.stopped->found = "diverged";
      out.stopped->wanted = wanted;
      out.stopped->trust = Trust::observed;
      out.stopped->reason = "There are no weights to look at: " + measured.why + ".";
      return out;
    }
    if (measured.state != Measured::State::value) {
      out.stopped = stopped(measured, wanted);
      return out;
    }
    out.value += measured.value;
    ++count;
  }
  out.value /= static_cast<double>(std::max<std::size_t>(count, 1));
  return out;
}

std::string arm_phrase(const Json& arm) { return arm.empty() ? "" : " at " + arm_text(arm); }

CheckResult ratio(const Chosen& own, const Chosen& other, const Json& options,
                  const std::string& layer, const std::string& wanted) {
  const double times = options.at("times").get<double>();
  CheckResult result;
  result.wanted = wanted;
  const bool pass = own.value > 0 && own.value >= times * other.value;
  result.verdict = pass ? CheckResult::Verdict::pass : CheckResult::Verdict::fail;
  const std::string factor =
      other.value > 0 ? number(std::round(own.value / other.value * 10) / 10) + " times" : "all";
  result.found = share(own.value) + " against " + short_percent(other.value);
  result.reason =
      "Of the weights of " + layer_text(layer) + arm_phrase(options.value("arm", Json::object())) +
      " " + short_percent(own.value) + " lie below 0.001, " + arm_text(options.at("than")) +
      " leaves " + short_percent(other.value) + " (" + factor + "), wanted " + wanted +
      (pass ? "." : ": check that the penalty is added to the loss, and of which weights.");
  return result;
}

/// "conv1.weight, fc1.weight": tensors that a lab may name; some, where there are many.
std::string names_of(const Evidence& evidence) {
  constexpr std::size_t kMost = 12;
  std::vector<std::string> names;
  for (const TensorInfo& tensor : evidence.tensors) {
    if (tensor.kind != "parameter" || tensor.shape.size() < 2) continue;
    if (names.size() == kMost) return join(names, ", ") + ", …";
    names.push_back(printable(tensor.name, false, 60));
  }
  return names.empty() ? "none" : join(names, ", ");
}

/// The first finished run whose network has no such layer; null: there is none.
const Evidence* without(const CheckInput& input, const std::string& layer) {
  for (const RunView& run : input.runs) {
    if (run.evidence != nullptr && run.evidence->status == "done" &&
        tensor_of(*run.evidence, layer).empty())
      return run.evidence;
  }
  return nullptr;
}

CheckResult run(const CheckInput& input) {
  const Json& options = input.options;
  const std::string layer = options.value("layer", "linear:1");
  const Json arm = options.value("arm", Json::object());
  const Bounds bounds = bounds_of(options);
  const bool compared = options.contains("times");
  std::vector<std::string> parts;
  if (bounds.low || bounds.high) parts.push_back(bounds.text() + " near zero");
  if (compared) {
    parts.push_back("at least " + number(options.at("times").get<double>()) +
                    " times the share at " + arm_text(options.at("than")));
  }
  const std::string wanted = join(parts, " and ");
  if (const Evidence* evidence = without(input, layer)) {
    CheckResult none;
    none.wanted = wanted;
    none.found = "no such layer";
    none.reason =
        "The lab looks at " + layer_text(layer) +
        ", which the network does not have; its weights, in order: " + names_of(*evidence) + ".";
    return none;
  }
  const auto arms = measure_runs(
      input.runs, [&](const RunView& run) { return near_zero(run, layer); },
      "spread of weights of " + layer_text(layer));
  const Chosen own = choose(arms, arm, wanted);
  if (own.stopped) return *own.stopped;
  CheckResult result;
  result.wanted = wanted;
  result.found = share(own.value);
  result.reason = "Of the weights of " + layer_text(layer) + arm_phrase(arm) + " " +
                  short_percent(own.value) + " lie below 0.001 in magnitude, wanted " + wanted;
  if (!bounds.hold(own.value)) {
    result.reason += ": check which penalty is added to the loss, with which factor, for how long.";
    return result;
  }
  result.verdict = CheckResult::Verdict::pass;
  result.reason += ".";
  if (!compared) return result;
  const Chosen other = choose(arms, options.at("than"), wanted);
  return other.stopped ? *other.stopped : ratio(own, other, options, layer, wanted);
}

}  // namespace

CheckInfo weights_check() {
  lab::NamedSpec spec;
  spec.name = "weights";
  spec.help =
      "The share of a layer's weights that training left near zero (below 0.001 in magnitude), "
      "after the last epoch: within bounds, and so many times that of other arms.";
  spec.keys = {
      Key(ValueType::text, "layer",
          "\"linear:1\" is the first linear layer, \"conv:2\" the second convolution; else a "
          "parameter's name")
          .or_else("linear:1"),
      Key(ValueType::fraction, "at_least", "smallest share that passes"),
      Key(ValueType::fraction, "at_most", "largest share that passes"),
      Key(ValueType::arm, "arm", "arms whose share this is; default: all"),
      Key(ValueType::number, "times", "at least this many times the share of `than`").at_least(0),
      Key(ValueType::arm, "than", "arms that the share is compared with"),
  };
  spec.task_kinds = {"train"};
  spec.needs_whole_arms = {"at_least", "at_most", "times"};
  spec.one_of = {"at_least", "at_most", "times"};
  spec.together = {{"times", "than"}, {"than", "times"}};
  return {std::move(spec), run, true};
}

}  // namespace gradus::grader
