#include "framework/worker/exam/examiner.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include "framework/worker/exam/apply.hpp"
#include "framework/worker/failure.hpp"
#include "framework/worker/input/pixels.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

constexpr std::int64_t kMostImages = 1 << 20;

class Examiner {
 public:
  Examiner(const RunPlan& plan, Network& network, Session& session)
      : network_(network),
        session_(session),
        table_(plan.data.channels, plan.input.mean, plan.input.std),
        applier_(plan, network, session),
        run_seed_(plan.seed),
        seed_varies_(plan.kind == "probe") {}

  Status load(const Frame& begin) {
    GRADUS_TRY(const Weights weights, receive_weights(session_.channel(), begin));
    GRADUS_CHECK(put_weights(network_.module(), weights, "exam load weights"));
    return session_.channel().send("loaded", begin.nonce, Json::object());
  }

  Status examine(const Frame& request) {
    const std::string mode = request.body.at("mode").get<std::string>();
    if (mode != "eval" && mode != "train") return bad_request("mode '" + mode + "'");
    GRADUS_TRY(const torch::Tensor images, decode(request));
    const torch::NoGradGuard no_grad;
    // Whatever is random in the model (dropout in train mode) depends on the run alone. In
    // evaluation nothing should be, and a probe run looks for it: there each request has a seed of
    // its own.
    const bool own = seed_varies_ && mode == "eval";
    network_.guard().seed(torch_seed(run_seed_, own ? ++requests_ : 0));
    GRADUS_CHECK(network_.set_training(mode == "train", "exam"));
    const SavedBuffers buffers(network_.module());
    const auto answer = network_.forward(images, "exam");
    if (mode == "train") buffers.restore();
    if (!answer.ok()) {
      if (!answer.error().where.starts_with("INVALID_OUTPUT")) return answer.error();
      return session_.channel().send("bad_output", request.nonce,
                                     {{"what", answer.error().what + ". " + answer.error().cure}});
    }
    const torch::Tensor logits = answer->cpu().contiguous();
    return session_.channel().send("logits", request.nonce,
                                   {{"shape", logits.sizes().vec()}, {"dtype", "float32"}},
                                   logits.const_data_ptr(), logits.nbytes());
  }

  Status apply(const Frame& request) { return applier_.apply(request); }

 private:
  /// uint8 [N, H, W, C] → normalised float32 [N, C, H, W] in the network's memory format.
  Result<torch::Tensor> decode(const Frame& request) const {
    const auto wanted = network_.shape();
    const auto shape = request.body.at("shape").get<std::vector<std::int64_t>>();
    if (shape.size() != 4 || shape[0] < 1 || shape[0] > kMostImages || shape[1] != wanted.height ||
        shape[2] != wanted.width || shape[3] != wanted.channels) {
      return bad_request("images " + shape_text(shape));
    }
    if (request.payload.size() != static_cast<std::size_t>(shape[0] * wanted.size())) {
      return bad_request(std::to_string(request.payload.size()) + " bytes for images " +
                         shape_text(shape));
    }
    torch::Tensor pixels = torch::empty(shape);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(request.payload.data());
    float* out = pixels.data_ptr<float>();
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      transform_image(bytes + i * wanted.size(), wanted, {}, table_, out + i * wanted.size());
    }
    pixels = pixels.permute({0, 3, 1, 2});
    if (!network_.channels_last()) pixels = pixels.contiguous();
    return pixels.to(network_.place());
  }

  Network& network_;
  Session& session_;
  PixelTable table_;
  Applier applier_;
  std::uint64_t run_seed_, requests_ = 0;
  bool seed_varies_;
};

}  // namespace

Status examine(const RunPlan& plan, Network& network, Session& session,
               std::string& request_nonce) {
  Examiner examiner(plan, network, session);
  for (;;) {
    GRADUS_TRY(const std::optional<Frame> frame, session.channel().receive());
    if (!frame) return infrastructure_error("supervisor", "it closed the pipe");
    if (auto known = check_message(*frame); !known.ok()) return bad_request(known.error().what);
    request_nonce = frame->nonce;
    if (frame->type == "weights_begin") {
      GRADUS_CHECK(examiner.load(*frame));
    } else if (frame->type == "examine") {
      GRADUS_CHECK(examiner.examine(*frame));
    } else if (frame->type == "apply") {
      GRADUS_CHECK(examiner.apply(*frame));
    } else if (frame->type == "finish") {
      return {};
    } else {
      return bad_request("a '" + frame->type + "' frame");
    }
  }
}

}  // namespace gradus::worker
