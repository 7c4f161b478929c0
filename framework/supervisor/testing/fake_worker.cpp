// A worker without LibTorch for the tests of the supervisor: it speaks the protocol, trains
// nothing, and misbehaves on demand. The plan's model name says how ("good", "trainer_segfault",
// ...): one name, one fault, see kFaults in the tests. It knows the labels of datasets/testing's
// set "tiny": the number in an image's first two bytes, modulo 4.

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "framework/core/hash.hpp"
#include "framework/record/messages.hpp"
#include "framework/record/probes.hpp"
#include "framework/supervisor/testing/fake.hpp"
#include "framework/supervisor/testing/fake_probes.hpp"

namespace {

using namespace gradus;
using namespace gradus::fake;

void raw(const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(4, bytes.data() + done, bytes.size() - done);
    if (count <= 0) std::_Exit(9);
    done += static_cast<std::size_t>(count);
  }
}

void claim(Fake& fake, const std::string& type, Json body) {
  body["seq"] = fake.seq++;
  send(fake, type, body);
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
/// adds its number to "trained". "spinning_stepwise": never sleeps meanwhile.
void wait_for_step(const Fake& fake, std::int64_t epoch) {
  const auto folder = std::filesystem::path(fake.plan.model.library).parent_path();
  std::error_code code;
  for (;;) {
    const auto allowed = std::filesystem::file_size(folder / "allowed", code);
    if (!code && allowed >= static_cast<std::uintmax_t>(epoch)) break;
    if (fake.fault == "stepwise") ::poll(nullptr, 0, 5);
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
  if (!needs_verdict(fake.plan.recipe) || epoch == fake.plan.last_epoch()) return 1;
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
  for (std::int64_t epoch = fake.resume + 1; epoch <= fake.plan.last_epoch(); ++epoch) {
    misbehave_in_epoch(fake, epoch);
    if (fake.fault == "gated" && epoch == 2) wait_at_gate(fake);
    if (fake.fault.ends_with("stepwise")) wait_for_step(fake, epoch);
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

void measure(Fake& fake) {
  perhaps_die(fake, "measure");
  std::vector<std::string> probes = claimed_probes(fake.plan);
  if (fake.has("claims_nothing")) probes.clear();
  if (fake.has("claims_twice")) probes.push_back(probes.front());
  if (fake.has("claims_unasked")) probes.push_back("shape");
  for (const std::string& name : probes) {
    claim(fake, "measured",
          {{"epoch", 0}, {"probe", name}, {"figures", figures_of(name, fake.fault, fake.plan, 5)}});
  }
}

void probe(Fake& fake) {
  hand_out(fake, "init", 0);
  perhaps_die(fake, "probe");
  if (last_hand_over(fake.plan) != "init") hand_out(fake, "one_step", 0);
  if (last_hand_over(fake.plan) == "overfit") hand_out(fake, "overfit", 0);
  measure(fake);
}

/// "shows_gpu": which of the made-up GPUs (testing/gpus.hpp) can be opened, and what CUDA would
/// see; of /sys what can be listed.
void show_gpu(const Fake& fake) {
  const auto machine = std::filesystem::path(fake.plan.model.library).parent_path() / "machine";
  for (const char* node : {"nvidiactl", "nvidia-uvm", "nvidia0", "nvidia1"})
    std::fprintf(stderr, "%s %s\n", node,
                 std::ifstream(machine / "dev" / node) ? "open" : "closed");
  for (const char* folder : {"/sys/bus", "/sys/devices/system/memory", "/sys/module", "/sys/fs"}) {
    std::error_code error;
    if (std::filesystem::directory_iterator(folder, error) != std::filesystem::directory_iterator())
      std::fprintf(stderr, "%s listed\n", folder);
  }
  for (const char* name : {"CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "CUDA_CACHE_DISABLE"})
    std::fprintf(stderr, "%s=%s\n", name, std::getenv(name) ? std::getenv(name) : "");
}

/// A trial of a made-up GPU (supervisor/gpu_trial.hpp); which way it goes depends on which it is.
int try_gpu() {
  const std::string gpu = std::getenv("CUDA_VISIBLE_DEVICES");
  if (gpu == "GPU-1") {
    std::puts("a line that a library prints\n{\"what\":\"error 304\",\"cure\":\"a cure\"}");
    return 3;
  }
  if (gpu == "GPU-2") std::abort();
  if (gpu == "GPU-3") std::fputs("cannot load\n", stderr);
  return gpu == "GPU-3" ? 127 : 0;
}

/// "shows_heap": what it was told of its heap.
void show_heap() {
  for (const char* name : {"GLIBC_TUNABLES", "GRADUS_HEAP"})
    std::fprintf(stderr, "%s=%s\n", name, std::getenv(name) ? std::getenv(name) : "");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--try-gpu") return try_gpu();
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
  if (fake.fault == "shows_gpu") show_gpu(fake);
  if (fake.fault == "shows_heap") show_heap();
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
