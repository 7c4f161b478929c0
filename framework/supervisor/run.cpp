#include "framework/supervisor/run.hpp"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <set>

#include "framework/core/text.hpp"
#include "framework/record/schedule.hpp"
#include "framework/supervisor/failure.hpp"
#include "framework/supervisor/watch.hpp"

namespace gradus::supervisor {
namespace {

constexpr std::size_t kMaxWarnings = 32;
constexpr std::uint64_t kExaminerPayload = std::uint64_t{64} << 20;  ///< logits are far smaller
constexpr double kEndPatienceMs = 10'000;

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string tail(const std::string& text, std::size_t bytes) {
  return text.size() > bytes ? text.substr(text.size() - bytes) : text;
}

std::string log_of(const std::string& role, const sandbox::Outcome& outcome) {
  constexpr std::size_t kKept = 8 * 1024;
  std::string log;
  for (const auto& [name, text] :
       {std::pair{"output", &outcome.out}, std::pair{"errors", &outcome.err}}) {
    if (text->empty()) continue;
    log += "[" + role + ", " + name + "]\n" + printable(tail(*text, kKept), true, 2 * kKept) + "\n";
  }
  return log;
}

void end_workers(Run& run) {
  Worker& examiner = run.examiner.worker();
  if (!run.record.evidence.failure) {
    if (const Status ended = run.examiner.finish(); !ended.ok()) run.fail(examiner, ended.error());
  }
  if (run.record.evidence.failure) {
    run.trainer_worker.kill("the run is over");
    examiner.kill("the run is over");
  }
  for (Worker* worker : {&run.trainer_worker, &examiner}) {
    const auto& outcome = worker->finish_within(kEndPatienceMs);
    // A pass needs an exit with code 0, too.
    const bool dismissed = worker == &run.trainer_worker && run.trainer_dismissed;
    if (!run.record.evidence.failure && !outcome.ok() && !dismissed) {
      worker->set_phase("exit");
      run.fail(*worker, submission_error(kStreamEnded, "it did not exit with code 0"));
    }
  }
}

bool wants_checkpoints(const RunInputs& inputs) {
  return inputs.plan.kind == "train" && !inputs.checkpoint.empty();
}

/// A checkpoint that cannot be used is said to be so and costs the way back, not the run.
std::optional<Checkpoint> checkpoint_of(const RunInputs& inputs) {
  if (!wants_checkpoints(inputs)) return std::nullopt;
  auto found = read_checkpoint(inputs.checkpoint, inputs.plan.trajectory_hash());
  if (found.ok()) {
    // A longer run of the same training may have got beyond the rung where this one ends.
    const bool beyond = *found && (*found)->epoch > inputs.plan.last_epoch();
    return beyond ? std::nullopt : std::move(*found);
  }
  std::fprintf(stderr, "%s\n", found.error().text().c_str());
  return std::nullopt;
}

void spend(WorkerSpec& spec, const Spent& spent) {
  spec.spent_cpu_ms = spent.cpu_ms;
  spec.spent_wall_ms = spent.wall_ms;
}

Resume resume_from(const Checkpoint& checkpoint, const RunPlan& plan) {
  Resume resume{checkpoint.epoch, checkpoint.last.weights, checkpoint.state, std::nullopt};
  if (!needs_verdict(plan.recipe)) return resume;
  EpochJudge judge(plan.recipe);
  std::optional<double> last;
  for (const EpochRecord& record : checkpoint.evidence.epochs) {
    if (record.epoch < 1 || !record.val_loss || !record.val_accuracy) continue;
    judge.take(*record.val_loss, *record.val_accuracy);
    last = record.val_accuracy;
  }
  resume.verdict = verdict_body(checkpoint.epoch, last, false, judge.plateau_factor());
  return resume;
}

void observe(Run& run) {
  Observed& observed = run.record.observed;
  std::set<std::string> layers;
  for (Worker* worker : {&run.trainer_worker, &run.examiner.worker()}) {
    const auto& outcome = worker->finish();
    observed.workers.push_back(worker->observed());
    observed.log += log_of(worker->role(), outcome);
    layers.insert(outcome.layers.begin(), outcome.layers.end());
  }
  observed.sandbox_layers.assign(layers.begin(), layers.end());
  observed.host = run.inputs.host;
  const auto keep_engine = [&](const std::string& role, const Json& ready) {
    if (!ready.contains("engine")) return;
    observed.host["engine of the " + role] = printable(ready["engine"].dump());
  };
  keep_engine("trainer", run.trainer_ready);
  keep_engine("examiner", run.examiner.ready());
}

}  // namespace

void Run::take_claims(const TrainerItem& item) {
  record.events.insert(record.events.end(), item.claims.begin(), item.claims.end());
  if (item.ready) {
    trainer_ready = *item.ready;
    for (const std::string& text : warnings_of(trainer_ready)) warn(text);
  }
  for (const std::string& text : item.warnings) warn(text);
}

void Run::take_tensors(const Weights& weights) {
  Evidence& evidence = record.evidence;
  for (const Tensor& tensor : weights.tensors) {
    evidence.tensors.push_back({printable(tensor.name, false, 200), tensor.kind, tensor.dtype,
                                tensor.shape, tensor.count()});
    if (tensor.kind == "parameter") evidence.parameters += tensor.count();
  }
}

void Run::warn(const std::string& text) {
  auto& warnings = record.evidence.warnings;
  const std::string line = printable(text, false, 1000);
  if (warnings.size() >= kMaxWarnings) return;
  if (std::find(warnings.begin(), warnings.end(), line) == warnings.end()) warnings.push_back(line);
}

ExamOrder Run::order(const ImageSet& set, const std::string& subject) const {
  // A run that goes on from a rung continues the examination, too: batches decide rounding.
  return make_exam_order(inputs.secret, inputs.plan.trajectory_hash(), subject,
                         static_cast<std::uint32_t>(set.count));
}

Result<Logits> Run::examine_set(const ImageSet& set, const std::string& subject) {
  examiner.worker().set_phase("exam, " + subject);
  GRADUS_TRY(ExamAnswers answers, examine(examiner, set, order(set, subject), tolerance));
  if (answers.disagreed > 0) {
    const std::string start = "batch dependence: ";
    const auto& warnings = record.evidence.warnings;
    if (std::none_of(warnings.begin(), warnings.end(),
                     [&](const std::string& text) { return text.starts_with(start); })) {
      warn(start + "when examining " + subject + ", " + std::to_string(answers.disagreed) + " of " +
           std::to_string(answers.repeated) +
           " images that were shown twice got another answer the second time; in evaluation an "
           "output must depend on its image only (look at batch norm, dropout and kept state)");
    }
  }
  return std::move(answers.logits);
}

void Run::fail(Worker& worker, const Error& error) {
  if (record.evidence.failure) return;
  record.evidence.failure = worker.failure(error);
  record.evidence.status = "failed";
  record.evidence.scores.clear();  // figures of a run that fails are none, whenever it does
  record.arrays.clear();
  record.histograms.reset();
}

Result<RunRecord> supervise(const RunInputs& inputs) {
  // Writing to a worker that is gone must be an error that we handle, not our death.
  ::signal(SIGPIPE, SIG_IGN);
  RunRecord record;
  record.evidence.status = "done";
  const std::optional<Checkpoint> before = checkpoint_of(inputs);
  if (before) {
    record.evidence = before->evidence;
    record.events = before->events;
    record.observed.epoch_wall_ms = before->epoch_wall_ms;
  }
  record.evidence.run_hash = inputs.plan.hash();
  record.evidence.plan = inputs.plan.hashed();
  record.observed.started = utc_now();
  const auto begin = std::chrono::steady_clock::now();

  WorkerSpec spec;
  spec.plan = inputs.plan;
  spec.program = inputs.worker;
  spec.mounts = inputs.mounts;
  spec.gpu = inputs.gpu;
  spec.gpu_answers = inputs.gpu_answers;
  spec.last_attempt = inputs.last_attempt;
  spec.role = "examiner";
  spec.payload_limit = kExaminerPayload;
  if (before) spend(spec, before->examiner);
  GRADUS_TRY(const auto examiner_worker, Worker::start(spec, fresh_nonce()));
  spec.role = "trainer";
  spec.payload_limit = kMaxFramePayload;
  spec.checkpoints = wants_checkpoints(inputs);
  if (before) spec.resume_epoch = before->epoch;
  if (before) spend(spec, before->trainer);
  spec.data_fds = {{inputs.train_images_fd, 5}, {inputs.train_labels_fd, 6}};
  GRADUS_TRY(const auto trainer_worker, Worker::start(spec, fresh_nonce()));

  Progress progress(inputs.progress, inputs.plan.recipe.epochs);
  progress.state("running");
  const Watch watch({trainer_worker.get(), examiner_worker.get()}, inputs.stall_ms,
                    inputs.cancelled);
  Examiner examiner(*examiner_worker, inputs.plan.data.classes);
  TrainerListener trainer(
      *trainer_worker, inputs.plan, [&](const Json& claim) { progress.step(claim); },
      spec.checkpoints, before ? std::optional(resume_from(*before, inputs.plan)) : std::nullopt);
  Run run{inputs,
          *trainer_worker,
          trainer,
          examiner,
          progress,
          record,
          inputs.train.first(inputs.plan.train_images),
          inputs.val.first(inputs.plan.exam_val_images),
          inputs.plan.dtype == "float32" ? 1e-4 : 5e-2,
          before ? &*before : nullptr};
  (inputs.plan.kind == "probe" ? probe_run : train_run)(run);
  end_workers(run);
  if (inputs.cancelled && *inputs.cancelled) return infrastructure_error("", "cancelled");
  for (const std::string& text : warnings_of(examiner.ready())) run.warn(text);
  for (const std::string& text : examiner.end_warnings()) run.warn(text);
  if (record.evidence.failure && record.evidence.failure->fault == Fault::infrastructure) {
    return error_from_failure(*record.evidence.failure);
  }
  observe(run);
  record.observed.wall_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  progress.state(record.evidence.status);
  return record;
}

Status write_record(const std::filesystem::path& staging, const RunRecord& record) {
  std::string events;
  for (const Json& event : record.events) {
    events += event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  GRADUS_CHECK(write_file(staging / "events.jsonl", events));
  for (const auto& [name, array] : record.arrays) {
    GRADUS_CHECK(write_npy(staging / name, array.dtype, array.shape, array.bytes));
  }
  if (record.histograms) {
    GRADUS_CHECK(write_file(staging / kHistogramsFile, record.histograms->dump() + "\n"));
  }
  return write_evidence(staging, record.evidence, record.observed);
}

}  // namespace gradus::supervisor
