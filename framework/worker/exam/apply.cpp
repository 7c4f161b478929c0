#include "framework/worker/exam/apply.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cstring>

#include "framework/worker/parts.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

Result<torch::Tensor> decode(const Frame& request) {
  const auto shape = request.body.at("shape").get<std::vector<std::int64_t>>();
  std::size_t bytes = sizeof(float);
  for (const std::int64_t extent : shape) {
    const auto factor = static_cast<std::size_t>(extent);
    if (factor != 0 && bytes > kMaxFramePayload / factor) return bad_request("a giant tensor");
    bytes *= factor;
  }
  if (bytes != request.payload.size() || bytes == 0) {
    return bad_request(std::to_string(request.payload.size()) + " bytes for a tensor " +
                       shape_text(shape));
  }
  torch::Tensor tensor = torch::empty(shape);
  std::memcpy(tensor.data_ptr<float>(), request.payload.data(), bytes);
  return tensor;
}

/// "" where the tensor can be sent.
std::string fault_of(const torch::Tensor& out) {
  if (!out.defined()) return "an undefined tensor came out";
  if (out.layout() != torch::kStrided || !out.device().is_cpu())
    return "what came out is not a dense tensor on the CPU";
  if (out.dim() > 16) return "a tensor of more than 16 dimensions came out";
  if (out.scalar_type() != torch::kFloat32)
    return "dtype " + std::string(c10::toString(out.scalar_type())) + " came out, wanted float32";
  return "";
}

}  // namespace

Result<torch::Tensor> Applier::activation(const torch::Tensor& x, bool derivative) {
  const std::string phase = "probe activation";
  if (!activation_) {
    GRADUS_TRY(activation_, open_activation(plan_, network_.guard()));
    GRADUS_CHECK(network_.guard().call(phase, [&] { activation_->eval(); }));
  }
  if (!derivative) {
    const torch::NoGradGuard no_grad;
    return network_.guard().call(phase, [&] { return activation_->forward(x.clone()); });
  }
  return network_.guard().call(phase, [&]() -> torch::Tensor {
    const torch::Tensor leaf = x.clone().set_requires_grad(true);
    // Not the leaf itself: an activation may work in place.
    const torch::Tensor y = activation_->forward(leaf * 1);
    if (!y.defined() || !y.requires_grad()) return torch::Tensor();
    y.sum().backward();
    return leaf.grad();
  });
}

Result<torch::Tensor> Applier::augmentation(const torch::Tensor& images, const Json& body) {
  if (!augmentation_) {
    GRADUS_TRY(augmentation_, open_augmentation(plan_, network_.guard()));
  }
  if (!augmentation_) return bad_request("the plan names no augmentation");
  if (!body.contains("indices") || images.dim() != 4 ||
      body["indices"].size() != static_cast<std::size_t>(images.size(0)))
    return bad_request("images without an index each");
  const auto indices = body["indices"].get<std::vector<std::int64_t>>();
  const AugmentationStep step{body.value("seed", std::uint64_t{0}),
                              body.value("epoch", std::int64_t{1}),
                              body.value("step", std::int64_t{0})};
  const torch::NoGradGuard no_grad;
  const torch::Tensor index = torch::tensor(indices, torch::kInt64);
  return network_.guard().call("probe augmentation",
                               [&] { return augmentation_->apply(images, index, step); });
}

Status Applier::apply(const Frame& request) {
  const std::string to = request.body.at("to").get<std::string>();
  if (to != "activation" && to != "derivative" && to != "augmentation")
    return bad_request("apply to '" + to + "'");
  GRADUS_TRY(const torch::Tensor in, decode(request));
  GRADUS_TRY(const torch::Tensor out, to == "augmentation" ? augmentation(in, request.body)
                                                           : activation(in, to == "derivative"));
  std::string fault = fault_of(out);
  if (!fault.empty() && to == "derivative" && !out.defined())
    fault = "no gradient reaches the input: what comes out is cut off by detach() or NoGradGuard";
  if (!fault.empty())
    return session_.channel().send("bad_output", request.nonce, {{"what", fault}});
  const torch::Tensor flat = out.detach().contiguous();
  return session_.channel().send("applied", request.nonce,
                                 {{"shape", flat.sizes().vec()}, {"dtype", "float32"}},
                                 flat.const_data_ptr(), flat.nbytes());
}

}  // namespace gradus::worker
