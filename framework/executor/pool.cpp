// The local pool.
//
// Theory of operation. Planned runs are gathered by hash; each distinct run is a job. One thread
// starts supervisors, reads their lines and reaps them. A job holds a lock on its hash from the
// look into the cache until its evidence is published: another command that wants the same run
// finds the lock taken, goes on with other runs, and later finds the evidence. Evidence is written
// to a session folder and renamed into the cache; the kernel drops locks and kills supervisors when
// we die, so at any moment a run is published whole, or simply not done. A training that is not
// done leaves its last epoch in GRADUS_HOME/checkpoints (supervisor/checkpoint.hpp), under the same
// lock.
//
// A run starts where its threads find cores, its memory (promises.hpp) room and, with device
// "cuda", a GPU takes it (gpu_slots.hpp). One that does not fit lets smaller ones behind it go
// first. Room for memory is what was there at the start, less our promises, and what is there now,
// less those of our promises that are not taken yet: other commands promise, too.

#include "framework/executor/pool.hpp"

#include <poll.h>

#include <algorithm>
#include <limits>

#include "framework/core/machine.hpp"
#include "framework/core/text.hpp"
#include "framework/executor/cache.hpp"

namespace gradus::executor {
namespace {

constexpr auto kPause = std::chrono::milliseconds(200);  ///< before a lock is tried again
constexpr auto kLookPause = std::chrono::seconds(1);     ///< before memory is looked at again
constexpr int kPollMs = 50;
constexpr double kStopPatienceMs = 5000;
constexpr double kMemoryShare = 0.9;  ///< the machine does other things too

Slots slots_of(const Options& options) {
  Slots slots;
  const Resources* given = options.resources ? &*options.resources : nullptr;
  slots.cores = given ? given->cores : static_cast<int>(this_machine().cores);
  slots.jobs = options.jobs > 0 ? options.jobs : slots.cores;
  slots.memory_mib = given ? given->memory_mib : kMemoryShare * available_memory_mib();
  return slots;
}

bool wants_gpu(const RunPlan& plan) { return plan.device == "cuda"; }

}  // namespace

Failure infrastructure(std::string what, std::string cure) {
  return {Fault::infrastructure, "ERROR", "supervise", std::move(what), std::move(cure)};
}

Pool::Pool(const Paths& paths, const Options& options, Session session)
    : paths_(paths),
      options_(options),
      session_(std::move(session)),
      costs_(CostModel::read(paths.home / "costs.json")),
      promises_(costs_),
      slots_(slots_of(options)),
      gpus_({}, options.per_gpu),
      estimator_(costs_, slots_.jobs, slots_.cores) {}

bool Pool::add_job(const RunPlan& run, std::size_t index) {
  Job job;
  job.entry.run_hash = job.hash = run.hash();
  job.trajectory = run.trajectory_hash();
  job.index = index;
  job.plan = &run;
  if (std::any_of(jobs_.begin(), jobs_.end(),
                  [&](const Job& other) { return other.hash == job.hash; })) {
    return false;
  }
  jobs_.push_back(std::move(job));
  return true;
}

void Pool::promise(Job& job, std::int64_t after_epoch) {
  estimator_.add(job.hash, *job.plan, after_epoch);
  job.memory_mib = promises_.mib(*job.plan);
}

/// Runs that shall follow on those which are over.
void Pool::follow_up() {
  for (std::size_t i = 0; options_.then && i < jobs_.size(); ++i) {
    if (!jobs_[i].finished || jobs_[i].told) continue;
    jobs_[i].told = true;
    for (FollowUp& next : options_.then(Entry(jobs_[i].entry))) {
      added_.push_back(std::move(next.run));
      if (!add_job(added_.back(), next.index)) continue;
      jobs_.back().follows = true;
      promise(jobs_.back(), next.after_epoch);
      settle(jobs_.back());
    }
  }
}

void Pool::add(const Plan& plan) {
  for (std::size_t i = 0; i < plan.runs.size(); ++i) add_job(plan.runs[i].run, i);
  put_in_order();
  for (Job& job : jobs_) promise(job, 0);
  const auto on_gpu =
      std::find_if(jobs_.begin(), jobs_.end(), [](const Job& job) { return wants_gpu(*job.plan); });
  if (on_gpu == jobs_.end()) return;
  // Asking the driver takes a moment: only where somebody wants a GPU.
  gpus_ = GpuSlots(options_.resources ? options_.resources->gpus : this_machine_gpus().gpus,
                   options_.per_gpu);
  if (std::all_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return wants_gpu(*job.plan); }))
    estimator_.at_most(gpus_.room(*on_gpu->plan));
}

void Pool::put_in_order() {
  std::vector<const RunPlan*> plans;
  for (const Job& job : jobs_) plans.push_back(job.plan);
  std::vector<Job> ordered;
  for (const std::size_t at : starting_order(plans, costs_))
    ordered.push_back(std::move(jobs_[at]));
  jobs_ = std::move(ordered);
}

/// True where the job is over since its evidence is there. Settled before anything starts: a run
/// that waits for cores behind others would be foretold as one that has yet to be trained.
bool Pool::settle(Job& job) {
  std::error_code code;
  if (options_.fresh || job.finished || !fs::exists(evidence_folder(paths_, job.hash), code) ||
      goes_after_another(job, jobs_) || !lock(job)) {
    return false;
  }
  if (look_up(paths_, job.hash).kind != CacheState::Kind::whole) {
    job.lock.reset();  // damaged: seen to when its turn comes; another command may be earlier
    return false;
  }
  finish(job, "cached", "");
  return true;
}

void Pool::settle_cached() {
  // Once more where a shorter run was settled, on which a longer one of the same training waited.
  for (bool more = true; more;) {
    more = false;
    for (Job& job : jobs_) more = settle(job) || more;
  }
  follow_up();
}

Status Pool::run() {
  settle_cached();
  while (!std::all_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.finished; })) {
    if (options_.cancelled && options_.cancelled()) return stop();
    for (Job& job : jobs_) {
      if (job.finished || job.child) continue;
      look_at_memory();
      try_start(job);
    }
    wait();
    for (Job& job : jobs_) {
      if (job.child) attend(job);
    }
    follow_up();
    tell_estimate();
  }
  return {};
}

const Entry& Pool::entry(const std::string& hash) const {
  return std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& job) { return job.hash == hash; })
      ->entry;
}

/// How much memory is there for one more run. Where none is at work, or all that may, nobody asks.
void Pool::look_at_memory() {
  const bool full = slots_.running >= slots_.jobs || slots_.threads >= slots_.cores;
  if (slots_.running == 0 || full || Clock::now() < next_look_) return;
  next_look_ = Clock::now() + kLookPause;
  slots_.free_mib = std::numeric_limits<double>::infinity();
  double available = 0;
  if (!options_.resources) {
    available = available_memory_mib();
  } else if (options_.resources->available_mib) {
    available = options_.resources->available_mib();
  }
  if (available <= 0) return;
  slots_.free_mib = kMemoryShare * available;
  for (const Job& job : jobs_) {
    if (job.child) slots_.free_mib -= std::max(0.0, job.memory_mib - job.child->memory_mib());
  }
}

/// False where another command has the lock of the job's training.
bool Pool::lock(Job& job) {
  if (job.lock) return true;
  auto lock = FileLock::try_acquire(paths_.locks() / ("run-" + job.trajectory + ".lock"));
  if (lock.ok()) job.lock.emplace(std::move(*lock));
  return lock.ok();
}

void Pool::try_start(Job& job) {
  if (!slots_.fits(job.threads(), job.memory_mib) || Clock::now() < job.not_before) return;
  // A run whose evidence is there needs no GPU.
  const bool lost = wants_gpu(*job.plan) && !gpus_.exists(*job.plan);
  if (wants_gpu(*job.plan) && !lost && !gpus_.free_for(*job.plan)) return;
  if (goes_after_another(job, jobs_)) return;
  if (!lock(job)) {
    job.not_before = Clock::now() + kPause;
    if (!job.announced_wait) say(job, "running", "waiting for another command that does this run");
    job.announced_wait = true;
    return;
  }
  if (use_cache(job)) return;
  if (options_.fresh && job.attempts == 0 && !job.follows) forget(job);
  launch(job);
}

/// A run that is done, or to be made anew, needs no way back. Best effort: what stays is replaced.
void Pool::forget(const Job& job) const {
  static_cast<void>(remove_tree(checkpoint_folder(paths_, job.trajectory)));
}

/// True where the cache settles the job.
bool Pool::use_cache(Job& job) {
  // Evidence that another command made while we waited for it is fresh enough.
  if (options_.fresh && !job.announced_wait) return false;
  const CacheState state = look_up(paths_, job.hash);
  if (state.kind == CacheState::Kind::whole) {
    finish(job, "cached", "");
    return true;
  }
  if (state.kind == CacheState::Kind::damaged) {
    say(job, "running",
        "its evidence was damaged (" + state.reason + ") and is set aside; run again");
    if (const Status moved = set_aside(paths_, job.hash); !moved.ok()) {
      give_up(job, infrastructure(moved.error().text()));
      return true;
    }
  }
  return false;
}

/// False: there is none of the plan's class, and the job is given up.
bool Pool::take_gpu(Job& job) {
  if (!wants_gpu(*job.plan)) return true;
  job.gpu = gpus_.free_for(*job.plan);
  if (job.gpu) return true;
  give_up(job, {Fault::infrastructure, "DEVICE_LOST", "supervise",
                "no GPU of the class " + printable(job.plan->device_name) + " answers here",
                "see what 'gradus doctor' says of it, or choose --device cpu"});
  return false;
}

void Pool::launch(Job& job) {
  if (!take_gpu(job)) return;
  ++job.attempts;
  std::string gpu;
  if (job.gpu) {
    const Gpu& card = gpus_.gpu(*job.gpu);
    gpu = card.uuid.empty() ? std::to_string(card.index) : card.uuid;
  }
  auto child = Child::start(
      paths_, *job.plan, session_.folder() / (job.hash + "." + std::to_string(job.attempts)),
      checkpoint_folder(paths_, job.trajectory) / "checkpoint", gpu, job.attempts >= kAttempts);
  if (!child.ok()) {
    job.gpu.reset();
    retry(job, infrastructure(child.error().text(), child.error().cure));
    return;
  }
  job.child = std::make_unique<Child>(std::move(*child));
  ++slots_.running;
  slots_.threads += job.threads();
  slots_.used_mib += job.memory_mib;
  slots_.free_mib -= job.memory_mib;
  if (job.gpu) gpus_.take(*job.gpu, *job.plan);
  estimator_.started(job.hash);
  say(job, "running");
}

void Pool::wait() {
  std::vector<pollfd> polled;
  for (const Job& job : jobs_) {
    if (job.child) polled.push_back({job.child->output_fd(), POLLIN, 0});
  }
  ::poll(polled.data(), polled.size(), kPollMs);
  // A closed stream is always readable; do not spin until its process is reaped.
  if (std::any_of(polled.begin(), polled.end(), [](const pollfd& one) {
        return (one.revents & POLLIN) == 0 && one.revents != 0;
      })) {
    ::poll(nullptr, 0, 5);
  }
}

Status Pool::stop() {
  for (Job& job : jobs_) {
    if (job.child) job.child->stop();
  }
  const auto deadline = Clock::now() + std::chrono::duration<double, std::milli>(kStopPatienceMs);
  const auto alive = [](Job& job) { return job.child && !job.child->ended(); };
  while (Clock::now() < deadline && std::any_of(jobs_.begin(), jobs_.end(), alive)) {
    ::poll(nullptr, 0, 10);
    for (Job& job : jobs_) {
      if (job.child) job.child->take();
    }
  }
  for (Job& job : jobs_) leave(job);
  return user_error("", "interrupted", "call it again: finished runs and epochs are kept");
}

}  // namespace gradus::executor
