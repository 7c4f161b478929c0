#include "framework/lab/key.hpp"
#include "framework/lab/schema.hpp"
#include "framework/record/recipe.hpp"

namespace gradus::lab {
namespace {

using enum ValueType;

const std::vector<std::string> kMonitors = {"val_loss", "val_accuracy"};

TableSpec recipe_table() {
  return {
      "recipe",
      "How a model is trained.",
      {Key(integer, "epochs", "passes over the training split")
           .at_least(1)
           .at_most(100'000)
           .or_else(1),
       Key(integer, "batch", "images a step").at_least(1).at_most(65'536).or_else(128),
       Key(text, "loss", "what is minimised").one_of({"cross_entropy"}).or_else("cross_entropy"),
       Key(number, "label_smoothing", "ε: the target is (1 − ε) one-hot + ε / K")
           .at_least(0)
           .at_most(0.999)
           .or_else(0.0),
       Key(number, "l1", "λ of λ·Σ|w|, added to the loss").at_least(0).or_else(0.0),
       Key(number, "l2", "λ of λ/2·Σw², added to the loss").at_least(0).or_else(0.0),
       Key(text, "penalize", "what l1 and l2 add up: parameters of two dimensions or more, or all")
           .one_of({"weights", "all"})
           .or_else("weights"),
       Key(number, "clip_value", "cuts every value of the gradient to ± this; 0: not")
           .at_least(0)
           .or_else(0.0),
       Key(number, "clip_norm", "then cuts the norm of the whole gradient to this; 0: not")
           .at_least(0)
           .or_else(0.0),
       Key(text, "init", "weights before training: the model's own, or drawn by the host")
           .one_of(initialiser_names())
           .or_else("model"),
       Key(texts, "init_layers",
           "for single weights, before init: \"PATTERN: INITIALISER\", * in a pattern for "
           "anything, \"@last\" for the last weight, whatever its name; \"zeros\" and \"ones\" "
           "also fill biases and the scales of a norm"),
       Key(text, "keep",
           "weights that the test images are examined with: of the epoch with the "
           "best validation accuracy, or the last")
           .one_of({"best", "last"})
           .or_else("best"),
       Key(table, "optimizer", "how weights are changed"),
       Key(table, "schedule", "of the learning rate"),
       Key(table, "early_stop", "when training ends before its last epoch")}};
}

TableSpec optimizer_table() {
  return {
      "recipe.optimizer",
      "How weights are changed. A value that the method does not use changes nothing.",
      {Key(text, "name", "method").one_of(optimizer_names()).or_else("sgd"),
       Key(number, "lr", "learning rate").at_least(0).or_else(0.01),
       Key(number, "momentum", "share of the last step that is kept; sgd, rmsprop, muon")
           .at_least(0)
           .at_most(1)
           .or_else(0.0),
       Key(boolean, "nesterov", "look ahead along the momentum; sgd, muon").or_else(false),
       Key(number, "weight_decay", "λ of λ/2‖θ‖²; adamw, muon: every step also shrinks θ by lr·λ")
           .at_least(0)
           .or_else(0.0),
       Key(text, "decays",
           "what weight_decay pulls: all parameters, or those of two dimensions or more; muon: "
           "hidden weights in any case")
           .one_of({"all", "weights"})
           .or_else("all"),
       Key(number, "sgd_lr",
           "muon: learning rate of biases, scales and the last weight, which take the steps of "
           "sgd; the schedule is one for both")
           .at_least(0)
           .or_else(0.1),
       Key(number, "beta1", "adam, adamw: share kept of the mean gradient")
           .at_least(0)
           .at_most(0.99999)
           .or_else(0.9),
       Key(number, "beta2", "adam, adamw: share kept of the mean square")
           .at_least(0)
           .at_most(0.9999999)
           .or_else(0.999),
       Key(number, "rho", "share kept of the mean square; 0: rmsprop .99, adadelta .9")
           .at_least(0)
           .at_most(0.9999999)
           .or_else(0.0),
       Key(number, "eps", "added to denominators; 0: 1e-8, adadelta 1e-6")
           .at_least(0)
           .or_else(0.0)}};
}

TableSpec schedule_table() {
  return {
      "recipe.schedule",
      "The learning rate over time, from optimizer.lr. Times are in epochs, counted from 0, and "
      "need not be whole; epochs.scale scales them too.",
      {Key(text, "name", "form").one_of(schedule_names()).or_else("constant"),
       Key(text, "per", "the rate changes from epoch to epoch or from step to step")
           .one_of({"epoch", "step"})
           .or_else("epoch"),
       Key(number, "factor", "step, multi_step, exponential, plateau: of each drop")
           .at_least(0)
           .or_else(0.1),
       Key(number, "every", "step: time between two drops").more_than(0).or_else(1.0),
       Key(numbers, "milestones", "multi_step: times of the drops; lambda: of the points")
           .at_least(0),
       Key(numbers, "factors", "lambda: of the rate, one for each milestone").at_least(0),
       Key(text, "interpolate", "lambda: between two points, a line or the earlier value")
           .one_of({"linear", "step"})
           .or_else("linear"),
       Key(number, "period", "cosine: time of the half wave; 0: all epochs")
           .at_least(0)
           .or_else(0.0),
       Key(number, "min_lr", "cosine, plateau: lowest rate, at most optimizer.lr")
           .at_least(0)
           .or_else(0.0),
       Key(number, "warmup", "time of a linear warm-up, step by step, of any schedule; 0: none")
           .at_least(0)
           .or_else(0.0),
       Key(number, "warmup_from", "share of the rate at the first step of the warm-up")
           .at_least(0)
           .at_most(1)
           .or_else(0.1),
       Key(number, "rise", "one_cycle: share of the run in which the rate rises to optimizer.lr")
           .at_least(0)
           .at_most(1)
           .or_else(0.3),
       Key(number, "start", "one_cycle: share of the rate at the first step")
           .at_least(0)
           .or_else(0.04),
       Key(number, "end", "one_cycle: share of the rate at the last step").at_least(0).or_else(0.0),
       Key(text, "anneal", "one_cycle: the form of rise and fall")
           .one_of({"linear", "cosine"})
           .or_else("linear"),
       Key(integer, "patience", "plateau: epochs without gain that are borne")
           .at_least(0)
           .or_else(10),
       Key(text, "monitor", "plateau: what must gain").one_of(kMonitors).or_else("val_loss"),
       Key(number, "min_delta", "plateau: less is no gain").at_least(0).or_else(0.0)}};
}

TableSpec early_stop_table() {
  return {"recipe.early_stop",
          "When training ends before its last epoch, by what validation says.",
          {Key(integer, "patience", "epochs in a row without gain after which it ends; 0: never")
               .at_least(0)
               .or_else(0),
           Key(text, "monitor", "what must gain").one_of(kMonitors).or_else("val_accuracy"),
           Key(number, "min_delta", "less is no gain").at_least(0).or_else(0.0)}};
}

}  // namespace

std::vector<TableSpec> recipe_tables() {
  return {recipe_table(), optimizer_table(), schedule_table(), early_stop_table()};
}

const std::vector<std::string>& recipe_parts() {
  static const std::vector<std::string> parts = {"optimizer", "schedule", "early_stop"};
  return parts;
}

}  // namespace gradus::lab
