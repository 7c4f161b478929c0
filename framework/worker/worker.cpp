#include "framework/worker/worker.hpp"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>

#include <cstdio>
#include <exception>
#include <optional>

#include "datasets/store/store.hpp"
#include "framework/core/text.hpp"
#include "framework/worker/device/open.hpp"
#include "framework/worker/device/warnings.hpp"
#include "framework/worker/engine/engine.hpp"
#include "framework/worker/exam/examiner.hpp"
#include "framework/worker/failure.hpp"
#include "framework/worker/heap.hpp"
#include "framework/worker/network.hpp"
#include "framework/worker/parts.hpp"
#include "framework/worker/plan_check.hpp"
#include "framework/worker/probes/stages.hpp"
#include "framework/worker/session.hpp"
#include "framework/worker/train/device_trainer.hpp"
#include "framework/worker/train/epochs.hpp"
#include "framework/worker/train/initial.hpp"
#include "framework/worker/train/trainer.hpp"

namespace gradus::worker {
namespace {

/// The files behind the two data descriptors, checked against the plan.
struct MappedTraining {
  datasets::MappedFile images, labels;
  TrainingData data;
};

Result<MappedTraining> map_training(const RunPlan& plan, const WorkerFds& fds) {
  GRADUS_TRY(auto images, datasets::MappedFile::map(fds.images));
  GRADUS_TRY(auto labels, datasets::MappedFile::map(fds.labels));
  TrainingData data;
  data.shape = {plan.data.channels, plan.data.height, plan.data.width};
  const auto size = static_cast<std::uint64_t>(data.shape.size());
  const std::uint64_t count = labels.bytes().size();
  if (count == 0 || images.bytes().size() != count * size) {
    return infrastructure_error(
        "training data",
        std::to_string(images.bytes().size()) + " bytes of images and " + std::to_string(count) +
            " labels do not belong together; an image has " + std::to_string(size) + " bytes");
  }
  for (const std::uint8_t label : labels.bytes()) {
    if (label >= plan.data.classes) {
      return infrastructure_error("training data", "label " + std::to_string(label) + " of " +
                                                       std::to_string(plan.data.classes) +
                                                       " classes");
    }
  }
  data.count = static_cast<std::int64_t>(count);
  if (plan.train_images > 0) data.count = std::min(data.count, plan.train_images);
  data.images = images.bytes().data();
  data.labels = labels.bytes().data();
  return MappedTraining{std::move(images), std::move(labels), data};
}

Json engine_of(const RunPlan& plan, const Network& network, const Device* device) {
  Json engine = {{"threads", plan.threads},
                 {"memory_format", network.memory_format()},
                 {"dtype", plan.dtype},
                 {"kernels", plan.engine == "stock" ? "stock" : engine::kernel_name()},
                 {"heap", heap_name()},
                 {"libtorch", TORCH_VERSION},
                 {"cpu_capability", at::get_cpu_capability()}};
  if (device == nullptr) return engine;
  engine["device"] = device->facts();
  // Nothing is recorded yet; where it cannot be, a warning at the end says so.
  engine["kernels"] = plan.engine == "stock" ? "no graphs" : "graphs where they can be recorded";
  return engine;
}

Json printable_list(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(printable(text, false, 1000));
  return list;
}

/// One worker's life after its start frame.
class Worker {
 public:
  Worker(const WorkerFds& fds, Session& session, RunPlan plan, bool trainer, TrainOptions options)
      : fds_(fds),
        session_(session),
        plan_(std::move(plan)),
        trainer_(trainer),
        options_(options) {}

  Status run(std::string& request_nonce) {
    GRADUS_TRY(const std::unique_ptr<Device> device, open_device(plan_, trainer_));
    Guard guard(plan_.threads);
    std::optional<WarnOnceEach> once;
    if (device) once.emplace();
    if (device) guard.also_seed([&device](std::uint64_t value) { device->seed(value); });
    if (plan_.engine != "stock") engine::install_kernels();
    std::optional<MappedTraining> training;
    if (trainer_) {
      GRADUS_TRY(training, map_training(plan_, fds_));
    }
    GRADUS_TRY(Network constructed, Network::construct(plan_, guard));
    // Never destroyed: what a plugin's destructors do must not undo a finished run (main.cpp leaves
    // without those of static objects, too).
    Network& network = *new Network(std::move(constructed));
    auto& augmentation = *new std::shared_ptr<Augmentation>();
    if (trainer_) {
      draw_initial_weights(network, plan_.recipe, plan_.seed);
      // In a probe run it is the examiner that is asked about an augmentation.
      if (plan_.kind == "train") {
        GRADUS_TRY(augmentation, open_augmentation(plan_, guard));
      }
    }
    if (device) GRADUS_CHECK(network.move_to(device->place()));
    const std::size_t told = guard.warnings().size();
    GRADUS_CHECK(session_.send(
        "ready", {{"model", {{"name", network.name()}, {"version", network.version()}}},
                  {"warnings", printable_list(guard.warnings())},
                  {"engine", engine_of(plan_, network, device.get())}}));
    if (!trainer_) {
      GRADUS_CHECK(examine(plan_, network, session_, request_nonce));
    } else if (plan_.kind == "probe") {
      GRADUS_CHECK(run_probe_stages(plan_, network, training->data, session_));
    } else {
      tell_of_large_batch(plan_, training->data.count, network.guard());
      // An augmentation takes the place of the native pipeline, and of its sizes.
      if (augmentation == nullptr) GRADUS_CHECK(settle_sizes(plan_, network));
      GRADUS_CHECK(
          device ? train_on_device(plan_, network, augmentation.get(), training->data, session_,
                                   options_, *device)
                 : train(plan_, network, augmentation.get(), training->data, session_, options_));
    }
    const auto& all = guard.warnings();
    Json end = Json::object();
    if (all.size() > told) {
      end["warnings"] =
          printable_list({all.begin() + static_cast<std::ptrdiff_t>(told), all.end()});
    }
    // An examiner's "end" answers "finish".
    return session_.channel().send("end", trainer_ ? session_.nonce() : request_nonce, end);
  }

 private:
  WorkerFds fds_;
  Session& session_;
  RunPlan plan_;
  bool trainer_;
  TrainOptions options_;
};

int report(FrameChannel& channel, const std::string& nonce, const Error& error,
           const std::string& phase) {
  std::fprintf(stderr, "gradus-worker: %s\n", printable(error.text(), true).c_str());
  const FailureParts parts = failure_parts(error, phase);
  const auto sent = channel.send("failed", nonce,
                                 {{"phase", parts.phase},
                                  {"code", parts.code},
                                  {"what", printable(error.what, true)},
                                  {"cure", printable(error.cure, true)}});
  // Nobody may be listening any more; the exit code says the same.
  static_cast<void>(sent.ok());
  return error.fault == Fault::submission ? kExitFailed : kExitInfrastructure;
}

int run_guarded(const WorkerFds& fds) {
  FrameChannel channel(fds.in, fds.out);
  const auto start = channel.receive();
  if (!start.ok())
    return report(channel, "", infrastructure_error("start", start.error().what), "start");
  if (!*start) return kExitInfrastructure;  // the supervisor died before it began
  const Frame& frame = **start;
  const auto known = check_message(frame);
  if (!known.ok() || frame.type != "start") {
    return report(channel, frame.nonce,
                  infrastructure_error("start", "the first frame is '" + frame.type +
                                                    "', wanted a whole 'start'" +
                                                    (known.ok() ? "" : ": " + known.error().what)),
                  "start");
  }
  const std::string role = frame.body.at("role").get<std::string>();
  auto plan = run_plan_from_json(frame.body.at("plan"));
  Status fit = plan.ok() ? check_plan(*plan) : Status(plan.error());
  if (fit.ok() && role != "trainer" && role != "examiner") {
    fit = infrastructure_error("start", "unknown role '" + role + "'");
  }
  if (!fit.ok()) {
    return report(channel, frame.nonce, infrastructure_error("start", fit.error().what), "start");
  }
  Session session(channel, frame.nonce);
  std::string request_nonce = frame.nonce;
  Worker worker(
      fds, session, std::move(plan).value(), role == "trainer",
      {frame.body.value("checkpoints", false), frame.body.value("resume", std::int64_t{0})});
  Status done;
  try {
    done = worker.run(request_nonce);
  } catch (...) {
    // Ours, or LibTorch's in a call of ours on what a plugin gave us (e.g. out of memory).
    done = describe_exception(role);
  }
  if (done.ok()) return 0;
  return report(channel, request_nonce, done.error(), role);
}

}  // namespace

int run_worker(const WorkerFds& fds) {
  try {
    return run_guarded(fds);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gradus-worker: %s\n", printable(e.what()).c_str());
  } catch (...) {
    std::fprintf(stderr, "gradus-worker: an unknown exception\n");
  }
  return kExitInfrastructure;
}

}  // namespace gradus::worker
