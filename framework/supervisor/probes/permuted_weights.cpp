#include <algorithm>
#include <cstring>

#include "framework/core/philox.hpp"
#include "framework/supervisor/probes/changed_weights.hpp"

namespace gradus::supervisor {
namespace {

/// The elements of a parameter in a secret order.
void permute(Tensor& tensor, std::uint64_t seed, std::uint32_t number) {
  const auto size = static_cast<std::size_t>(dtype_size(tensor.dtype));
  const std::size_t count = size == 0 ? 0 : tensor.bytes.size() / size;
  if (tensor.kind != "parameter" || count < 2 || count > UINT32_MAX) return;
  const auto order = permutation(seed, Purpose::probe, number, static_cast<std::uint32_t>(count));
  const std::vector<std::byte> before = tensor.bytes;
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(tensor.bytes.data() + i * size, before.data() + order[i] * size, size);
  // Of a small tensor the drawn order may be the old one.
  if (tensor.bytes == before) {
    std::rotate(tensor.bytes.begin(), tensor.bytes.begin() + static_cast<std::ptrdiff_t>(size),
                tensor.bytes.end());
  }
}

}  // namespace

// Weights after a step, where there are: a last layer of zeros is a lawful start.
Result<ProbeOutcome> probe_permuted_weights(const ProbeInputs& inputs) {
  constexpr std::uint32_t kImages = 16;
  const double at_least = inputs.number("at_least", 1e-4);
  const auto after = inputs.handed("one_step");
  const auto weights = after ? after : inputs.handed("init");
  const auto images = inputs.pick(kImages);
  GRADUS_CHECK(inputs.examiner.load(weights));
  GRADUS_TRY(const Logits before, inputs.examiner.ask(inputs.val, images, ExamMode::eval));
  std::uint32_t number = 1;
  GRADUS_CHECK(inputs.examiner.load(
      changed_weights(*weights, [&](Tensor& tensor) { permute(tensor, inputs.seed, number++); })));
  GRADUS_TRY(const Logits permuted, inputs.examiner.ask(inputs.val, images, ExamMode::eval));
  double difference = 0;
  for (std::int64_t i = 0; i < before.count; ++i)
    difference = std::max(difference, relative_difference(before.row(i), permuted.row(i)));
  const std::map<std::string, Json> found = {{"difference", figure(difference)}};
  const std::map<std::string, Json> wanted = {{"difference", at_least}};
  if (difference >= at_least)
    return verdict(true, found, wanted, "With permuted weights the outputs change.");
  return verdict(
      false, found, wanted,
      "With permuted weights the outputs change by " + rounded(difference) +
          " (relative) only, wanted at least " + rounded(at_least) +
          ". A probable cause: forward() computes with other tensors than those that are "
          "registered.");
}

}  // namespace gradus::supervisor
