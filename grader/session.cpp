#include "grader/session.hpp"

#include "grader/lab_fault.hpp"
#include "grader/stop_arms/staged.hpp"

namespace gradus::grader {

Result<Session> run_session(const Paths& paths, Prepared prepared, int jobs, bool fresh,
                            const Hooks& hooks) {
  Session session;
  session.prepared = std::move(prepared);
  if (!session.prepared.failure) {
    executor::Options options;
    options.jobs = jobs;
    options.fresh = fresh;
    options.cancelled = hooks.cancelled;
    options.on_estimate = hooks.estimate;
    Staged staged(paths, session.prepared, hooks);
    options.on_progress = [&](const executor::RunProgress& progress) { staged.progress(progress); };
    options.then = [&](const executor::Entry& entry) { return staged.then(entry); };
    const Plan first = session.prepared.plan;  // the session's own gets further meanwhile
    const auto executed = executor::execute(paths, first, options);
    if (hooks.cancelled && hooks.cancelled()) {
      return infrastructure_error("run", "interrupted; finished runs and epochs are kept",
                                  "call the same command again to go on");
    }
    if (!executed.ok()) return executed.error();
    session.entries = staged.entries();
    GRADUS_CHECK(check_references(session.prepared.lab, session.prepared.plan, session.entries));
  }
  session.result = grade(session.prepared, session.entries);
  return session;
}

}  // namespace gradus::grader
