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

#include "framework/executor/executor.hpp"

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <deque>
#include <map>

#include "framework/core/files.hpp"
#include "framework/core/machine.hpp"
#include "framework/core/text.hpp"
#include "framework/executor/cache.hpp"
#include "framework/executor/estimate.hpp"
#include "framework/executor/job.hpp"
#include "framework/executor/schedule.hpp"
#include "framework/executor/session.hpp"
#include "framework/executor/supervisor_line.hpp"

namespace gradus::executor {
namespace {

constexpr int kAttempts = 3;
constexpr auto kPause = std::chrono::milliseconds(200);  ///< before a lock or a run is tried again
constexpr int kPollMs = 50;
constexpr double kStopPatienceMs = 5000;
constexpr double kMiB = 1024;  ///< KiB
/// Runs of one network differ a little in what they hold, and the machine does other things too.
constexpr double kMemoryMargin = 1.25, kMemoryShare = 0.9;

class Pool {
 public:
  Pool(const Paths& paths, const Options& options, Session session)
      : paths_(paths),
        options_(options),
        session_(std::move(session)),
        costs_(CostModel::read(paths.home / "costs.json")),
        slots_(slots_of(options)),
        estimator_(costs_, slots_.jobs, slots_.cores) {}

  void add(const Plan& plan) {
    for (std::size_t i = 0; i < plan.runs.size(); ++i) {
      add_job(plan.runs[i].run, i);
    }
    std::stable_sort(jobs_.begin(), jobs_.end(),
                     [](const Job& a, const Job& b) { return cost(*a.plan) > cost(*b.plan); });
    for (Job& job : jobs_) promise(job, 0);
  }

  Status run() {
    while (!std::all_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.finished; })) {
      if (options_.cancelled && options_.cancelled()) return stop();
      for (Job& job : jobs_) {
        if (!job.finished && !job.child) try_start(job);
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

  const Entry& entry(const std::string& hash) const {
    return std::find_if(jobs_.begin(), jobs_.end(),
                        [&](const Job& job) { return job.hash == hash; })
        ->entry;
  }

 private:
  bool add_job(const RunPlan& run, std::size_t index) {
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

  void promise(Job& job, std::int64_t after_epoch) {
    estimator_.add(job.hash, *job.plan, after_epoch);
    const auto seen = costs_.memory_mib(*job.plan);
    job.memory_mib =
        seen ? kMemoryMargin * *seen : static_cast<double>(job.plan->limits.memory_mib);
  }

  /// Runs that shall follow on those which are over.
  void follow_up() {
    for (std::size_t i = 0; options_.then && i < jobs_.size(); ++i) {
      if (!jobs_[i].finished || jobs_[i].told) continue;
      jobs_[i].told = true;
      for (FollowUp& next : options_.then(Entry(jobs_[i].entry))) {
        added_.push_back(std::move(next.run));
        if (!add_job(added_.back(), next.index)) continue;
        jobs_.back().follows = true;
        promise(jobs_.back(), next.after_epoch);
      }
    }
  }

  static Slots slots_of(const Options& options) {
    Slots slots;
    slots.cores = static_cast<int>(this_machine().cores);
    slots.jobs = options.jobs > 0 ? options.jobs : slots.cores;
    slots.memory_mib = kMemoryShare * available_memory_mib();
    return slots;
  }

  void tell_estimate() {
    if (!options_.on_estimate || Clock::now() < next_estimate_) return;
    next_estimate_ = Clock::now() + std::chrono::seconds(1);
    options_.on_estimate(estimator_.now());
  }

  /// What this run took is what the next one like it will take.
  void learn(const Job& job) {
    const auto seen = estimator_.seen(job.hash);
    if (!seen) return;
    const auto read = read_evidence(evidence_folder(paths_, job.hash));
    if (!read.ok()) return;
    double memory = 0;
    for (const WorkerObserved& worker : read->observed.workers) {
      memory += static_cast<double>(worker.rss_kib) / kMiB;
    }
    costs_.learn(*job.plan, seen->first, seen->second, memory);
    static_cast<void>(costs_.write(paths_.home / "costs.json"));  // an estimate is no result
  }

  void say(const Job& job, RunProgress progress) {
    progress.index = job.index;
    if (progress.epochs == 0 && job.plan->kind == "train")
      progress.epochs = job.plan->recipe.epochs;
    if (job.child) progress.wall_ms = job.child->wall_ms();
    if (options_.on_progress) options_.on_progress(progress);
  }
  void say(const Job& job, const std::string& state, const std::string& text = "") {
    RunProgress progress;
    progress.state = state;
    progress.text = text;
    say(job, progress);
  }

  void try_start(Job& job) {
    if (!slots_.fits(job.threads(), job.memory_mib) || Clock::now() < job.not_before) return;
    if (goes_after_another(job, jobs_)) return;
    if (!job.lock) {
      auto lock = FileLock::try_acquire(paths_.locks() / ("run-" + job.trajectory + ".lock"));
      if (!lock.ok()) {
        job.not_before = Clock::now() + kPause;
        if (!job.announced_wait)
          say(job, "running", "waiting for another command that does this run");
        job.announced_wait = true;
        return;
      }
      job.lock.emplace(std::move(*lock));
    }
    if (use_cache(job)) return;
    if (options_.fresh && job.attempts == 0 && !job.follows) forget(job);
    launch(job);
  }

  /// A run that is done, or to be made anew, needs no way back. Best effort: what stays is
  /// replaced.
  void forget(const Job& job) const {
    static_cast<void>(remove_tree(checkpoint_folder(paths_, job.trajectory)));
  }

  /// True where the cache settles the job.
  bool use_cache(Job& job) {
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

  void launch(Job& job) {
    ++job.attempts;
    auto child = Child::start(paths_, *job.plan,
                              session_.folder() / (job.hash + "." + std::to_string(job.attempts)),
                              checkpoint_folder(paths_, job.trajectory) / "checkpoint");
    if (!child.ok()) {
      retry(job, infrastructure(child.error().text(), child.error().cure));
      return;
    }
    job.child = std::make_unique<Child>(std::move(*child));
    ++slots_.running;
    slots_.threads += job.threads();
    slots_.used_mib += job.memory_mib;
    estimator_.started(job.hash);
    say(job, "running");
  }

  void wait() {
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

  void attend(Job& job) {
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
    leave(job);
    retry(job, failure);
  }

  void hear(Job& job, const std::string& line) {
    SupervisorLine heard = read_line(line);
    if (heard.failure) job.last_failure = std::move(heard.failure);
    if (!heard.progress) return;
    const RunProgress& progress = *heard.progress;
    last_heard_[job.hash] = progress;
    estimator_.heard(job.hash, progress.epoch, progress.step, progress.steps,
                     job.child->wall_ms() / 1000);
    say(job, progress);
  }

  void publish(Job& job) {
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
    learn(job);
    finish(job, made.status, text);
  }

  void retry(Job& job, const Failure& failure) {
    estimator_.stopped(job.hash);
    job.last_failure.reset();
    const bool hopeless = failure.fault == Fault::user;
    if (hopeless || job.attempts >= kAttempts) {
      give_up(job, failure);
      return;
    }
    job.not_before = Clock::now() + kPause * job.attempts;
    say(job, "running", "tried again: " + failure.what);
  }

  void give_up(Job& job, const Failure& failure) {
    job.entry.not_graded = failure;
    estimator_.finished(job.hash);
    say(job, "not_graded", printable(failure.what, true));
    job.finished = true;
    job.lock.reset();
  }

  void finish(Job& job, const std::string& state, const std::string& text) {
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

  void leave(Job& job) {
    if (!job.child) return;
    job.child.reset();
    --slots_.running;
    slots_.threads -= job.threads();
    slots_.used_mib -= job.memory_mib;
  }

  Status stop() {
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

  const Paths& paths_;
  const Options& options_;
  Session session_;
  CostModel costs_;
  Slots slots_;
  Estimator estimator_;
  Clock::time_point next_estimate_ = {};
  std::vector<Job> jobs_;
  std::deque<RunPlan> added_;  ///< plans of runs that follow; jobs point here
  std::map<std::string, RunProgress> last_heard_;
};

}  // namespace

Result<std::vector<Entry>> execute(const Paths& paths, const Plan& plan, const Options& options) {
  GRADUS_TRY(Session session, Session::open(paths));
  GRADUS_CHECK(make_folder(paths.evidence()));
  remove_old_checkpoints(paths);
  Pool pool(paths, options, std::move(session));
  pool.add(plan);
  GRADUS_CHECK(pool.run());
  std::vector<Entry> entries;
  for (const PlannedRun& planned : plan.runs) entries.push_back(pool.entry(planned.run.hash()));
  return entries;
}

}  // namespace gradus::executor
