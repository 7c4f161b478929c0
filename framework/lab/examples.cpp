#include "framework/lab/examples.hpp"

namespace gradus::lab {
namespace {

std::vector<Example> of_experiment() {
  return {
      {"", "lab", {"lab = { id = \"my_lab\" }"}},
      {"",
       "data",
       {"data = { name = \"cifar10\", split = { train = 45000, val = 5000 }, normalize = { mean = "
        "[0.5, 0.5, 0.5], std = [0.25, 0.25, 0.25] } }"}},
      {"", "submission", {"submission = { model = { required = true } }"}},
      {"", "recipe", {"recipe = { epochs = 30, batch = 128 }"}},
      {"", "input", {"input = { crop = 4, flip = true }"}},
      {"", "run", {"run = { seed = 7, trials = 3 }"}},
      {"", "exam", {"exam = { val_images = 1000 }"}},
      {"", "task", {"task = [{ id = \"baseline\", kind = \"train\" }]"}},
      {"",
       "rubric",
       {"rubric = [{ id = \"reach\", points = 3, check = \"accuracy\", task = \"baseline\", "
        "at_least "
        "= 0.6 }]"}},
      {"", "figure", {"figure = [{ kind = \"curves\", task = \"baseline\" }]"}},
      {"", "profile", {"profile.quick = { epochs.scale = 0.1 }"}},
      {"lab", "id", {"id = \"my_lab\""}},
      {"lab", "title", {"title = \"What a learning rate does\""}},
      {"lab", "text", {"text = \"Three rates, one network.\""}},
      {"lab", "profile", {"profile = \"full\""}},
      {"lab", "due", {"due = 2026-12-01T23:59:00+01:00"}},
      {"lab", "cap", {"cap = 20"}},
      {"data", "name", {"name = \"cifar10\""}},
      {"data", "split", {"split = { train = 45000, val = 5000, seed = 0 }"}},
      {"data", "normalize", {"normalize = { mean = [0.5, 0.5, 0.5], std = [0.25, 0.25, 0.25] }"}},
      {"data.split", "train", {"train = 40000"}},
      {"data.split", "val", {"val = 10000"}},
      {"data.split", "seed", {"seed = 1"}},
      {"data.normalize", "mean", {"mean = [0.4914, 0.4822, 0.4465]"}},
      {"data.normalize", "std", {"std = [0.2023, 0.1994, 0.2010]"}},
      {"submission", "reference", {"reference = [\"simplenn\", \"swish\"]"}},
      {"submission", "model", {"model = { required = true }"}},
      {"submission", "activation", {"activation = { required = false }"}},
      {"submission", "augmentation", {"augmentation = { required = true }"}},
      {"submission",
       "recipe",
       {"recipe = { allowed = [\"epochs\", \"optimizer\"], budget = { epochs = 50 } }"}},
      {"submission", "prebuilt", {"prebuilt = true"}},
      {"submission.KIND", "required", {"required = true"}},
      {"submission.recipe",
       "allowed",
       {"allowed = [\"epochs\", \"optimizer.lr\", \"schedule\"]", "budget = { epochs = 50 }"}},
      {"submission.recipe",
       "budget",
       {"budget = { epochs = 200, batch = 512 }", "allowed = [\"epochs\", \"batch\"]"}},
  };
}

std::vector<Example> of_recipe() {
  return {
      {"recipe", "epochs", {"epochs = 30"}},
      {"recipe", "batch", {"batch = 64"}},
      {"recipe", "loss", {"loss = \"cross_entropy\""}},
      {"recipe", "label_smoothing", {"label_smoothing = 0.1"}},
      {"recipe", "l1", {"l1 = 1e-5"}},
      {"recipe", "l2", {"l2 = 5e-4"}},
      {"recipe", "penalize", {"penalize = \"all\"", "l2 = 5e-4"}},
      {"recipe", "clip_value", {"clip_value = 0.5"}},
      {"recipe", "clip_norm", {"clip_norm = 1.0"}},
      {"recipe", "init", {"init = \"he_normal\""}},
      {"recipe",
       "init_layers",
       {"init_layers = [\"fc*: xavier_uniform\", \"conv1.*: he_normal\"]"}},
      {"recipe", "keep", {"keep = \"last\""}},
      {"recipe", "optimizer", {"optimizer = { name = \"adam\", lr = 0.001 }"}},
      {"recipe", "schedule", {"schedule = { name = \"step\", every = 10, factor = 0.5 }"}},
      {"recipe", "early_stop", {"early_stop = { patience = 5 }"}},
      {"recipe.optimizer", "name", {"name = \"adamw\""}},
      {"recipe.optimizer", "lr", {"lr = 0.05"}},
      {"recipe.optimizer", "momentum", {"momentum = 0.9"}},
      {"recipe.optimizer", "nesterov", {"nesterov = true", "momentum = 0.9"}},
      {"recipe.optimizer", "weight_decay", {"weight_decay = 1e-4"}},
      {"recipe.optimizer", "decays", {"decays = \"weights\"", "weight_decay = 5e-4"}},
      {"recipe.optimizer", "sgd_lr", {"sgd_lr = 0.2", "name = \"muon\"", "lr = 0.02"}},
      {"recipe.optimizer", "beta1", {"beta1 = 0.8", "name = \"adam\""}},
      {"recipe.optimizer", "beta2", {"beta2 = 0.99", "name = \"adam\""}},
      {"recipe.optimizer", "rho", {"rho = 0.95", "name = \"adadelta\""}},
      {"recipe.optimizer", "eps", {"eps = 1e-6", "name = \"rmsprop\""}},
      {"recipe.schedule", "name", {"name = \"cosine\""}},
      {"recipe.schedule", "per", {"per = \"step\"", "name = \"cosine\""}},
      {"recipe.schedule", "factor", {"factor = 0.9", "name = \"exponential\""}},
      {"recipe.schedule", "every", {"every = 5", "name = \"step\""}},
      {"recipe.schedule", "milestones", {"milestones = [15, 25]", "name = \"multi_step\""}},
      {"recipe.schedule",
       "factors",
       {"factors = [1.0, 0.5, 0.1]", "milestones = [0, 10, 20]", "name = \"lambda\""}},
      {"recipe.schedule",
       "interpolate",
       {"interpolate = \"step\"", "milestones = [0, 10]", "factors = [1, 0.1]",
        "name = \"lambda\""}},
      {"recipe.schedule", "period", {"period = 20", "name = \"cosine\""}},
      {"recipe.schedule", "min_lr", {"min_lr = 1e-4", "name = \"cosine\""}},
      {"recipe.schedule", "warmup", {"warmup = 2"}},
      {"recipe.schedule", "warmup_from", {"warmup_from = 0.01", "warmup = 2"}},
      {"recipe.schedule", "rise", {"rise = 0.4", "name = \"one_cycle\""}},
      {"recipe.schedule", "start", {"start = 0.1", "name = \"one_cycle\""}},
      {"recipe.schedule", "end", {"end = 0.001", "name = \"one_cycle\""}},
      {"recipe.schedule", "anneal", {"anneal = \"cosine\"", "name = \"one_cycle\""}},
      {"recipe.schedule", "patience", {"patience = 3", "name = \"plateau\""}},
      {"recipe.schedule", "monitor", {"monitor = \"val_accuracy\"", "name = \"plateau\""}},
      {"recipe.schedule", "min_delta", {"min_delta = 0.001", "name = \"plateau\""}},
      {"recipe.early_stop", "patience", {"patience = 5"}},
      {"recipe.early_stop", "monitor", {"monitor = \"val_loss\"", "patience = 5"}},
      {"recipe.early_stop", "min_delta", {"min_delta = 0.001", "patience = 5"}},
  };
}

std::vector<Example> of_running() {
  return {
      {"input", "crop", {"crop = 4"}},
      {"input", "pad", {"pad = \"reflect\"", "crop = 4"}},
      {"input", "flip", {"flip = true"}},
      {"input", "flip_by", {"flip_by = \"turns\"", "flip = true"}},
      {"input", "resize", {"resize = [24, 28]", "resize_until = [0.4, 0.7]"}},
      {"input", "resize_until", {"resize_until = [0.5]", "resize = [24]"}},
      {"input", "resize_else", {"resize_else = \"full\"", "resize = [24]", "resize_until = [0.5]"}},
      {"run", "seed", {"seed = 42"}},
      {"run", "trials", {"trials = 5"}},
      {"run", "threads", {"threads = 1"}},
      {"run", "device", {"device = \"auto\""}},
      {"run", "gpu_memory_mib", {"gpu_memory_mib = 2048"}},
      {"run", "precision", {"precision = \"bfloat16\""}},
      {"run", "memory_format", {"memory_format = \"contiguous\""}},
      {"run", "engine", {"engine = \"stock\""}},
      {"run", "train_images", {"train_images = 10000"}},
      {"run", "complete", {"complete = true"}},
      {"run", "limits", {"limits = { cpu_s = 600, memory_mib = 2048 }"}},
      {"run.limits", "cpu_s", {"cpu_s = 600"}},
      {"run.limits", "wall_s", {"wall_s = 1200"}},
      {"run.limits", "memory_mib", {"memory_mib = 2048"}},
      {"run.limits", "scratch_mib", {"scratch_mib = 16"}},
      {"exam", "val_images", {"val_images = 1000"}},
      {"exam", "train_images", {"train_images = 1000"}},
      {"exam", "mirror", {"mirror = true"}},
  };
}

std::vector<Example> of_tasks() {
  return {
      {"task", "id", {"id = \"narrow\""}},
      {"task", "title", {"title = \"A narrow network\""}},
      {"task", "text", {"text = \"What do fewer channels cost?\""}},
      {"task", "kind", {"kind = \"train\""}},
      {"task", "model", {"model = { use = \"submission:my_net\", options = { width = 8 } }"}},
      {"task", "activation", {"activation = \"reference:swish\""}},
      {"task", "augmentation", {"augmentation = \"submission\""}},
      {"task", "recipe", {"recipe = { epochs = 10, optimizer = { lr = 0.1 } }"}},
      {"task", "recipe_from", {"recipe_from = \"submission\""}},
      {"task", "input", {"input = { flip = true }"}},
      {"task",
       "probes",
       {"probes = [\"shape\", { name = \"parameters\", total = 82030 }]", "kind = \"probe\""}},
      {"task", "vary", {"vary.grid = { \"optimizer.lr\" = [0.1, 0.01], batch = [64, 128] }"}},
      {"task", "trials", {"trials = 3"}},
      {"task", "train_images", {"train_images = 10000"}},
      {"task",
       "stop_arms",
       {"stop_arms = { rule = \"median\", rungs = [3, 9] }",
        "vary.grid = { batch = [64, 128, 256] }"}},
      {"task", "reported", {"reported = { val_accuracy = [0.6584], source = \"table 2\" }"}},
      {"task", "visibility", {"visibility = \"hidden\""}},
      {"task.reported", "val_accuracy", {"val_accuracy = [0.6584]"}},
      {"task.reported", "source", {"source = \"table 2\"", "val_accuracy = [0.6584]"}},
      {"task.stop_arms",
       "rule",
       {"rule = \"successive_halving\"", "rungs = [3, 9]", "keep = 0.34"}},
      {"task.stop_arms", "rungs", {"rungs = [5, 10, 15]", "rule = \"median\""}},
      {"task.stop_arms", "keep", {"keep = 0.5", "rule = \"successive_halving\"", "rungs = [10]"}},
      {"task.vary", "zip", {"zip = { \"optimizer.lr\" = [0.1, 0.001], epochs = [30, 90] }"}},
      {"task.vary", "grid", {"grid = { activation = [\"reference:relu\", \"reference:swish\"] }"}},
      {"rubric", "id", {"id = \"reaches_60\""}},
      {"rubric", "title", {"title = \"The baseline reaches 60 %\""}},
      {"rubric", "points", {"points = 2.5"}},
      {"rubric", "bonus", {"bonus = true"}},
      {"rubric", "check", {"check = \"accuracy\"", "at_least = 0.6"}},
      {"rubric", "task", {"task = \"baseline\""}},
      {"rubric", "visibility", {"visibility = \"after_due_date\""}},
      {"rubric", "feedback", {"feedback = \"See lecture 4 on learning rates.\""}},
      {"rubric", "accept_claimed", {"accept_claimed = true", "check = \"learning_rate\""}},
      {"rubric",
       "partial",
       {"partial = [{ at_least = 0.5, points = 1 }, { at_least = 0.4, points = 0.5 }]"}},
      {"figure", "kind", {"kind = \"confusion\""}},
      {"figure", "task", {"task = \"baseline\""}},
      {"figure", "title", {"title = \"Which classes are confused\""}},
      {"figure", "caption", {"caption = \"Rows are classes, columns what the network says.\""}},
      {"figure", "key", {"key = \"optimizer.lr\"", "kind = \"sweep\"", "task = \"rates\""}},
      {"figure", "visibility", {"visibility = \"after_published\""}},
      {"profile",
       "epochs.scale",
       {"epochs.scale = 0.1", "recipe.batch = 64", "rubric.reach.at_least = 0.5",
        "task.rates.trials = 1"}},
  };
}

std::vector<Example> of_overlay() {
  return {
      {"overlay", "private", {"private = { lab = \"my_lab\" }"}},
      {"overlay",
       "add",
       {"add.rubric = [{ id = \"secret\", points = 1, check = \"accuracy\", task = \"baseline\", "
        "of = \"test\", at_least = 0.6 }]"}},
      {"overlay", "profile", {"profile.full = { rubric.reach.at_least = 0.7 }"}},
      {"private", "lab", {"lab = \"my_lab\""}},
      {"private", "secret", {"secret = \"c29tZSBjaGFuY2UgYnl0ZXM\""}},
      {"add", "task", {"task = [{ id = \"longer\", kind = \"train\", recipe = { epochs = 90 } }]"}},
      {"add",
       "rubric",
       {"rubric = [{ id = \"secret\", points = 1, check = \"gap\", task = \"baseline\", at_most = "
        "0.2 }]"}},
      {"add", "figure", {"figure = [{ kind = \"confusion\", task = \"baseline\" }]"}},
  };
}

}  // namespace

const std::vector<Example>& examples() {
  static const std::vector<Example> all = [] {
    std::vector<Example> list;
    for (auto* part : {of_experiment, of_recipe, of_running, of_tasks, of_overlay}) {
      for (Example& one : part()) list.push_back(std::move(one));
    }
    return list;
  }();
  return all;
}

}  // namespace gradus::lab
