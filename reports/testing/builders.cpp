#include "reports/testing/builders.hpp"

#include <algorithm>
#include <cmath>

#include "framework/core/hash.hpp"
#include "framework/core/philox.hpp"
#include "framework/record/plan.hpp"

namespace gradus::reports::testing {
namespace {

const std::vector<std::string>& class_names() {
  static const std::vector<std::string> kNames = {
      "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
  return kNames;
}

SplitScore score(double accuracy, std::int64_t count, std::uint64_t seed) {
  constexpr std::size_t kClasses = 10;
  SplitScore s;
  s.count = count;
  s.confusion.assign(kClasses, std::vector<std::int64_t>(kClasses, 0));
  const auto a_class = static_cast<double>(count) / kClasses;
  for (std::size_t row = 0; row < kClasses; ++row) {
    std::int64_t rest = static_cast<std::int64_t>(a_class);
    for (std::size_t column = 0; column < kClasses; ++column) {
      if (column == row) continue;
      const bool alike = (row == 3 && column == 5) || (row == 5 && column == 3) ||
                         (row == 1 && column == 9) || (row == 9 && column == 1);
      const bool special = row == 3 || row == 5 || row == 1 || row == 9;
      const double share = (1 - accuracy) / 9 *
                           (alike     ? 3.0
                            : special ? 0.75
                                      : 1.0) *
                           (1 + 0.5 * noise(seed, row * kClasses + column));
      const auto n = static_cast<std::int64_t>(share * a_class + 0.5);
      s.confusion[row][column] = n;
      rest -= n;
    }
    s.confusion[row][row] = rest;
  }
  s.accuracy = accuracy;
  s.loss = 2.3 * (1 - s.accuracy) + 0.15;
  for (int i = 0; i < 10; ++i) {
    SplitScore::Bin bin;
    bin.confidence = (i + 0.5) / 10;
    bin.count = i < 1 ? 0 : count * (i + 1) / 54;
    bin.accuracy = bin.count == 0 ? 0 : std::max(0.0, bin.confidence * 0.86);
    s.calibration.push_back(bin);
  }
  return s;
}

RunPlan plan_of(double lr, double decay, std::int64_t epochs) {
  RunPlan plan;
  plan.model = {"model", "submission", "simplenn", "", std::string(64, 'a'), {}};
  plan.recipe.epochs = epochs;
  plan.recipe.optimizer = {"sgd", lr, 0.9, false, decay};
  plan.input.mean = {0.4914, 0.4822, 0.4465};
  plan.input.std = {0.2023, 0.1994, 0.2010};
  plan.data = {"cifar10", std::string(64, 'd'), {45000, 5000, 0}, std::string(64, 'e'), 3, 32, 32,
               10};
  plan.seed = 7411;
  plan.toolchain = "sdk 0.1.0, libtorch 2.11.0+cpu, clang 16.0.6";
  return plan;
}

std::vector<TensorInfo> simplenn_tensors() {
  const std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes = {
      {"conv1.weight", {8, 3, 5, 5}},  {"conv1.bias", {8}},
      {"conv2.weight", {16, 8, 3, 3}}, {"conv2.bias", {16}},
      {"fc1.weight", {120, 576}},      {"fc1.bias", {120}},
      {"fc2.weight", {84, 120}},       {"fc2.bias", {84}},
      {"fc3.weight", {10, 84}},        {"fc3.bias", {10}}};
  std::vector<TensorInfo> tensors;
  for (const auto& [name, shape] : shapes) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    tensors.push_back({name, "parameter", "float32", shape, count});
  }
  return tensors;
}

Observed observed(std::int64_t epochs) {
  Observed o;
  o.started = "2026-01-05T09:30:00Z";
  o.wall_ms = 4200.0 + 3100.0 * static_cast<double>(epochs);
  o.workers = {{"trainer", 0, 0, o.wall_ms - 60, o.wall_ms * 0.97, 612'400},
               {"examiner", 0, 0, o.wall_ms - 40, 5400, 388'112}};
  o.epoch_wall_ms.assign(static_cast<std::size_t>(epochs), 3100.0);
  o.sandbox_layers = {"user", "namespaces", "landlock", "seccomp", "rlimits", "watchdog"};
  o.host = {{"cpu", "A made-up CPU, 2 cores"},
            {"os", "Debian GNU/Linux 12"},
            {"compiler", "clang 16.0.6"},
            {"libtorch", "2.11.0+cpu"}};
  return o;
}

}  // namespace

double noise(std::uint64_t seed, std::uint64_t item) {
  return philox(seed, Purpose::probe, 0, item)[0] / 2147483648.0 - 1;
}

Sample::Run train_run(const std::string& id, double lr, double decay, std::int64_t epochs,
                      double peak, double overfit, std::uint64_t seed) {
  Sample::Run run;
  Evidence& e = run.evidence;
  e.run_hash = sha256(id);
  e.plan = plan_of(lr, decay, epochs).hashed();
  e.status = "done";
  e.tensors = simplenn_tensors();
  e.parameters = 82'030;
  double best = -1;
  for (std::int64_t epoch = 0; epoch <= epochs; ++epoch) {
    const auto t = static_cast<double>(epoch);
    const double rise = 1 - std::exp(-t / std::clamp(0.05 / lr, 1.2, 14.0));
    const double late = std::max(0.0, t - 9) / 21;
    EpochRecord record;
    record.epoch = epoch;
    record.val_accuracy =
        0.1 + (peak - 0.1) * rise - 0.05 * overfit * late +
        0.006 * noise(seed, static_cast<std::uint64_t>(epoch)) * (epoch > 0 ? 1 : 0.2);
    record.val_loss = 2.303 - 2.05 * (peak - 0.1) * rise + 1.1 * overfit * late * late;
    if (epoch > 0) {
      record.train_accuracy = 0.12 + (peak - 0.12) * rise * 0.97 + overfit * 0.27 * std::sqrt(late);
      record.train_loss = std::max(0.05, 2.25 - 2.1 * (*record.train_accuracy - 0.1));
      record.lr = lr;
      if (*record.val_accuracy > best) {
        best = *record.val_accuracy;
        e.best_epoch = epoch;
      }
    }
    e.epochs.push_back(record);
  }
  e.scores["best_val"] = score(best, 5000, seed);
  e.scores["final_val"] = score(*e.epochs.back().val_accuracy, 5000, seed + 1);
  e.scores["test"] = score(best - 0.006, 10'000, seed + 2);
  e.scores["train"] = score(*e.epochs.back().train_accuracy + 0.01, 5000, seed + 3);
  run.observed = observed(epochs);
  run.mistakes = 24;
  return run;
}

Sample::Run diverged_run(const std::string& id, double lr, double decay) {
  Sample::Run run = train_run(id, lr, decay, 3, 0.11, 0, 5);
  Evidence& e = run.evidence;
  e.status = "diverged";
  e.diverged_epoch = 3;
  e.epochs.back() = EpochRecord{3, std::nullopt, std::nullopt, lr, std::nullopt, std::nullopt};
  e.scores.clear();
  e.best_epoch = 2;
  run.mistakes = 0;
  return run;
}

Sample::Run probe_run() {
  Sample::Run run;
  Evidence& e = run.evidence;
  e.run_hash = sha256("sanity");
  RunPlan plan = plan_of(0.01, 1e-4, 1);
  plan.kind = "probe";
  e.plan = plan.hashed();
  e.status = "done";
  e.tensors = simplenn_tensors();
  e.parameters = 82'030;
  e.probes = {
      {"shape",
       "pass",
       {{"batches", Json::array({1, 2, 7})}},
       {},
       "Batches of 1, 2 and 7 images give logits [B, 10].",
       Trust::recomputed},
      {"parameters",
       "pass",
       {{"total", 82030}},
       {{"total", 82030}},
       "82,030 parameters, as on paper.",
       Trust::recomputed},
      {"initial_loss",
       "pass",
       {{"loss", 2.3073}},
       {{"loss", 2.302585}, {"tolerance", 0.05}},
       "The loss before training is 2.3073, within 0.05 of ln 10 = 2.3026.",
       Trust::recomputed},
      {"chance",
       "pass",
       {{"accuracy", 0.1012}},
       {{"accuracy", 0.1}, {"tolerance", 0.08}},
       "Before training the network guesses: 10.12 %.",
       Trust::recomputed},
      {"batch_independence",
       "fail",
       {{"difference", 0.31}},
       {{"difference", 1e-4}},
       "The logits of an image change by 0.31 with the other images of its batch; wanted at most "
       "0.0001. Likely cause: batch norm or dropout that stays in training mode in evaluation.",
       Trust::recomputed},
      {"every_parameter_moves",
       "pass",
       {{"still", 0}},
       {{"still", 0}},
       "One step changes all 10 tensors.",
       Trust::recomputed}};
  run.observed = observed(0);
  run.observed.epoch_wall_ms.clear();
  return run;
}

RubricOutcome item(const std::string& id, const std::string& title, const std::string& check,
                   const std::string& task, double points, double max, const std::string& verdict,
                   const std::string& found, const std::string& wanted,
                   const std::string& feedback) {
  RubricOutcome r;
  r.id = id;
  r.title = title;
  r.check = check;
  r.task = task;
  r.points = points;
  r.max_points = max;
  r.verdict = verdict;
  r.found = found;
  r.wanted = wanted;
  r.feedback = feedback;
  return r;
}

LabResult result_of(const std::string& lab, const std::string& title) {
  LabResult r;
  r.lab = lab;
  r.title = title;
  r.profile = "full";
  r.submission = "reference";
  r.submission_hash = std::string(64, 'b');
  r.sandbox = "full";
  r.state = "graded";
  r.classes = class_names();
  r.environment = {{"gradus", "0.1.0"},
                   {"libtorch", "2.11.0+cpu"},
                   {"compiler", "clang 16.0.6"},
                   {"data", "cifar10"},
                   {"seed", "0"}};
  return r;
}

void add_run(Sample& sample, const std::string& task, const std::map<std::string, Json>& arm,
             Sample::Run run, std::int64_t trial) {
  ResultRun listed;
  listed.id = task;
  for (const auto& [key, value] : arm) listed.id += "/" + key + "=" + value.dump();
  if (trial > 0) listed.id += "/trial=" + std::to_string(trial);
  listed.task = task;
  listed.trial = trial;
  listed.arm = arm;
  listed.run_hash = run.evidence.run_hash;
  listed.status = run.evidence.status;
  sample.result.runs.push_back(listed);
  sample.runs.push_back(std::move(run));
}

void count_points(LabResult& result) {
  result.score = result.max_score = 0;
  for (const RubricOutcome& row : result.rubric) {
    result.score += row.points;
    if (!row.bonus) result.max_score += row.max_points;
  }
}

}  // namespace gradus::reports::testing
