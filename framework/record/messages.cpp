#include "framework/record/messages.hpp"

#include <sys/random.h>

#include <array>
#include <cstring>
#include <map>

#include "framework/core/hash.hpp"

namespace gradus {
namespace {

enum class Type { text, integer, number, number_or_null, boolean, texts, extents, indices, object };

struct MessageSpec {
  std::map<std::string, Type> keys;
  bool payload = false;
  std::map<std::string, Type> optional = {};
};

constexpr std::size_t kMostIndices = 1024;  ///< images of one request

bool is_extent(const Json& value) {
  return value.is_number_integer() && value >= 0 && value <= INT32_MAX;
}

bool fits(const Json& value, Type type) {
  switch (type) {
    case Type::text:
      return value.is_string();
    case Type::integer:
      return value.is_number_integer() && value >= 0 && value <= INT64_MAX / 2;
    case Type::number:
      return value.is_number();
    case Type::number_or_null:
      return value.is_number() || value.is_null();
    case Type::boolean:
      return value.is_boolean();
    case Type::texts:
      return value.is_array() &&
             std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_string(); });
    case Type::extents:
      return value.is_array() && value.size() <= 16 &&
             std::all_of(value.begin(), value.end(), is_extent);
    case Type::indices:
      return value.is_array() && value.size() <= kMostIndices &&
             std::all_of(value.begin(), value.end(), is_extent);
    case Type::object:
      return value.is_object();
  }
  return false;
}

const std::map<std::string, MessageSpec>& specs() {
  static const std::map<std::string, MessageSpec> table = {
      {"start",
       {{{"role", Type::text}, {"plan", Type::object}},
        false,
        {{"checkpoints", Type::boolean}, {"resume", Type::integer}}}},
      {"ready", {{{"model", Type::object}, {"warnings", Type::texts}, {"engine", Type::object}}}},
      {"failed",
       {{{"phase", Type::text}, {"code", Type::text}, {"what", Type::text}, {"cure", Type::text}}}},
      {"end", {{}, false, {{"warnings", Type::texts}}}},
      {"progress",
       {{{"seq", Type::integer},
         {"epoch", Type::integer},
         {"step", Type::integer},
         {"steps", Type::integer},
         {"loss", Type::number_or_null}}}},
      {"epoch_end",
       {{{"seq", Type::integer},
         {"epoch", Type::integer},
         {"train_loss", Type::number_or_null},
         {"train_accuracy", Type::number_or_null},
         {"lr", Type::number_or_null}}}},
      {"diverged", {{{"seq", Type::integer}, {"epoch", Type::integer}, {"step", Type::integer}}}},
      {"measured",
       {{{"seq", Type::integer},
         {"epoch", Type::integer},
         {"probe", Type::text},
         {"figures", Type::object}}}},
      {"weights_begin",
       {{{"at", Type::text}, {"epoch", Type::integer}, {"count", Type::integer}},
        false,
        {{"seq", Type::integer}}}},
      {"tensor",
       {{{"name", Type::text},
         {"kind", Type::text},
         {"dtype", Type::text},
         {"shape", Type::extents}},
        true}},
      {"weights_end", {{{"count", Type::integer}, {"sha256", Type::text}}}},
      {"verdict",
       {{{"epoch", Type::integer}, {"val_accuracy", Type::number_or_null}, {"stop", Type::boolean}},
        false,
        {{"rate", Type::number}}}},
      {"loaded", {}},
      {"examine", {{{"mode", Type::text}, {"shape", Type::extents}}, true}},
      {"logits", {{{"shape", Type::extents}, {"dtype", Type::text}}, true}},
      {"bad_output", {{{"what", Type::text}}}},
      {"apply",
       {{{"to", Type::text}, {"shape", Type::extents}},
        true,
        {{"seed", Type::integer},
         {"epoch", Type::integer},
         {"step", Type::integer},
         {"indices", Type::indices}}}},
      {"applied", {{{"shape", Type::extents}, {"dtype", Type::text}}, true}},
      {"finish", {}},
  };
  return table;
}

Error broken(const std::string& what) { return submission_error("message", what); }

}  // namespace

Status check_message(const Frame& frame) {
  const auto spec = specs().find(frame.type);
  if (spec == specs().end()) return broken("unknown type '" + frame.type + "'");
  const auto& [keys, payload, optional] = spec->second;
  for (const auto& [key, type] : keys) {
    const auto value = frame.body.find(key);
    if (value == frame.body.end())
      return broken("'" + frame.type + "' lacks the key '" + key + "'");
    if (!fits(*value, type))
      return broken("'" + frame.type + "' has a wrong value at '" + key + "'");
  }
  for (const auto& [key, value] : frame.body.items()) {
    if (keys.contains(key)) continue;
    const auto extra = optional.find(key);
    if (extra == optional.end())
      return broken("'" + frame.type + "' has the unknown key '" + key + "'");
    if (!fits(value, extra->second))
      return broken("'" + frame.type + "' has a wrong value at '" + key + "'");
  }
  if (!payload && !frame.payload.empty()) return broken("'" + frame.type + "' has a payload");
  return {};
}

std::int64_t Tensor::count() const {
  std::int64_t total = 1;
  for (const std::int64_t extent : shape) total *= extent;
  return total;
}

std::int64_t dtype_size(const std::string& dtype) {
  static const std::map<std::string, std::int64_t> sizes = {
      {"float32", 4}, {"float64", 8}, {"int64", 8}, {"int32", 4}, {"uint8", 1}, {"bool", 1}};
  const auto at = sizes.find(dtype);
  return at == sizes.end() ? 0 : at->second;
}

Status send_weights(FrameChannel& channel, const std::string& nonce, const Weights& weights,
                    std::optional<std::int64_t> seq) {
  Json begin = {{"at", weights.at}, {"epoch", weights.epoch}, {"count", weights.tensors.size()}};
  if (seq) begin["seq"] = *seq;
  GRADUS_CHECK(channel.send("weights_begin", nonce, begin));
  Sha256 hash;
  for (const auto& tensor : weights.tensors) {
    hash.update(std::span(tensor.bytes));
    GRADUS_CHECK(channel.send("tensor", nonce,
                              {{"name", tensor.name},
                               {"kind", tensor.kind},
                               {"dtype", tensor.dtype},
                               {"shape", tensor.shape}},
                              tensor.bytes.data(), tensor.bytes.size()));
  }
  return channel.send("weights_end", nonce,
                      {{"count", weights.tensors.size()}, {"sha256", hash.hex()}});
}

Result<Weights> receive_weights(FrameChannel& channel, const Frame& begin,
                                const WeightLimits& limits, FrameChannel::Deadline deadline) {
  Weights weights;
  weights.at = begin.body.at("at").get<std::string>();
  weights.epoch = begin.body.at("epoch").get<std::int64_t>();
  const auto count = begin.body.at("count").get<std::int64_t>();
  if (count > limits.tensors)
    return broken("weights of " + std::to_string(count) + " tensors, at most " +
                  std::to_string(limits.tensors) + " are allowed");
  const auto next = [&](const char* wanted) -> Result<Frame> {
    GRADUS_TRY(std::optional<Frame> frame, channel.receive(deadline));
    if (!frame) return broken("the stream ended within weights");
    GRADUS_CHECK(check_message(*frame));
    if (frame->type == "failed")
      return submission_error("failed", frame->body.at("what").get<std::string>());
    if (frame->type != wanted)
      return broken("'" + frame->type + "' within weights, wanted '" + wanted + "'");
    if (frame->nonce != begin.nonce) return broken("'" + frame->type + "' with a wrong nonce");
    return std::move(*frame);
  };
  Sha256 hash;
  std::uint64_t total = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    GRADUS_TRY(Frame frame, next("tensor"));
    Tensor tensor;
    tensor.name = frame.body.at("name").get<std::string>();
    tensor.kind = frame.body.at("kind").get<std::string>();
    tensor.dtype = frame.body.at("dtype").get<std::string>();
    tensor.shape = frame.body.at("shape").get<std::vector<std::int64_t>>();
    const bool state = weights.at == "state";
    if (state ? tensor.kind != "optimizer" : tensor.kind != "parameter" && tensor.kind != "buffer")
      return broken("a tensor of the unknown kind '" + tensor.kind + "'");
    std::uint64_t bytes = static_cast<std::uint64_t>(dtype_size(tensor.dtype));
    if (bytes == 0) return broken("a tensor of the unknown dtype '" + tensor.dtype + "'");
    for (const std::int64_t extent : tensor.shape) {
      const auto factor = static_cast<std::uint64_t>(extent);
      if (factor != 0 && bytes > limits.bytes / factor)
        return broken("a tensor larger than the cap");
      bytes *= factor;
    }
    if (bytes != frame.payload.size()) {
      return broken("tensor '" + tensor.name + "' has " + std::to_string(frame.payload.size()) +
                    " bytes, its shape wants " + std::to_string(bytes));
    }
    total += bytes;
    if (total > limits.bytes)
      return broken("weights larger than " + std::to_string(limits.bytes) + " bytes");
    hash.update(std::span<const std::byte>(frame.payload));
    tensor.bytes = std::move(frame.payload);
    weights.tensors.push_back(std::move(tensor));
  }
  GRADUS_TRY(const Frame end, next("weights_end"));
  weights.sha256 = hash.hex();
  if (end.body.at("count").get<std::int64_t>() != count)
    return broken("weights_end counts differently");
  if (end.body.at("sha256").get<std::string>() != weights.sha256)
    return broken("weights with a wrong sha256");
  return weights;
}

std::string fresh_nonce() {
  std::array<unsigned char, 16> bytes{};
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace gradus
