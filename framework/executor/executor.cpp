#include "framework/executor/executor.hpp"

#include "framework/core/files.hpp"
#include "framework/executor/cache.hpp"
#include "framework/executor/pool.hpp"

namespace gradus::executor {

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
