#include "framework/executor/cache.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "framework/executor/executor.hpp"

namespace gradus::executor {

fs::path evidence_folder(const Paths& paths, const std::string& run_hash) {
  return paths.evidence() / run_hash;
}

fs::path checkpoint_folder(const Paths& paths, const std::string& trajectory_hash) {
  return paths.home / "checkpoints" / trajectory_hash;
}

void remove_old_checkpoints(const Paths& paths) {
  constexpr auto kKept = std::chrono::hours(24 * 30);
  std::error_code code;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(paths.home / "checkpoints", code)) {
    const auto changed = entry.last_write_time(code);
    if (!code && fs::file_time_type::clock::now() - changed > kKept) old.push_back(entry.path());
  }
  for (const fs::path& folder : old) static_cast<void>(remove_tree(folder));
}

CacheState inspect(const fs::path& folder, const std::string& run_hash) {
  CacheState state;
  std::error_code code;
  if (!fs::exists(fs::symlink_status(folder, code))) return state;
  state.kind = CacheState::Kind::damaged;
  const auto read = read_evidence(folder);
  if (!read.ok()) {
    state.reason = printable(read.error().where + " " + read.error().what);
    return state;
  }
  const Evidence& evidence = read->evidence;
  if (evidence.run_hash != run_hash) {
    state.reason = "it belongs to the run " + printable(evidence.run_hash, false, 80);
    return state;
  }
  for (const auto& [name, score] : evidence.scores) {
    const fs::path file = folder / (name + "_logits.npy");
    const auto wanted =
        static_cast<std::uintmax_t>(std::max<std::int64_t>(score.count, 0) *
                                    static_cast<std::int64_t>(score.confusion.size()) * 4);
    const std::uintmax_t size = fs::file_size(file, code);
    if (code || size < wanted) {
      state.reason = file.filename().string() + " is missing or cut short";
      return state;
    }
  }
  state.kind = CacheState::Kind::whole;
  state.status = evidence.status;
  return state;
}

CacheState look_up(const Paths& paths, const std::string& run_hash) {
  return inspect(evidence_folder(paths, run_hash), run_hash);
}

std::vector<bool> cached(const Paths& paths, const Plan& plan) {
  std::vector<bool> out;
  std::map<std::string, bool> known;
  for (const PlannedRun& planned : plan.runs) {
    const std::string hash = planned.run.hash();
    if (!known.contains(hash)) known[hash] = look_up(paths, hash).kind == CacheState::Kind::whole;
    out.push_back(known[hash]);
  }
  return out;
}

Status set_aside(const Paths& paths, const std::string& run_hash) {
  const fs::path parent = paths.home / "set-aside";
  GRADUS_CHECK(make_folder(parent, 0700));
  GRADUS_TRY(const fs::path place, make_temporary_folder(parent, run_hash.substr(0, 16)));
  std::error_code code;
  fs::rename(evidence_folder(paths, run_hash), place / "evidence", code);
  if (code) {
    return infrastructure_error(evidence_folder(paths, run_hash).string(),
                                "cannot be set aside: " + code.message());
  }
  return {};
}

}  // namespace gradus::executor
