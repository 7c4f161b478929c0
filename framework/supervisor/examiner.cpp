#include "framework/supervisor/examiner.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "framework/core/text.hpp"

namespace gradus::supervisor {
namespace {

std::string shape_text(const Json& shape) { return printable(shape.dump()); }

}  // namespace

Status Examiner::await_ready() {
  if (ready_seen_) return {};
  GRADUS_TRY(const Frame ready, worker_.expect_ready());
  ready_ = ready.body;
  ready_seen_ = true;
  return {};
}

Status Examiner::load(const std::shared_ptr<const Weights>& weights) {
  GRADUS_CHECK(await_ready());
  if (loaded_ == weights) return {};
  loaded_ = nullptr;
  const std::string nonce = fresh_nonce();
  GRADUS_CHECK(worker_.send_weights(nonce, *weights));
  GRADUS_TRY(const Frame frame, worker_.expect("loaded", nonce));
  loaded_ = weights;
  return {};
}

Result<Logits> Examiner::ask(const ImageSet& set, std::span<const std::uint32_t> indices,
                             ExamMode mode) {
  const auto pixels = set.gather(indices);
  const auto count = static_cast<std::int64_t>(indices.size());
  const std::string nonce = fresh_nonce();
  GRADUS_CHECK(worker_.send("examine", nonce,
                            {{"mode", mode == ExamMode::eval ? "eval" : "train"},
                             {"shape", {count, set.height, set.width, set.channels}}},
                            pixels.data(), pixels.size()));
  GRADUS_TRY(const Frame frame, worker_.receive(nonce));
  if (frame.type == "bad_output") {
    return submission_error(kInvalidOutput, printable(frame.body.at("what").get<std::string>()),
                            "forward() must return one row of K outputs for each image");
  }
  if (frame.type != "logits")
    return tampered("the examiner sent '" + frame.type + "', wanted logits");
  const Json wanted = {count, classes_};
  if (frame.body.at("shape") != wanted || frame.body.at("dtype") != "float32") {
    return submission_error(kInvalidOutput,
                            "the output is " +
                                printable(frame.body.at("dtype").get<std::string>()) + " " +
                                shape_text(frame.body.at("shape")) + " for " +
                                std::to_string(count) + " images, wanted float32 " + wanted.dump(),
                            "forward() must return one row of K outputs for each image");
  }
  Logits logits{count, classes_, {}};
  logits.values.resize(static_cast<std::size_t>(count * classes_));
  const std::size_t bytes = logits.values.size() * sizeof(float);
  if (frame.payload.size() != bytes) {
    return tampered("the examiner sent " + std::to_string(frame.payload.size()) +
                    " bytes of logits, their shape wants " + std::to_string(bytes));
  }
  if (bytes > 0) std::memcpy(logits.values.data(), frame.payload.data(), bytes);
  return logits;
}

Result<std::vector<float>> Examiner::apply(const Application& application) {
  GRADUS_CHECK(await_ready());
  const bool images = application.to == "augmentation";
  const std::string nonce = fresh_nonce();
  Json body = {{"to", application.to}, {"shape", application.shape}};
  if (images) {
    body["indices"] = application.indices;
    body["seed"] = application.seed;
    body["epoch"] = application.epoch;
    body["step"] = application.step;
  }
  const std::size_t bytes = application.values.size() * sizeof(float);
  GRADUS_CHECK(worker_.send("apply", nonce, body, application.values.data(), bytes));
  GRADUS_TRY(const Frame frame, worker_.receive(nonce));
  const std::string cure = images ? "apply() must return the images in the shape that they came in"
                                  : "forward() must keep the shape of its input";
  if (frame.type == "bad_output") {
    return submission_error(kInvalidOutput, printable(frame.body.at("what").get<std::string>()),
                            cure);
  }
  if (frame.type != "applied")
    return tampered("the examiner sent '" + frame.type + "', wanted applied");
  const Json wanted = application.shape;
  if (frame.body.at("shape") != wanted || frame.body.at("dtype") != "float32") {
    return submission_error(kInvalidOutput,
                            "for a tensor " + wanted.dump() + " came out " +
                                printable(frame.body.at("dtype").get<std::string>(), false, 60) +
                                " " + shape_text(frame.body.at("shape")) +
                                ", wanted float32 of the same shape",
                            cure);
  }
  if (frame.payload.size() != bytes) {
    return tampered("the examiner sent " + std::to_string(frame.payload.size()) +
                    " bytes of a tensor, its shape wants " + std::to_string(bytes));
  }
  std::vector<float> values(application.values.size());
  if (bytes > 0) std::memcpy(values.data(), frame.payload.data(), bytes);
  return values;
}

Status Examiner::finish() {
  GRADUS_CHECK(await_ready());
  const std::string nonce = fresh_nonce();
  GRADUS_CHECK(worker_.send("finish", nonce, Json::object()));
  GRADUS_TRY(const Frame end, worker_.expect("end", nonce));
  if (end.body.contains("warnings")) {
    end_warnings_ = end.body["warnings"].get<std::vector<std::string>>();
  }
  return worker_.expect_silence();
}

double relative_difference(std::span<const float> a, std::span<const float> b) {
  double scale = 1, largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    if (!std::isfinite(x) || !std::isfinite(y)) {
      // NaN equals NaN here: a network that is broken for both answers is consistent.
      if (std::memcmp(&a[i], &b[i], sizeof(float)) == 0 || (std::isnan(x) && std::isnan(y)))
        continue;
      return std::numeric_limits<double>::infinity();
    }
    scale = std::max({scale, std::abs(x), std::abs(y)});
    largest = std::max(largest, std::abs(x - y));
  }
  return largest / scale;
}

Result<ExamAnswers> examine(Examiner& examiner, const ImageSet& set, const ExamOrder& order,
                            double tolerance) {
  ExamAnswers answers;
  std::vector<bool> answered(static_cast<std::size_t>(set.count), false);
  Logits& logits = answers.logits;
  for (const auto& batch : order.batches) {
    GRADUS_TRY(const Logits part, examiner.ask(set, batch, ExamMode::eval));
    logits.classes = part.classes;
    logits.count = set.count;
    logits.values.resize(static_cast<std::size_t>(set.count * part.classes));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto row = part.row(static_cast<std::int64_t>(i));
      float* kept = logits.values.data() + static_cast<std::int64_t>(batch[i]) * part.classes;
      if (!answered[batch[i]]) {
        std::copy(row.begin(), row.end(), kept);
        answered[batch[i]] = true;
        continue;
      }
      ++answers.repeated;
      if (relative_difference(row, logits.row(batch[i])) > tolerance) ++answers.disagreed;
    }
  }
  return answers;
}

}  // namespace gradus::supervisor
