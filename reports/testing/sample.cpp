#include "reports/testing/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "framework/record/npy.hpp"
#include "framework/record/histograms.hpp"
#include "reports/testing/builders.hpp"

namespace gradus::reports::testing {

Sample simplenn_sample() {
  Sample sample;
  LabResult& r = sample.result;
  r = result_of("simplenn", "Training SimpleNN on CIFAR-10");
  r.text = "A small convolutional network is checked piece by piece and then trained.";
  r.tasks = {{"sanity",
              "Sanity checks",
              "probe",
              "Eight quick checks that find most mistakes before any time is spent on training.",
              {}},
             {"baseline",
              "Baseline",
              "train",
              "Plain SimpleNN with a constant learning rate: how far it gets, and how it overfits.",
              {}}};
  add_run(sample, "sanity", {}, probe_run());
  add_run(sample, "baseline", {}, train_run("baseline", 0.01, 1e-4, 30, 0.69, 1.0, 11));
  r.rubric = {
      item("shape", "Output shape", "shape", "sanity", 1, 1, "pass", "[B, 10] for B = 1, 2, 7",
           "[B, 10]", "Batches of 1, 2 and 7 images give one row of ten logits each."),
      item("parameter_count", "Number of parameters", "parameters", "sanity", 2, 2, "pass",
           "82,030", "82,030", "The network has exactly the parameters of the network on paper."),
      item("initial_loss", "Loss before training", "initial_loss", "sanity", 1, 1, "pass", "2.3073",
           "2.3026 ± 0.05", "The loss before the first step is that of guessing."),
      item("independence", "Images do not influence each other", "probe", "sanity", 0, 2, "fail",
           "difference 0.31", "at most 0.0001",
           "The logits of an image change by 0.31 with the other images of its batch; wanted at "
           "most 0.0001. Likely cause: batch norm or dropout that stays in training mode in "
           "evaluation."),
      item("baseline_accuracy", "Validation accuracy", "accuracy", "baseline", 3, 3, "pass",
           percent(sample.runs[1].evidence.scores["best_val"].accuracy), "at least 63 %",
           "The best epoch is above what was asked."),
      item("gap", "Overfitting is seen", "gap", "baseline", 1, 2, "partial", "14.20 points",
           "at least 15 points",
           "Train accuracy is 14.2 points above validation accuracy at the end; 15 were wanted. "
           "Train somewhat longer."),
      item("bonus", "Beyond the document", "accuracy", "baseline", 1, 1, "pass",
           percent(sample.runs[1].evidence.scores["test"].accuracy), "at least 65 % (test)",
           "The test accuracy of the best weights is above 65 %.")};
  r.rubric.back().bonus = true;
  count_points(r);
  return sample;
}

Sample tuning_sample() {
  Sample sample;
  LabResult& r = sample.result;
  r = result_of("tuning", "Learning rate and weight decay");
  r.text = "Two sweeps over one network with batch norm, Swish and augmentation.";
  r.tasks = {{"lr_sweep",
              "Learning-rate sweep",
              "train",
              "Eight learning rates; the small ones get more epochs.",
              {"epochs", "optimizer.lr"}},
             {"l2_sweep",
              "L2 sweep",
              "train",
              "Five strengths of weight decay at a learning rate of 0.01.",
              {"optimizer.weight_decay"}}};
  const std::vector<std::tuple<double, std::int64_t, double>> rates = {
      {1.0, 30, 0.1},    {0.1, 30, 0.723},   {0.05, 30, 0.735},  {0.02, 30, 0.737},
      {0.01, 30, 0.741}, {0.005, 50, 0.749}, {0.002, 70, 0.737}, {0.001, 95, 0.727}};
  std::uint64_t seed = 100;
  for (const auto& [lr, epochs, peak] : rates) {
    const std::string id = fmt::format("lr={}", lr);
    add_run(
        sample, "lr_sweep", {{"optimizer.lr", lr}, {"epochs", epochs}},
        lr >= 1 ? diverged_run(id, lr, 1e-4) : train_run(id, lr, 1e-4, epochs, peak, 0.15, seed));
    seed += 10;
  }
  const std::vector<std::pair<double, double>> decays = {
      {0.01, 0.617}, {1e-3, 0.725}, {1e-4, 0.741}, {1e-5, 0.735}, {0.0, 0.734}};
  for (const auto& [decay, peak] : decays) {
    const std::string id = fmt::format("l2={}", decay);
    add_run(sample, "l2_sweep", {{"optimizer.weight_decay", decay}},
            train_run(id, 0.01, decay, 30, peak, decay > 0.005 ? 0 : 0.3, seed));
    seed += 10;
  }
  r.rubric = {item("lr_high", "Learning rate 1.0 fails", "accuracy", "lr_sweep", 1, 1, "pass",
                   "diverged at epoch 3", "at most 15 % or diverged",
                   "A step this large never learns, as it should."),
              item("lr_optimum", "The optimum is small", "sweep", "lr_sweep", 3, 3, "pass", "0.005",
                   "at most 0.02", "The best arm has a learning rate of 0.005."),
              item("l2_worst", "Too much decay hurts", "sweep", "l2_sweep", 2, 2, "pass",
                   "0.01 is worst by 10.8 points", "0.01 is worst by at least 3 points",
                   "Weight decay 0.01 is clearly worst: it does not let the weights grow.")};
  count_points(r);
  return sample;
}

Sample crashed_sample() {
  Sample sample = simplenn_sample();
  sample.result.submission = "submission-17";
  Evidence& e = sample.runs[1].evidence;
  e.status = "failed";
  e.failure = Failure{
      Fault::submission, "CRASHED", "exam",
      "The examiner was killed by signal 11 (SIGSEGV) in forward() of a batch of 7 images.",
      "Run `gradus check` with the address sanitizer; look at indices that assume a batch of 128."};
  e.epochs.clear();
  e.scores.clear();
  e.best_epoch.reset();
  e.warnings = {"the plugin changed the number of threads; it was set back"};
  sample.runs[1].mistakes = 0;
  sample.runs[1].observed.workers[1].signal = 11;
  sample.runs[1].observed.log =
      "loading simplenn\nforward: batch 7\n*** stack smashing detected ***\n";
  sample.result.runs[1].status = "failed";
  for (RubricOutcome& row : sample.result.rubric) {
    if (row.task != "baseline") continue;
    row.points = 0;
    row.verdict = "fail";
    row.found = "no outcome (CRASHED)";
    row.feedback = "The run ended before there was anything to mark.";
  }
  count_points(sample.result);
  return sample;
}

Sample unbuilt_sample() {
  Sample sample = simplenn_sample();
  sample.runs.clear();
  sample.result.runs.clear();
  sample.result.submission = "submission-18";
  sample.result.state = "build_failed";
  sample.result.failure = Failure{Fault::submission, "BUILD_FAILED", "build",
                                  "net.cpp:14:3: error: no member named 'conv3' in 'Net'\n  "
                                  "conv3->forward(x);\n  ^\n1 error generated.",
                                  "Mend the first error; the later ones often vanish with it."};
  for (RubricOutcome& row : sample.result.rubric) {
    row.points = 0;
    row.verdict = "fail";
    row.found = "not built";
    row.feedback = "The submission does not compile.";
  }
  count_points(sample.result);
  return sample;
}

Status write_sample(const Sample& sample, const std::filesystem::path& folder) {
  GRADUS_CHECK(make_folder(folder / "runs"));
  LabResult result = sample.result;
  for (ResultTask& task : result.tasks) {
    const auto reported = sample.reported.find(task.id);
    if (reported != sample.reported.end()) task.reported = reported->second;
  }
  GRADUS_CHECK(write_file(folder / "result.json", to_json(result).dump(2)));
  for (const Sample::Run& run : sample.runs) {
    const auto target = folder / "runs" / run.evidence.run_hash;
    GRADUS_CHECK(make_folder(target));
    GRADUS_CHECK(write_evidence(target, run.evidence, run.observed));
    if (!run.histograms.is_null()) {
      GRADUS_CHECK(write_file(target / kHistogramsFile, run.histograms.dump()));
    }
    if (run.mistakes == 0) continue;
    constexpr std::int64_t kSide = 32;
    std::vector<std::uint8_t> pixels;
    std::vector<std::int64_t> labels, predictions;
    for (int i = 0; i < run.mistakes; ++i) {
      labels.push_back(i % 10);
      predictions.push_back((i * 3 + 1) % 10 == i % 10 ? (i + 1) % 10 : (i * 3 + 1) % 10);
      for (std::int64_t y = 0; y < kSide; ++y) {
        for (std::int64_t x = 0; x < kSide; ++x) {
          const bool inside =
              std::hypot(static_cast<double>(x) - 15.5, static_cast<double>(y) - 17) < 6 + i % 7;
          for (int c = 0; c < 3; ++c) {
            const int base =
                inside ? 60 + 50 * ((i + c) % 4) : 150 + 3 * static_cast<int>(y) - 20 * c;
            pixels.push_back(static_cast<std::uint8_t>(
                std::clamp(base + static_cast<int>(18 * noise(3, pixels.size())), 0, 255)));
          }
        }
      }
    }
    const auto m = static_cast<std::int64_t>(run.mistakes);
    GRADUS_CHECK(write_npy(target / "mistakes_images.npy", "uint8", {m, kSide, kSide, 3},
                           std::as_bytes(std::span(pixels))));
    GRADUS_CHECK(
        write_npy(target / "mistakes_labels.npy", "int64", {m}, std::as_bytes(std::span(labels))));
    GRADUS_CHECK(write_npy(target / "mistakes_predictions.npy", "int64", {m},
                           std::as_bytes(std::span(predictions))));
  }
  return {};
}

}  // namespace gradus::reports::testing
