#include "grader/session.hpp"

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
    if (hooks.progress) {
      options.on_progress = [&](const executor::RunProgress& progress) {
        hooks.progress(session.prepared, progress);
      };
    }
    auto entries = executor::execute(paths, session.prepared.plan, options);
    if (hooks.cancelled && hooks.cancelled()) {
      return infrastructure_error("run", "interrupted; finished runs and epochs are kept",
                                  "call the same command again to go on");
    }
    GRADUS_TRY(session.entries, std::move(entries));
  }
  session.result = grade(session.prepared, session.entries);
  return session;
}

}  // namespace gradus::grader
