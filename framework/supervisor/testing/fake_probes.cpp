#include "framework/supervisor/testing/fake_probes.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "framework/core/philox.hpp"

namespace gradus::fake {
namespace {

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

float activation(float x, bool derivative, const std::string& fault) {
  if (fault == "examiner_wrong_function")
    return derivative ? 1 - std::tanh(x) * std::tanh(x) : std::tanh(x);
  const float s = sigmoid(x);
  if (!derivative) return x * s;
  return fault == "examiner_cuts_gradient" ? s : s + x * s * (1 - s);
}

/// A square hole, its centre uniform, clipped at the border.
void cut_out(float* image, const std::vector<std::int64_t>& shape, std::uint64_t seed,
             std::uint32_t epoch, std::uint64_t item, std::int64_t half) {
  const auto words = philox(seed, Purpose::augment, epoch, item);
  const std::int64_t height = shape[2], width = shape[3];
  const auto cy = static_cast<std::int64_t>(bounded(words[0], static_cast<std::uint32_t>(height)));
  const auto cx = static_cast<std::int64_t>(bounded(words[1], static_cast<std::uint32_t>(width)));
  for (std::int64_t c = 0; c < shape[1]; ++c) {
    for (std::int64_t y = std::max<std::int64_t>(0, cy - half); y < std::min(height, cy + half);
         ++y)
      for (std::int64_t x = std::max<std::int64_t>(0, cx - half); x < std::min(width, cx + half);
           ++x)
        image[(c * height + y) * width + x] = 0;
  }
}

std::vector<double> mean_and_deviation(int fd) {
  std::vector<unsigned char> bytes(std::size_t{192} * 1000);
  const ssize_t count = ::pread(fd, bytes.data(), bytes.size(), 0);
  double sum = 0, squares = 0;
  for (ssize_t i = 0; i < count; ++i) {
    const double x = bytes[static_cast<std::size_t>(i)] / 255.0;
    sum += x;
    squares += x * x;
  }
  const double n = static_cast<double>(std::max<ssize_t>(count, 1));
  return {sum / n, std::sqrt(squares / n - sum / n * (sum / n))};
}

}  // namespace

std::vector<float> applied(const Frame& request, const std::string& fault, std::int64_t requests) {
  const auto shape = request.body.at("shape").get<std::vector<std::int64_t>>();
  std::vector<float> values(request.payload.size() / sizeof(float));
  std::memcpy(values.data(), request.payload.data(), values.size() * sizeof(float));
  const std::string to = request.body.at("to").get<std::string>();
  if (to != "augmentation") {
    float mean = 0;
    for (const float x : values) mean += x / static_cast<float>(values.size());
    for (float& x : values) {
      x = activation(x, to == "derivative", fault);
      if (fault == "examiner_uses_the_mean") x += mean;
      if (fault == "examiner_counts_calls") x += static_cast<float>(requests) * 0.1F;
    }
  } else {
    const std::size_t size = values.size() / static_cast<std::size_t>(shape[0]);
    for (std::size_t i = 0; i < static_cast<std::size_t>(shape[0]); ++i) {
      const bool fixed = fault == "examiner_ignores_the_seed";
      const std::uint64_t seed = fixed ? 1 : request.body.at("seed").get<std::uint64_t>();
      auto item = request.body.at("indices")[i].get<std::uint64_t>();
      if (fault == "examiner_goes_by_place") item = i;  // lawful
      if (fault == "examiner_goes_by_company")
        for (const auto& other : request.body.at("indices")) item += other.get<std::uint64_t>();
      if (fault == "examiner_keeps_a_generator")
        item += static_cast<std::uint64_t>(requests) * 1000;
      const auto epoch = fault == "examiner_ignores_the_epoch"
                             ? 1U
                             : request.body.at("epoch").get<std::uint32_t>();
      cut_out(values.data() + i * size, shape, seed, epoch, item,
              fault == "examiner_takes_length_for_half" ? shape[2] / 2 : shape[2] / 4);
    }
    if (fault == "examiner_brightens")
      for (float& x : values) x += 0.5F;
  }
  if (fault == "examiner_nan" && !values.empty()) values[values.size() / 2] = std::nanf("");
  return values;
}

Json figures_of(const std::string& probe, const std::string& fault, const RunPlan& plan,
                int images_fd) {
  static_cast<void>(plan);
  const auto is = [&](const char* name) { return fault == std::string("trainer_") + name; };
  Json layers = {{"names", {"1 conv2d", "2 linear"}}, {"left_out", 0}};
  if (is("claims_garbage"))
    return {{"accuracy", "much"},  {"count", -1},  {"buffers", {1}}, {"changed", 7},
            {"names", {{"a", 1}}}, {"rms", "x"},   {"mean", {"x"}},  {"std", {true}},
            {"units", nullptr},    {"dead", {{}}}, {"kib", {"x"}}};
  if (is("claims_too_much")) {
    const std::vector<std::string> names(5000, "a");
    const std::vector<double> many(5000, 0.5);
    return {{"accuracy", 1e308}, {"count", 1e300}, {"buffers", 1e300}, {"changed", names},
            {"names", names},    {"rms", many},    {"mean", many},     {"std", many},
            {"units", many},     {"dead", many},   {"kib", many}};
  }
  if (is("claims_nothing_finite")) {
    const Json none = {nullptr, nullptr};
    return {{"accuracy", nullptr}, {"count", nullptr},
            {"buffers", nullptr},  {"changed", {"\x1b[31mred"}},
            {"names", {"a", "b"}}, {"rms", none},
            {"mean", none},        {"std", none},
            {"units", none},       {"dead", none},
            {"kib", none}};
  }
  if (is("claims_an_empty_object")) return Json::object();
  if (probe == "state_round_trip") return {{"accuracy", 1.0}, {"count", 128}};
  if (probe == "evaluation_keeps_buffers")
    return {{"buffers", 1}, {"changed", is("changes_buffers") ? Json{"norm.mean"} : Json::array()}};
  if (probe == "gradients") {
    const double last = is("vanishes") ? 1e-12 : (is("explodes") ? 1e6 : 0.02);
    layers["rms"] = {0.01, last};
    return layers;
  }
  if (probe == "input_statistics") {
    const auto seen = mean_and_deviation(images_fd);
    layers["mean"] = {seen[0] + (is("normalises_again") ? -1.0 : 0.0), 0.1};
    layers["std"] = {seen[1], 0.6};
    return layers;
  }
  if (probe == "activation_statistics") {
    layers["std"] = {1.2, is("fades") ? 1e-9 : 0.6};
    return layers;
  }
  if (probe == "dead_units") {
    layers["units"] = {3, 100};
    layers["dead"] = {0, is("dies_off") ? 90 : 4};
    return layers;
  }
  Json kib = Json::array();
  for (int i = 0; i < 20; ++i) kib.push_back(is("leaks") ? 1000 * i : 16 * (i % 2));
  return {{"kib", kib}};
}

}  // namespace gradus::fake
