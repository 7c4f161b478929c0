// What becomes of a run that was started: heard, published, tried again, given up.

#include <sys/wait.h>

#include "framework/core/text.hpp"
#include "framework/executor/cache.hpp"
#include "framework/executor/pool.hpp"
#include "framework/executor/supervisor_line.hpp"

namespace gradus::executor {
namespace {

constexpr auto kRetryPause = std::chrono::milliseconds(200);
constexpr double kMiB = 1024;  ///< KiB
constexpr const char* kDeviceLost = "DEVICE_LOST";

}  // namespace

void Pool::attend(Job& job) {
  const auto status = job.child->ended();  // before take(): what it wrote is then all there
  for (const std::string& line : job.child->take()) hear(job, line);
  if (!status) {
    // The supervisor ends its workers at their limits; one that hangs itself is ended here.
    const double patience_ms = 2000.0 * static_cast<double>(job.plan->limits.wall_s) + 600'000;
    if (job.child->wall_ms() > patience_ms) {
      leave(job);
      retry(job, infrastructure("the supervisor hung and was ended"));
    }
    return;
  }
  if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) {
    publish(job);
    return;
  }
  std::string what =
      WIFSIGNALED(*status)
          ? "the supervisor was ended by signal " + std::to_string(WTERMSIG(*status))
          : "the supervisor exited with code " + std::to_string(WEXITSTATUS(*status));
  if (const std::string errors = job.child->errors(); !errors.empty()) what += ": " + errors;
  const Failure failure = job.last_failure.value_or(infrastructure(what));
  if (job.gpu && failure.code == kDeviceLost) gpus_.was_lost(*job.gpu);
  leave(job);
  retry(job, failure);
}

void Pool::hear(Job& job, const std::string& line) {
  SupervisorLine heard = read_line(line);
  if (heard.failure) job.last_failure = std::move(heard.failure);
  if (!heard.progress) return;
  const RunProgress& progress = *heard.progress;
  last_heard_[job.hash] = progress;
  estimator_.heard(job.hash, progress.epoch, progress.step, progress.steps,
                   job.child->wall_ms() / 1000);
  say(job, progress);
}

void Pool::publish(Job& job) {
  const fs::path staging = job.child->staging();
  const CacheState made = inspect(staging, job.hash);
  if (made.kind != CacheState::Kind::whole) {
    leave(job);
    retry(job, infrastructure("the supervisor left no whole evidence: " + made.reason));
    return;
  }
  if (options_.fresh && look_up(paths_, job.hash).kind != CacheState::Kind::absent) {
    // Out of the way in one rename; the session's end removes it.
    std::error_code code;
    fs::rename(evidence_folder(paths_, job.hash), session_.folder() / (job.hash + ".old"), code);
  }
  const Status published = publish_folder(staging, evidence_folder(paths_, job.hash));
  std::string text;
  if (published.ok() && made.status == "failed") {
    const auto read = read_evidence(evidence_folder(paths_, job.hash));
    if (read.ok() && read->evidence.failure) {
      text = printable(read->evidence.failure->code + ": " + read->evidence.failure->what);
    }
  }
  if (!published.ok()) {
    leave(job);
    retry(job, infrastructure("the evidence cannot be kept: " + published.error().text()));
    return;
  }
  if (job.gpu) gpus_.ended_well(*job.gpu);
  learn(job);
  finish(job, made.status, text);
}

/// What this run took is what the next one like it will take: also of those that wait here.
void Pool::learn(const Job& job) {
  const auto read = read_evidence(evidence_folder(paths_, job.hash));
  if (!read.ok()) return;
  double memory = 0;
  for (const WorkerObserved& worker : read->observed.workers) {
    memory += static_cast<double>(worker.rss_kib) / kMiB;
  }
  // A run that failed may have ended before it took what it wants.
  if (read->evidence.status != "failed") {
    promises_.learn(*job.plan, memory);
    for (Job& other : jobs_) {
      if (!other.finished && !other.child) other.memory_mib = promises_.mib(*other.plan);
    }
  }
  const auto seen = estimator_.seen(job.hash);
  if (!seen) return;
  costs_.learn(*job.plan, seen->first, seen->second, memory);
  static_cast<void>(costs_.write(paths_.home / "costs.json"));  // an estimate is no result
}

void Pool::retry(Job& job, const Failure& failure) {
  estimator_.stopped(job.hash);
  job.last_failure.reset();
  const bool hopeless = failure.fault == Fault::user;
  if (hopeless || job.attempts >= kAttempts) {
    give_up(job, failure);
    return;
  }
  job.not_before = Clock::now() + kRetryPause * job.attempts;
  say(job, "running", "tried again: " + failure.what);
}

void Pool::give_up(Job& job, const Failure& failure) {
  job.entry.not_graded = failure;
  estimator_.finished(job.hash);
  say(job, "not_graded", printable(failure.what, true));
  job.finished = true;
  job.lock.reset();
}

void Pool::finish(Job& job, const std::string& state, const std::string& text) {
  job.entry.evidence = evidence_folder(paths_, job.hash);
  RunProgress progress = last_heard_[job.hash];
  progress.state = state;
  progress.text = text;
  say(job, progress);
  leave(job);
  if (!job.waits_at_rung(state)) forget(job);
  estimator_.finished(job.hash);
  job.finished = true;
  job.lock.reset();
}

void Pool::leave(Job& job) {
  if (!job.child) return;
  job.child.reset();
  --slots_.running;
  slots_.threads -= job.threads();
  slots_.used_mib -= job.memory_mib;
  next_look_ = {};
  if (job.gpu) gpus_.give_back(*job.gpu, *job.plan);
  job.gpu.reset();
}

void Pool::say(const Job& job, RunProgress progress) {
  progress.index = job.index;
  if (progress.epochs == 0 && job.plan->kind == "train") progress.epochs = job.plan->recipe.epochs;
  if (job.child) progress.wall_ms = job.child->wall_ms();
  if (options_.on_progress) options_.on_progress(progress);
}

void Pool::say(const Job& job, const std::string& state, const std::string& text) {
  RunProgress progress;
  progress.state = state;
  progress.text = text;
  say(job, progress);
}

void Pool::tell_estimate() {
  if (!options_.on_estimate || Clock::now() < next_estimate_) return;
  next_estimate_ = Clock::now() + std::chrono::seconds(1);
  options_.on_estimate(estimator_.now());
}

}  // namespace gradus::executor
