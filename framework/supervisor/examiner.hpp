#pragma once

#include <memory>
#include <span>
#include <string>

#include "framework/supervisor/exam_order.hpp"
#include "framework/supervisor/image_set.hpp"
#include "framework/supervisor/scores.hpp"
#include "framework/supervisor/worker.hpp"

namespace gradus::supervisor {

enum class ExamMode { eval, train };

/// A tensor for the plan's activation or augmentation.
struct Application {
  std::string to;  ///< "activation", "derivative", "augmentation"
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  std::vector<std::int64_t> indices = {};  ///< of images, for an augmentation
  std::uint64_t seed = 0;                  ///< at most 62 bits
  std::int64_t epoch = 1, step = 0;
};

/// Asks the examiner. Errors: kInvalidOutput (the model's answer is not float [N, K]), kTampered,
/// kStreamEnded; ask worker().failure() what they mean.
class Examiner {
 public:
  Examiner(Worker& worker, std::int64_t classes) : worker_(worker), classes_(classes) {}

  /// Waits for "ready" before the first request; its warnings are kept.
  Status await_ready();
  const Json& ready() const { return ready_; }
  const std::vector<std::string>& end_warnings() const { return end_warnings_; }
  /// Loads weights unless they are loaded already.
  Status load(const std::shared_ptr<const Weights>& weights);
  /// Outputs [n, K] for the images `indices` of `set`, in that order.
  Result<Logits> ask(const ImageSet& set, std::span<const std::uint32_t> indices, ExamMode mode);
  /// What comes out, of the shape that went in; anything else is kInvalidOutput.
  Result<std::vector<float>> apply(const Application& application);
  /// Ends the examiner in order.
  Status finish();
  Worker& worker() { return worker_; }

 private:
  Worker& worker_;
  std::int64_t classes_;
  bool ready_seen_ = false;
  Json ready_ = Json::object();
  std::vector<std::string> end_warnings_;
  std::shared_ptr<const Weights> loaded_;
};

/// Answers to a whole examination.
struct ExamAnswers {
  Logits logits;               ///< first answers, in the set's own order
  std::int64_t repeated = 0;   ///< images asked twice
  std::int64_t disagreed = 0;  ///< of those, whose second answer differs
};

/// Largest difference of two rows relative to the larger of 1 and the largest output. Infinity
/// where one is finite and the other is not.
double relative_difference(std::span<const float> a, std::span<const float> b);

/// Examines all images of `set` in the given order, in eval mode. Two answers to one image disagree
/// when they differ by more than `tolerance`.
Result<ExamAnswers> examine(Examiner& examiner, const ImageSet& set, const ExamOrder& order,
                            double tolerance);

}  // namespace gradus::supervisor
