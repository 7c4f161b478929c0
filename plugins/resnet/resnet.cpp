#include <torch/torch.h>
#include <gradus/model.hpp>

#include <memory>
#include <string>

namespace {

namespace nn = torch::nn;

/// The way around a block where its output has another shape than its input.
enum class Shortcut { padded, projected };  // the paper's options A and B

nn::Conv2d conv3x3(std::int64_t in, std::int64_t out, std::int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false));
}

/// Option A: every second pixel, then zero channels, as many before as after; no parameters.
torch::Tensor subsample_and_pad(const torch::Tensor& x, std::int64_t channels) {
  const std::int64_t missing = channels - x.size(1), before = missing / 2;
  return torch::constant_pad_nd(x.slice(2, 0, c10::nullopt, 2).slice(3, 0, c10::nullopt, 2),
                                {0, 0, 0, 0, before, missing - before});
}

/// y = act(bn2(conv2(act(bn1(conv1(x))))) + shortcut(x)); [N, in, H, W] → [N, out, ⌈H/s⌉, ⌈W/s⌉].
/// The shortcut is the identity where stride and channels stay as they are.
class BasicBlockImpl : public nn::Module {
 public:
  BasicBlockImpl(std::int64_t in, std::int64_t out, std::int64_t stride, Shortcut shortcut,
                 const gradus::Context& context)
      : out_(out), changes_(stride != 1 || in != out) {
    conv1_ = register_module("conv1", conv3x3(in, out, stride));
    bn1_ = register_module("bn1", nn::BatchNorm2d(out));
    conv2_ = register_module("conv2", conv3x3(out, out, 1));
    bn2_ = register_module("bn2", nn::BatchNorm2d(out));
    if (changes_ && shortcut == Shortcut::projected) {
      project_ = register_module(
          "shortcut",
          nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, out, 1).stride(stride).bias(false)),
                         nn::BatchNorm2d(out)));
    }
    act1_ = register_module("act1", context.activation());
    act2_ = register_module("act2", context.activation());
  }

  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor inner = act1_->forward(bn1_(conv1_(x)));
    return act2_->forward(bn2_(conv2_(inner)) + around(x));
  }

 private:
  torch::Tensor around(const torch::Tensor& x) {
    if (!project_.is_empty()) return project_->forward(x);
    return changes_ ? subsample_and_pad(x, out_) : x;
  }

  std::int64_t out_;
  bool changes_;
  nn::Conv2d conv1_{nullptr}, conv2_{nullptr};
  nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr};
  nn::Sequential project_{nullptr};
  std::shared_ptr<gradus::Activation> act1_, act2_;
};
TORCH_MODULE(BasicBlock);

/// ResNet for small images (He et al., "Deep residual learning for image recognition", 2015,
/// section 4.2): a 3x3 convolution, three stages of n basic blocks with 16, 32 and 64 channels, the
/// second and third at half the resolution of the one before, global average pooling, one linear
/// layer: 6n + 2 layers with weights. Any image size goes in.
///
/// Options: depth (6n + 2, default 20), shortcut ("A" or "B", default "A", the paper's own here).
/// Weights start as LibTorch's layers draw them; a recipe's `init` draws the paper's.
class ResNet : public gradus::Model {
 public:
  explicit ResNet(const gradus::Context& context) {
    const std::int64_t blocks = blocks_of(context.options.get<std::int64_t>("depth", 20));
    const Shortcut shortcut = shortcut_of(context.options.get("shortcut", "A"));
    conv1_ = register_module("conv1", conv3x3(context.channels, 16, 1));
    bn1_ = register_module("bn1", nn::BatchNorm2d(16));
    act1_ = register_module("act1", context.activation());
    layer1_ = register_module("layer1", stage(16, 16, blocks, shortcut, context));
    layer2_ = register_module("layer2", stage(16, 32, blocks, shortcut, context));
    layer3_ = register_module("layer3", stage(32, 64, blocks, shortcut, context));
    fc_ = register_module("fc", nn::Linear(64, context.classes));
  }

  torch::Tensor forward(torch::Tensor x) override {
    x = act1_->forward(bn1_(conv1_(x)));
    x = layer3_->forward(layer2_->forward(layer1_->forward(x)));
    return fc_(x.mean({2, 3}));
  }

 private:
  static std::int64_t blocks_of(std::int64_t depth) {
    TORCH_CHECK(depth >= 8 && depth % 6 == 2 && depth <= 1202, "option 'depth' is ", depth,
                ", wanted 6n + 2 layers from 8 to 1202: 20, 32, 44, 56, 110, ...");
    return (depth - 2) / 6;
  }

  static Shortcut shortcut_of(const std::string& name) {
    TORCH_CHECK(name == "A" || name == "B", "option 'shortcut' is '", name,
                "', wanted 'A' (every second pixel, zero channels) or 'B' (1x1 convolution)");
    return name == "A" ? Shortcut::padded : Shortcut::projected;
  }

  static nn::Sequential stage(std::int64_t in, std::int64_t out, std::int64_t blocks,
                              Shortcut shortcut, const gradus::Context& context) {
    nn::Sequential all;
    all->push_back(BasicBlock(in, out, in == out ? 1 : 2, shortcut, context));
    for (std::int64_t i = 1; i < blocks; ++i) {
      all->push_back(BasicBlock(out, out, 1, shortcut, context));
    }
    return all;
  }

  nn::Conv2d conv1_{nullptr};
  nn::BatchNorm2d bn1_{nullptr};
  nn::Sequential layer1_{nullptr}, layer2_{nullptr}, layer3_{nullptr};
  nn::Linear fc_{nullptr};
  std::shared_ptr<gradus::Activation> act1_;
};

}  // namespace

GRADUS_MODEL(ResNet, resnet, "1.0")
