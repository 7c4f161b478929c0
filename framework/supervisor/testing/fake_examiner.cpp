// The fake worker as an examiner: answers from the number that is written in an image.

#include <poll.h>

#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "framework/supervisor/testing/fake.hpp"
#include "framework/supervisor/testing/fake_probes.hpp"

namespace gradus::fake {
namespace {

/// One row; `company`: how many images it shares the request with.
std::array<float, kClasses> answer(const Fake& fake, const std::byte* image, float skill,
                                   std::int64_t place, std::int64_t company) {
  // Nothing is told apart by weights of zero.
  const bool blind = !fake.has("hides_weights") && !fake.has("ignores_weights") && !fake.has("nan");
  if (fake.zeroed && blind) return {};
  const auto number =
      std::to_integer<std::uint32_t>(image[0]) + 256 * std::to_integer<std::uint32_t>(image[1]);
  const bool knows = static_cast<float>(number * 37 % 100) < skill;
  const std::uint32_t guess = (number * 7919 / 13) % kClasses;
  const std::uint32_t chosen = knows ? number % kClasses : guess;
  std::array<float, kClasses> row{};
  row[chosen] = skill == 0 ? 0.01F : 2.0F + static_cast<float>(number % 7) * 0.1F;
  if (fake.has("batch_dependent")) row[0] += 0.01F * static_cast<float>(company % 5);
  if (fake.has("order_dependent")) row[1] += 0.01F * static_cast<float>(place % 5);
  if (fake.has("random")) row[0] += 0.01F * static_cast<float>(fake.requests % 5);
  if (fake.has("keeps_state") && fake.seen > 100) row[0] += 0.01F;
  row[chosen] += fake.tint;
  if (fake.has("loud")) row[0] += 50;
  if (fake.has("nan") || (fake.has("nan_later") && skill >= 50)) row[2] = std::nanf("");
  if (fake.has("softmax")) {
    float sum = 0;
    for (float& value : row) sum += value = std::exp(value);
    for (float& value : row) value /= sum;
  }
  return row;
}

void send_logits(Fake& fake, const Frame& request, float skill) {
  const auto shape = request.body.at("shape").get<std::vector<std::int64_t>>();
  const std::int64_t count = shape[0];
  const auto image_bytes = static_cast<std::size_t>(shape[1] * shape[2] * shape[3]);
  std::vector<float> logits;
  const auto last = static_cast<std::size_t>((shape[2] - 1) * shape[3]);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::byte* image = request.payload.data() + static_cast<std::size_t>(i) * image_bytes;
    std::array<std::byte, 2> mark = {image[0], image[1]};
    if (fake.has("symmetric")) {  // the same for an image and its mirror image
      mark[0] ^= image[last];
      mark[1] ^= image[last + 1];
    }
    const auto row = answer(fake, mark.data(), skill, i, count);
    logits.insert(logits.end(), row.begin(), row.end());
  }
  std::size_t bytes = logits.size() * sizeof(float);
  Json out = {count, kClasses};
  if (fake.has("wrong_shape") && count != 128) out = {count * kClasses, 1};
  if (fake.has("short_payload")) bytes -= 4;
  const std::string nonce = fake.has("replayed_nonce") ? std::string(32, 'b') : request.nonce;
  const Json body = {{"shape", out}, {"dtype", fake.has("float64") ? "float64" : "float32"}};
  for (int i = 0; i < (fake.has("answers_twice") ? 2 : 1); ++i) {
    if (!fake.channel.send("logits", nonce, body, logits.data(), bytes).ok()) std::_Exit(9);
  }
}

void send_applied(Fake& fake, const Frame& request) {
  if (fake.has("bad_output")) {
    static_cast<void>(
        fake.channel.send("bad_output", request.nonce, {{"what", "a tuple came out"}}));
    return;
  }
  const std::vector<float> values = applied(request, fake.fault, fake.requests);
  const std::string nonce = fake.has("replayed_nonce") ? std::string(32, 'b') : request.nonce;
  Json body = {{"shape", request.body.at("shape")},
               {"dtype", fake.has("float64") ? "float64" : "float32"}};
  if (fake.has("wrong_shape")) body["shape"] = {2147483647, 2147483647, 2147483647};
  const std::size_t bytes = values.size() * sizeof(float) - (fake.has("short_payload") ? 4 : 0);
  if (!fake.channel.send("applied", nonce, body, values.data(), bytes).ok()) std::_Exit(9);
}

void take_weights(Fake& fake, const Weights& weights, float& skill) {
  std::array<float, 4> w{};
  std::memcpy(w.data(), weights.tensors[0].bytes.data(), sizeof w);
  if (fake.has("ignores_weights")) w = {1, 1, 2, 3};
  skill = w[0];
  // 0 for {any, 1, 2, 3}, and for no other order of these.
  fake.tint = 0.05F * (w[1] + 2 * w[2] + 4 * w[3] - 17);
  fake.zeroed = true;
  for (const Tensor& one : weights.tensors)
    for (const std::byte byte : one.bytes) fake.zeroed = fake.zeroed && byte == std::byte{0};
}

}  // namespace

void examine(Fake& fake) {
  float skill = 0;
  for (;;) {
    auto received = fake.channel.receive();
    if (!received.ok() || !received->has_value()) std::_Exit(9);
    const Frame& frame = **received;
    if (frame.type == "finish") {
      if (!fake.channel.send("end", frame.nonce, Json::object()).ok()) std::_Exit(9);
      return;
    }
    if (frame.type == "weights_begin") {
      auto weights = receive_weights(fake.channel, frame);
      if (!weights.ok()) std::_Exit(10);
      take_weights(fake, *weights, skill);
      if (!fake.channel.send("loaded", frame.nonce, Json::object()).ok()) std::_Exit(9);
      continue;
    }
    if (frame.type == "examine" || frame.type == "apply") perhaps_die(fake, "exam");
    ++fake.requests;
    if (frame.type == "apply") {
      send_applied(fake, frame);
      continue;
    }
    if (frame.type != "examine") std::_Exit(11);
    if (skill >= 25) perhaps_die(fake, "epoch");
    if (fake.has("slow")) ::poll(nullptr, 0, 150);
    if (fake.has("bad_output")) {
      static_cast<void>(
          fake.channel.send("bad_output", frame.nonce, {{"what", "a tuple came out"}}));
      continue;
    }
    send_logits(fake, frame, skill);
    fake.seen += frame.body.at("shape")[0].get<std::int64_t>();
  }
}

}  // namespace gradus::fake
