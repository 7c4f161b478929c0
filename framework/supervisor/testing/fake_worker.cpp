// A worker without LibTorch for the tests of the supervisor: it speaks the protocol, trains
// nothing, and misbehaves on demand. The plan's model name says how ("good", "trainer_segfault",
// ...): one name, one fault, see kFaults in the tests. It knows the labels of datasets/testing's
// set "tiny": the number in an image's first two bytes, modulo 4.

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "framework/core/hash.hpp"
#include "framework/record/messages.hpp"

namespace {

using namespace gradus;

constexpr std::int64_t kClasses = 4;

struct Fake {
  FrameChannel channel{3, 4};
  std::string run_nonce, role, fault;
  RunPlan plan;
  std::int64_t seq = 0;
  bool checkpoints = false;
  std::int64_t resume = 0;

  bool has(const std::string& name) const { return fault == role + "_" + name; }
};

void raw(const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(4, bytes.data() + done, bytes.size() - done);
    if (count <= 0) std::_Exit(9);
    done += static_cast<std::size_t>(count);
  }
}

void send(Fake& fake, const std::string& type, const Json& body) {
  if (!fake.channel.send(type, fake.run_nonce, body).ok()) std::_Exit(9);
}

void claim(Fake& fake, const std::string& type, Json body) {
  body["seq"] = fake.seq++;
  send(fake, type, body);
}

[[noreturn]] void wait_forever() {
  for (;;) ::poll(nullptr, 0, -1);
}

[[noreturn]] void die(Fake& fake, const std::string& how) {
  if (how == "segfault") {
    ::signal(SIGSEGV, SIG_DFL);
    ::raise(SIGSEGV);
  }
  if (how == "sigkill") ::raise(SIGKILL);
  if (how == "exit0") std::_Exit(0);
  if (how == "exit7") std::_Exit(7);
  if (how == "silent") wait_forever();
  if (how == "spin") {
    for (volatile unsigned i = 0;; i = i + 1) {
    }
  }
  if (how == "hog") {
    std::vector<char*> kept;
    for (;;) {
      constexpr std::size_t kPiece = std::size_t{8} << 20;
      char* piece = new char[kPiece];
      std::memset(piece, 1, kPiece);
      kept.push_back(piece);
    }
  }
  if (how == "closed") {  // its descriptors closed, but running on
    ::close(3);
    ::close(4);
    wait_forever();
  }
  if (how == "failed") {
    send(fake, "failed",
         {{"phase", "forward"},
          {"code", "TIMEOUT"},
          {"what", "own \x1b[31mwords"},
          {"cure", "none"}});
    std::_Exit(1);
  }
  std::_Exit(8);
}

/// Dies where the fault says so: "trainer_segfault" after its place was reached.
void perhaps_die(Fake& fake, const std::string& place) {
  for (const char* how :
       {"segfault", "sigkill", "exit0", "exit7", "silent", "spin", "hog", "closed", "failed"}) {
    if (fake.has(place + "_" + how)) die(fake, how);
  }
}

Tensor tensor(const std::string& name, const std::string& kind, std::vector<float> values) {
  Tensor made{name, kind, "float32", {static_cast<std::int64_t>(values.size())}, {}};
  made.bytes.resize(values.size() * sizeof(float));
  std::memcpy(made.bytes.data(), values.data(), made.bytes.size());
  return made;
}

/// How well the weights of an epoch do: a share of images that are answered right.
Weights weights_of(const Fake& fake, const std::string& at, std::int64_t epoch) {
  float skill =
      at == "overfit" ? 100.0F : static_cast<float>(std::min<std::int64_t>(epoch * 25, 90));
  if (at == "one_step") skill = 1;
  if (fake.fault == "pretrained" && skill < 90) skill = 90;
  if (fake.fault == "cannot_learn" && at == "overfit") skill = 3;
  if (fake.fault == "overtrains" && epoch > 2) skill = 40;
  Weights weights;
  weights.at = at;
  weights.epoch = epoch;
  const float bias = fake.fault == "frozen" ? 0.5F : 0.5F + skill;
  weights.tensors = {tensor("fc.weight", "parameter", {skill, 1, 2, 3}),
                     tensor("fc.bias", "parameter", {bias, 0.25F}),
                     tensor("norm.mean", "buffer", {skill, 0, 0})};
  if (fake.has("changed_tensors") && epoch == 2) weights.tensors.pop_back();
  return weights;
}

void send_broken_weights(Fake& fake, const Weights& weights) {
  send(fake, "weights_begin",
       {{"at", weights.at},
        {"epoch", weights.epoch},
        {"count", weights.tensors.size()},
        {"seq", fake.seq++}});
  for (const Tensor& one : weights.tensors) {
    Json body = {
        {"name", one.name}, {"kind", one.kind}, {"dtype", one.dtype}, {"shape", one.shape}};
    if (fake.has("huge_shape")) body["shape"] = {2147483647, 2147483647, 2147483647};
    const auto size = one.bytes.size() - (fake.has("truncated_tensor") ? 1 : 0);
    if (fake.has("dies_in_tensor")) {
      raw(encode_frame_head("tensor", fake.run_nonce, body, size));
      die(fake, "segfault");
    }
    static_cast<void>(fake.channel.send("tensor", fake.run_nonce, body, one.bytes.data(), size));
  }
  send(fake, "weights_end",
       {{"count", weights.tensors.size()}, {"sha256", sha256("something else")}});
}

void hand_out(Fake& fake, const std::string& at, std::int64_t epoch) {
  const Weights weights = weights_of(fake, at, epoch);
  const bool broken = fake.has("wrong_sha") || fake.has("truncated_tensor") ||
                      fake.has("huge_shape") || fake.has("dies_in_tensor");
  if (broken && epoch == 1) return send_broken_weights(fake, weights);
  if (!send_weights(fake.channel, fake.run_nonce, weights, fake.seq++).ok()) std::_Exit(9);
}

void misbehave_in_epoch(Fake& fake, std::int64_t epoch) {
  if (epoch != 2) return;
  const Json progress = {{"seq", fake.seq}, {"epoch", 2}, {"step", 1}, {"steps", 3}, {"loss", 1.0}};
  if (fake.has("replayed_nonce")) {
    static_cast<void>(fake.channel.send("progress", std::string(32, 'a'), progress));
  }
  if (fake.has("sequence_gap")) {
    ++fake.seq;
    claim(fake, "progress", {{"epoch", 2}, {"step", 1}, {"steps", 3}, {"loss", 1.0}});
  }
  if (fake.has("unasked")) send(fake, "loaded", Json::object());
  if (fake.has("unknown_key")) claim(fake, "diverged", {{"epoch", 2}, {"step", 1}, {"evil", 1}});
  if (fake.has("giant_header")) raw(std::string("\xff\xff\xff\x7f", 4) + std::string(8, '\0'));
  if (fake.has("giant_payload")) raw(std::string("\x02\0\0\0", 4) + std::string(8, '\x7f') + "{}");
  if (fake.has("garbage")) raw(std::string(4096, 'x'));
  if (fake.has("too_far"))
    claim(fake, "progress", {{"epoch", 99}, {"step", 1}, {"steps", 3}, {"loss", 1.0}});
  if (fake.has("skips_epoch")) hand_out(fake, "epoch", 3);
  if (fake.has("early_end")) {
    send(fake, "end", Json::object());
    std::_Exit(0);
  }
  if (fake.has("diverged")) {
    claim(fake, "diverged", {{"epoch", 2}, {"step", 1}});
    send(fake, "end", Json::object());
    std::_Exit(0);
  }
  perhaps_die(fake, "epoch");
}

/// "gated": waits before its second epoch until a file "gate" stands beside the plugin.
void wait_at_gate(const Fake& fake) {
  const auto gate = std::filesystem::path(fake.plan.model.library).parent_path() / "gate";
  while (!std::filesystem::exists(gate)) ::poll(nullptr, 0, 10);
}

/// "stepwise": begins an epoch once the file "allowed" beside the plugin holds as many bytes, and
/// adds its number to "trained".
void wait_for_step(const Fake& fake, std::int64_t epoch) {
  const auto folder = std::filesystem::path(fake.plan.model.library).parent_path();
  std::error_code code;
  for (;;) {
    const auto allowed = std::filesystem::file_size(folder / "allowed", code);
    if (!code && allowed >= static_cast<std::uintmax_t>(epoch)) break;
    ::poll(nullptr, 0, 5);
  }
  std::ofstream(folder / "trained", std::ios::app) << epoch << " ";
}

/// The memory of a trainer is a number that grows by the epoch's number.
Weights state_of(const Fake& fake, std::int64_t epoch, float memory) {
  Weights state;
  state.at = fake.has("misnamed_state") ? "epoch" : "state";
  state.epoch = fake.has("state_of_another_epoch") ? epoch + 1 : epoch;
  std::vector<float> values = {memory};
  if (fake.has("giant_state")) values.resize(std::size_t{1} << 20);
  state.tensors = {tensor("0/velocity", fake.has("parameter_in_state") ? "parameter" : "optimizer",
                          std::move(values))};
  return state;
}

void hand_out_state(Fake& fake, std::int64_t epoch, float memory) {
  if (!fake.checkpoints || fake.has("no_state") || epoch == fake.plan.recipe.epochs) return;
  const Weights state = state_of(fake, epoch, memory);
  if (!send_weights(fake.channel, fake.run_nonce, state, fake.seq++).ok()) std::_Exit(9);
}

Frame must_receive(Fake& fake, const std::string& type) {
  auto frame = fake.channel.receive();
  if (!frame.ok() || !frame->has_value() || (*frame)->type != type) std::_Exit(12);
  return std::move(**frame);
}

/// The factor of the rate; ends the program where that is the supervisor's word.
double hear_verdict(Fake& fake, std::int64_t epoch) {
  if (!needs_verdict(fake.plan.recipe) || epoch == fake.plan.recipe.epochs) return 1;
  if (fake.has("impatient")) return 1;
  const Frame verdict = must_receive(fake, "verdict");
  if (verdict.body.at("epoch") != epoch) std::_Exit(13);
  if (!verdict.body.at("stop").get<bool>()) return verdict.body.value("rate", 1.0);
  if (fake.has("disobedient")) return 1;
  send(fake, "end", Json::object());
  std::_Exit(0);
}

Weights must_receive_weights(Fake& fake, const Weights& wanted) {
  auto weights = receive_weights(fake.channel, must_receive(fake, "weights_begin"));
  const bool same = weights.ok() && weights->at == wanted.at && weights->epoch == wanted.epoch &&
                    weights->tensors.size() == wanted.tensors.size() &&
                    weights->tensors[0].bytes.size() == wanted.tensors[0].bytes.size();
  if (!same) std::_Exit(14);
  return std::move(*weights);
}

void train(Fake& fake) {
  float memory = 0;
  double rate = 1;
  if (fake.resume == 0) {
    hand_out(fake, "init", 0);
  } else {
    static_cast<void>(must_receive_weights(fake, weights_of(fake, "epoch", fake.resume)));
    const Weights state = must_receive_weights(fake, state_of(fake, fake.resume, 0));
    std::memcpy(&memory, state.tensors[0].bytes.data(), sizeof memory);
    rate = hear_verdict(fake, fake.resume);
  }
  for (std::int64_t epoch = fake.resume + 1; epoch <= fake.plan.recipe.epochs; ++epoch) {
    misbehave_in_epoch(fake, epoch);
    if (fake.fault == "gated" && epoch == 2) wait_at_gate(fake);
    if (fake.fault == "stepwise") wait_for_step(fake, epoch);
    memory += static_cast<float>(epoch);
    for (std::int64_t step = 1; step <= 3; ++step) {
      claim(fake, "progress",
            {{"epoch", epoch},
             {"step", step},
             {"steps", 3},
             {"loss", 2.0 / static_cast<double>(epoch)}});
    }
    claim(fake, "epoch_end",
          {{"epoch", epoch},
           {"train_loss", 1.0 / static_cast<double>(memory)},
           {"train_accuracy", 0.5},
           {"lr", 0.01 * rate}});
    hand_out(fake, "epoch", epoch);
    hand_out_state(fake, epoch, memory);
    rate = hear_verdict(fake, epoch);
  }
}

void probe(Fake& fake) {
  hand_out(fake, "init", 0);
  perhaps_die(fake, "probe");
  hand_out(fake, "one_step", 0);
  hand_out(fake, "overfit", 0);
}

/// One row; `company`: how many images it shares the request with.
std::array<float, kClasses> answer(const Fake& fake, const std::byte* image, float skill,
                                   std::int64_t place, std::int64_t company) {
  const auto number =
      std::to_integer<std::uint32_t>(image[0]) + 256 * std::to_integer<std::uint32_t>(image[1]);
  const bool knows = static_cast<float>(number * 37 % 100) < skill;
  const std::uint32_t guess = (number * 7919 / 13) % kClasses;
  const std::uint32_t chosen = knows ? number % kClasses : guess;
  std::array<float, kClasses> row{};
  row[chosen] = skill == 0 ? 0.01F : 2.0F + static_cast<float>(number % 7) * 0.1F;
  if (fake.has("batch_dependent")) row[0] += 0.01F * static_cast<float>(company % 5);
  if (fake.has("order_dependent")) row[1] += 0.01F * static_cast<float>(place % 5);
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
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row = answer(
        fake, request.payload.data() + static_cast<std::size_t>(i) * image_bytes, skill, i, count);
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
      std::memcpy(&skill, weights->tensors[0].bytes.data(), sizeof skill);
      if (!fake.channel.send("loaded", frame.nonce, Json::object()).ok()) std::_Exit(9);
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
  }
}

}  // namespace

int main() {
  Fake fake;
  const auto start = fake.channel.receive();
  if (!start.ok() || !start->has_value() || (*start)->type != "start") return 5;
  fake.run_nonce = (*start)->nonce;
  fake.role = (*start)->body.at("role").get<std::string>();
  auto plan = run_plan_from_json((*start)->body.at("plan"));
  if (!plan.ok()) return 6;
  fake.plan = std::move(*plan);
  fake.checkpoints = (*start)->body.value("checkpoints", false);
  fake.resume = (*start)->body.value("resume", std::int64_t{0});
  fake.fault = fake.plan.model.name;
  std::fprintf(stderr, "%s starts\n", fake.role.c_str());
  perhaps_die(fake, "load");
  send(fake, "ready",
       {{"model", {{"name", fake.fault}, {"version", "1"}}},
        {"warnings", {"a warning of the " + fake.role}},
        {"engine", {{"torch", "none"}}}});
  if (fake.role == "examiner") {
    examine(fake);
  } else {
    (fake.plan.kind == "probe" ? probe : train)(fake);
    send(fake, "end", Json::object());
    if (fake.has("after_end")) send(fake, "loaded", Json::object());
  }
  std::_Exit(fake.has("exit1_after_end") ? 1 : 0);
}
