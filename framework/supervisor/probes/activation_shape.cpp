#include <cmath>

#include "framework/core/philox.hpp"
#include "framework/supervisor/probes/activation.hpp"

namespace gradus::supervisor {

Result<ProbeOutcome> probe_activation_shape(const ProbeInputs& inputs) {
  const std::vector<std::vector<std::int64_t>> shapes = {{5}, {3, 7}, {2, 3, 4}, {2, 3, 4, 5}};
  const std::map<std::string, Json> wanted = {{"shapes", shapes}};
  for (const auto& shape : shapes) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto word = philox(inputs.seed, Purpose::probe, 2, static_cast<std::uint64_t>(i))[0];
      values.push_back(static_cast<float>(word % 1000) / 100 - 5);
    }
    const std::string text = Json(shape).dump();
    const auto out = inputs.examiner.apply({"activation", shape, std::move(values)});
    if (!out.ok() && out.error().where != kInvalidOutput) return out.error();
    if (!out.ok()) {
      return verdict(false, {{"shape", shape}}, wanted,
                     "For a tensor of shape " + text + ": " + out.error().what +
                         ". A probable cause: flatten(), view() or a reduction in forward().");
    }
    for (const float value : *out) {
      if (std::isfinite(value)) continue;
      return verdict(
          false, {{"shape", shape}, {"finite", false}}, wanted,
          "For a tensor of shape " + text +
              " with values from -5 to 5 something NaN or infinite comes out. A probable "
              "cause: a logarithm or a root of something negative, or exp() of "
              "something large.");
    }
  }
  return verdict(true, {{"shapes", shapes}}, wanted,
                 "Tensors of one to four dimensions keep their shape and come out finite.");
}

}  // namespace gradus::supervisor
