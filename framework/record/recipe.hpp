#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradus {

/// How a gradient changes weights.
struct Optimizer {
  std::string name = "sgd";   ///< "sgd", "adam", "adamw", "rmsprop", "adadelta", "muon"
  double lr = 0.01;           ///< before the schedule
  double momentum = 0.0;      ///< sgd, rmsprop, muon
  bool nesterov = false;      ///< sgd, muon
  double weight_decay = 0.0;  ///< λp joins the gradient (L2); adamw, muon: p shrinks by lr·λ
  double beta1 = 0.9, beta2 = 0.999;  ///< adam, adamw: shares kept of the running moments
  double rho = 0;  ///< share kept of the running square; 0: the method's (rmsprop .99, adadelta .9)
  double eps = 0;  ///< in denominators; 0: the method's own (1e-8; adadelta 1e-6)
  double sgd_lr = 0.1;         ///< muon: rate, before the schedule, of what is no hidden weight
  std::string decays = "all";  ///< what weight_decay pulls: "all", or "weights" (as below)
};

/// The learning rate over time; learning_rate() in schedule.hpp has the formulas. Times are in
/// epochs and need not be whole.
struct Schedule {
  std::string name = "constant";
  std::string per = "epoch";           ///< "epoch": constant within one; "step"
  double factor = 0.1;                 ///< step, multi_step, exponential, plateau
  double every = 1;                    ///< step: epochs between two drops
  std::vector<double> milestones;      ///< multi_step, lambda: epochs, ascending
  std::vector<double> factors;         ///< lambda: of the rate, one a milestone
  std::string interpolate = "linear";  ///< lambda, between milestones: "linear", "step"
  double period = 0;                   ///< cosine: epochs of the half wave; 0: the recipe's
  double min_lr = 0;                   ///< cosine, plateau: the lowest rate
  double warmup = 0;                   ///< epochs of linear warm-up, step by step; 0: none
  double warmup_from = 0.1;            ///< share of the rate at the first step of the warm-up
  double rise = 0.3;                   ///< one_cycle: share of all steps that the rate rises
  double start = 0.04, end = 0;        ///< one_cycle: shares of the peak at both ends
  std::string anneal = "linear";       ///< one_cycle: "linear", "cosine"
  std::int64_t patience = 10;          ///< plateau: epochs without gain that are borne
  std::string monitor = "val_loss";    ///< plateau: "val_loss", "val_accuracy"
  double min_delta = 0;                ///< plateau: less is no gain
};

/// When training ends before its last epoch.
struct EarlyStop {
  std::int64_t patience = 0;  ///< stop after so many epochs in a row without gain; 0: never
  std::string monitor = "val_accuracy";  ///< or "val_loss"
  double min_delta = 0;                  ///< less is no gain
};

/// How a model is trained.
struct Recipe {
  std::int64_t epochs = 1;
  std::int64_t batch = 128;
  std::string loss = "cross_entropy";
  double label_smoothing = 0;        ///< ε: the target is (1 − ε) one-hot + ε / K
  double l1 = 0, l2 = 0;             ///< the loss gains l1·Σ|p| + l2/2·Σp²
  std::string penalize = "weights";  ///< "weights" (two dimensions or more) or "all" parameters
  double clip_value = 0;             ///< every gradient value is cut to ±this; 0: not
  double clip_norm = 0;              ///< then the norm of the whole gradient is cut to this; 0: not
  std::string init =
      "model";  ///< "model": as the plugin made it; else see worker/train/initial.hpp
  std::vector<std::string> init_layers;  ///< "PATTERN: INITIALISER", first match wins, before init
  std::string keep = "best";  ///< weights that the test split is examined with: "best", "last"
  Optimizer optimizer;
  Schedule schedule;
  EarlyStop early_stop;
};

/// True where the supervisor must speak after every epoch before training goes on.
bool needs_verdict(const Recipe& recipe);

/// Values that contradict one another.
struct Contradiction {
  std::string key;   ///< a dotted key of [recipe], or of [input] with "input." before it
  std::string what;  ///< "found ..., wanted ..."
};
/// All of a recipe; none in a sound one. Ranges of single values are not looked at.
std::vector<Contradiction> contradictions(const Recipe& recipe);
/// What the first of them says; empty for a sound recipe.
std::string contradiction(const Recipe& recipe);

/// One line for people, all that differs from plain SGD: "adam, lr 0.001, step x0.9 every 5".
std::string summary(const Recipe& recipe);
/// Parts of it: the schedule; what is neither optimizer nor schedule (penalties, clipping, ...).
std::string summary(const Schedule& schedule);
std::string summary_of_extras(const Recipe& recipe);

/// Names that exist, for readers and checks.
const std::vector<std::string>& optimizer_names();
const std::vector<std::string>& schedule_names();
const std::vector<std::string>& initialiser_names();  ///< with "model" first
/// What an entry of init_layers can name besides: "zeros", "ones". They fill any parameter.
const std::vector<std::string>& constant_initialiser_names();

/// True where `name` fits a pattern in which * stands for any characters: "conv*" and "conv1".
bool fits_pattern(const std::string& name, const std::string& pattern);
/// Parts of an entry of init_layers; the initialiser is empty where it has no such form.
struct LayerRule {
  std::string pattern, initialiser;
};
LayerRule layer_rule(const std::string& text);

}  // namespace gradus
