#pragma once

// The protocol on top of frames: every type, who sends it, its keys. One table (messages.cpp)
// checks keys and types of what arrives; check_message() must be called on every received frame.
//
// supervisor → both (nonce: the run's)
//   start         {role: "trainer"|"examiner", plan: RunPlan as JSON, checkpoints?: bool, resume?:
//                 epoch}
// worker → supervisor
//   ready         {model: {name, version}, warnings: [text], engine: {..}}
//   failed        {phase, code, what, cure}: caught in the worker; then it exits 1
//   end           {}: then it exits 0
//
// trainer → supervisor (nonce: the run's; seq counts these from 0)
//   progress      {seq, epoch, step, steps, loss}
//   epoch_end     {seq, epoch, train_loss, train_accuracy, lr}
//   diverged      {seq, epoch, step}
//   measured      {seq, epoch: 0, probe, figures: {..}}: what the trainer of a probe run measured
//   for
//                 one of the plan's claimed probes (probes.hpp), once each; the figures' form is
//                 checked by the probe
//   weights_begin {seq, at: "init"|"epoch"|"state"|"one_step"|"overfit", epoch, count}
//   tensor        {name, kind, dtype, shape} + payload: raw little-endian, contiguous
//   weights_end   {count, sha256}: of all payloads in order
// supervisor → trainer
//   verdict       {epoch, val_accuracy: number (3 digits) | null, stop: bool, rate?: factor of the
//                 learning rate}: sent after each "epoch" weights; a trainer waits for it only
//                 where its recipe needs it
// Asked for "checkpoints", a trainer sends its state (tensors of kind "optimizer", which mean
// something to a trainer of the same run only) right behind the weights of every epoch but the
// last. Told to "resume" behind an epoch, it sends no "init" but takes, after its "ready", that
// epoch's weights, its state and, where it needs one, its verdict; then it goes on.
//
// supervisor → examiner (each request has a fresh nonce, its answer carries it)
//                       weights_begin, tensor, weights_end as above   → loaded  {}
//                       examine {mode: "eval"|"train", shape: [N,H,W,C]} + uint8 payload
//                                                                    → logits  {shape: [N,K],
//                                                                    dtype: "float32"} + payload
//                               or, where the model's output is not a float [N,K] tensor,
//                                                                    → bad_output {what}
//                       apply {to: "activation"|"derivative"|"augmentation", shape, seed?, epoch?,
//                       step?, indices?} + float32 payload           → applied {shape, dtype:
//                                                                    "float32"} + payload
//                               (or bad_output as above): the plan's activation on a tensor of any
//                               shape; its gradient there, with ones from above; the plan's
//                               augmentation on images [N,C,H,W], as AugmentationStep and indices
//                               say
//                       finish  {}                                    → end {}
// In mode "train" buffers are restored after the answer. The examiner normalises; no augmentation.

#include <string>
#include <vector>

#include "framework/record/frame.hpp"

namespace gradus {

/// Error (submission's fault) unless the frame has a known type, exactly its keys, of the right
/// JSON types, and a payload only where the type has one.
Status check_message(const Frame& frame);

/// A handed-over tensor.
struct Tensor {
  std::string name;
  std::string kind;   ///< "parameter" or "buffer"; "optimizer" in a trainer's state
  std::string dtype;  ///< "float32", "float64", "int64", "int32", "uint8", "bool"
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;  ///< little-endian, contiguous
  std::int64_t count() const;    ///< elements
};
/// Bytes per element; 0 for an unknown dtype.
std::int64_t dtype_size(const std::string& dtype);

struct Weights {
  std::string at;  ///< "init", "epoch", "state", "one_step", "overfit"
  std::int64_t epoch = 0;
  std::vector<Tensor> tensors;
  std::string sha256;  ///< of all bytes in order
};

/// Caps on what one hand-over may bring.
struct WeightLimits {
  std::int64_t tensors = 20'000;
  std::uint64_t bytes = std::uint64_t{2} << 30;
};

Status send_weights(FrameChannel& channel, const std::string& nonce, const Weights& weights,
                    std::optional<std::int64_t> seq = std::nullopt);
/// `begin` is the weights_begin frame that was just received.
Result<Weights> receive_weights(FrameChannel& channel, const Frame& begin,
                                const WeightLimits& limits = {},
                                FrameChannel::Deadline deadline = std::nullopt);
/// 32 hex digits from the kernel's generator.
std::string fresh_nonce();

}  // namespace gradus
