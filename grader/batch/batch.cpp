// Grades a class.
//
// Theory of operation. grades.json is the one record of what is done. Before anything runs it lists
// every submission: those that an earlier call finished under the same content and plan keep their
// line; all others stand as "not graded". Each line is replaced when its submission is finished,
// its result folder and report being there already. So a kill at any instant leaves a table that is
// true, and the next call goes on where this one was; trainings that were finished come out of the
// evidence cache. A lock on the folder keeps two calls from working in it at once.

#include "grader/batch/batch.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "framework/executor/session.hpp"
#include "framework/record/points.hpp"
#include "grader/batch/csv.hpp"
#include "grader/batch/plan_hash.hpp"
#include "grader/batch/row.hpp"
#include "grader/submission/open.hpp"

namespace gradus::grader {
namespace {

constexpr const char* kResults = "results";
constexpr const char* kLock = ".lock";
constexpr const char* kTable =
    "grades.";  // grades.json, grades.csv, and what a kill leaves of them
constexpr const char* kAgain = "call the same command again";

/// Error unless the folder is absent, empty or holds grades.
Result<std::optional<Grades>> earlier_grades(const fs::path& out) {
  std::error_code error;
  const auto status = fs::symlink_status(out, error);
  if (!fs::exists(status)) return std::optional<Grades>();
  const std::string cure = "Give another folder with --out.";
  if (!fs::is_directory(status))
    return user_error(out.string(), "found a file, wanted a folder for the grades", cure);
  if (fs::exists(out / "grades.json", error)) {
    GRADUS_TRY(Grades grades, read_grades(out));
    return std::optional(std::move(grades));
  }
  for (fs::directory_iterator at(out, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name == kLock || name == kResults || name.starts_with(kTable)) continue;
    return user_error(out.string(),
                      "found a folder that holds no grades of Gradus (it has no grades.json); it "
                      "is left as it is",
                      cure);
  }
  return std::optional<Grades>();
}

/// What a killed call left: staging of results, reports and tables, whose names begin with `start`.
void remove_leftovers(const fs::path& folder, const std::string& start) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().starts_with(start)) found.push_back(at->path());
  }
  // Best effort: they do no harm where they are.
  for (const fs::path& path : found) static_cast<void>(remove_tree(path));
}

class Batch {
 public:
  Batch(const Paths& paths, const BatchRequest& request, const BatchHooks& hooks, Prepared lab,
        executor::Session scratch)
      : paths_(paths),
        request_(request),
        hooks_(hooks),
        lab_(std::move(lab)),
        scratch_(std::move(scratch)) {}

  /// The table as it stands before anything is done.
  void lay_out(const std::optional<Grades>& earlier, const std::string& plan_hash) {
    Grades& grades = outcome_.grades;
    grades.lab = lab_.lab.id;
    grades.title = lab_.lab.title;
    grades.profile = lab_.lab.profile;
    grades.sandbox = lab_.sandbox;
    grades.plan_hash = plan_hash;
    for (const auto& one : request_.request.overrides)
      grades.overrides.push_back(one.key + "=" + one.value);
    grades.items = items_of(lab_.lab, request_.request.tasks);
    std::map<std::string, const GradedSubmission*> known;
    if (earlier) {
      for (const GradedSubmission& row : earlier->submissions) known[row.name] = &row;
    }
    for (std::size_t i = 0; i < request_.submissions.size(); ++i) {
      const Submission& submission = request_.submissions[i];
      const std::string content = content_hash(submission);
      const auto at = known.find(submission.name);
      if (at != known.end() && finished(*at->second, content, plan_hash)) {
        grades.submissions.push_back(*at->second);
        outcome_.skipped.push_back(submission.name);
      } else {
        grades.submissions.push_back(open_row(submission.name, content, plan_hash));
        todo_.push_back(i);
      }
      if (at != known.end()) known.erase(at);
    }
    for (const auto& [name, row] : known) {
      grades.submissions.push_back(*row);
      outcome_.kept.push_back(name);
    }
  }

  Result<BatchOutcome> run() {
    GRADUS_CHECK(write_grades(outcome_.grades, request_.out));
    if (hooks_.planned) {
      hooks_.planned(lab_.lab, lab::expand(lab_.lab, request_.request.tasks), todo_.size(),
                     outcome_.skipped.size());
    }
    for (std::size_t n = 0; n < todo_.size() && !outcome_.interrupted; ++n) {
      const Submission& submission = request_.submissions[todo_[n]];
      GradedSubmission& row = outcome_.grades.submissions[todo_[n]];
      if (!cancelled()) {
        if (hooks_.started) hooks_.started(submission.name, n + 1, todo_.size());
        GRADUS_CHECK(grade_one(submission, row));
        GRADUS_CHECK(write_grades(outcome_.grades, request_.out));
        if (hooks_.finished) hooks_.finished(row);
      }
      outcome_.interrupted = cancelled() && row.state == GradeState::not_graded;
    }
    if (outcome_.interrupted) {
      for (const std::size_t i : todo_) {
        GradedSubmission& row = outcome_.grades.submissions[i];
        if (row.state == GradeState::not_graded) row.message = "interrupted";
      }
      GRADUS_CHECK(write_grades(outcome_.grades, request_.out));
    }
    return std::move(outcome_);
  }

 private:
  bool cancelled() const { return hooks_.run.cancelled && hooks_.run.cancelled(); }

  fs::path result_folder(const std::string& name) const { return request_.out / kResults / name; }

  bool finished(const GradedSubmission& row, const std::string& content,
                const std::string& plan) const {
    std::error_code error;
    return row.state != GradeState::not_graded && row.content_hash == content &&
           row.plan_hash == plan && fs::exists(result_folder(row.name) / "result.json", error);
  }

  GradedSubmission open_row(const std::string& name, const std::string& content,
                            const std::string& plan) const {
    GradedSubmission row = row_without_result("not reached yet");
    row.name = name;
    row.content_hash = content;
    row.plan_hash = plan;
    for (const GradedItem& item : outcome_.grades.items) {
      if (!item.bonus) row.maximum = add_points(row.maximum, item.points);
    }
    if (lab_.lab.cap > 0) row.maximum = std::min(row.maximum, lab_.lab.cap);
    return row;
  }

  /// From what was handed in to a result; an infrastructure error becomes a line, a lab's error
  /// ends everything.
  Status grade_one(const Submission& submission, GradedSubmission& row) {
    const auto start = std::chrono::steady_clock::now();
    auto session = session_of(submission);
    Status kept;
    if (session.ok()) kept = keep(*session, submission.name);
    static_cast<void>(remove_tree(scratch_.folder() / submission.name));
    const Status status = session.ok() ? kept : Status(session.error());
    std::error_code error;
    // The lab's fault would be the same for all; a folder that is gone is this one's trouble.
    if (!status.ok() && status.error().fault == Fault::user && fs::exists(submission.path, error)) {
      return status;
    }
    GradedSubmission made =
        status.ok() ? row_of(session->result, session->entries)
                    : row_without_result(status.error().where + ": " + status.error().what);
    made.name = row.name;
    made.content_hash = row.content_hash;
    made.plan_hash = row.plan_hash;
    if (status.ok()) {
      made.result = std::string(kResults) + "/" + row.name;
    } else {
      made.maximum = row.maximum;
    }
    made.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    row = std::move(made);
    return {};
  }

  Result<Session> session_of(const Submission& submission) {
    GRADUS_TRY(const sandbox::Mode mode, sandbox::mode_from_string(lab_.sandbox));
    GRADUS_TRY(const Opened opened, open_submission(paths_, mode, submission,
                                                    lab_.lab.prebuilt_allowed, scratch_.folder()));
    if (opened.rejected) {
      Prepared prepared = lab_;
      prepared.submission = submission.name;
      prepared.failure = opened.rejected;
      return run_session(paths_, std::move(prepared), request_.jobs, false, hooks_.run);
    }
    Request request = request_.request;
    request.submission = opened.folder;
    request.submission_name = submission.name;
    request.cancelled = hooks_.run.cancelled;
    GRADUS_TRY(Prepared prepared, prepare_submission(paths_, lab_, request, hooks_.run.say));
    return run_session(paths_, std::move(prepared), request_.jobs, false, hooks_.run);
  }

  Status keep(const Session& session, const std::string& name) const {
    const fs::path folder = result_folder(name);
    remove_leftovers(folder, ".report");
    Status written = write_result(session.result, session.entries, folder);
    if (!written.ok())  // a strange folder of that name is no reason to stop the others
      return infrastructure_error(written.error().where, written.error().what, kAgain);
    if (!hooks_.render) return {};
    const Status rendered = hooks_.render(folder);
    if (rendered.ok()) return {};
    return infrastructure_error("report", rendered.error().what, kAgain);
  }

  const Paths& paths_;
  const BatchRequest& request_;
  const BatchHooks& hooks_;
  const Prepared lab_;
  executor::Session scratch_;
  std::vector<std::size_t> todo_;
  BatchOutcome outcome_;
};

}  // namespace

Result<FileLock> lock_grades(const fs::path& folder) {
  auto lock = FileLock::try_acquire(folder / kLock);
  if (lock.ok()) return lock;
  return user_error(folder.string(),
                    "another call is at work in this folder (" + lock.error().what + ")",
                    "Wait for it, or give another folder.");
}

Status write_grades(const Grades& grades, const fs::path& folder) {
  GRADUS_CHECK(write_file_atomically(folder / "grades.json", to_json(grades).dump(1) + "\n"));
  return write_file_atomically(folder / "grades.csv", grades_csv(grades));
}

Result<BatchOutcome> grade_all(const Paths& paths, const BatchRequest& request,
                               const BatchHooks& hooks) {
  // Before the work, and before the folder is made.
  GRADUS_CHECK(earlier_grades(request.out));
  GRADUS_CHECK(check_writable(request.out));
  GRADUS_TRY(Prepared lab, prepare_lab(paths, request.request, hooks.run.say));
  Request common = request.request;
  common.cancelled = hooks.run.cancelled;
  GRADUS_TRY(const std::string hash, plan_hash(paths, lab, common, hooks.run.say));
  GRADUS_CHECK(make_folder(request.out / kResults));
  GRADUS_TRY(const FileLock lock, lock_grades(request.out));
  GRADUS_TRY(const std::optional<Grades> earlier, earlier_grades(request.out));
  if (earlier && earlier->lab != lab.lab.id) {
    return user_error(
        request.out.string(),
        "found grades of the lab '" + printable(earlier->lab) + "', wanted '" + lab.lab.id + "'",
        "Give another folder with --out.");
  }
  remove_leftovers(request.out / kResults, ".");
  remove_leftovers(request.out, "grades.json.new-");
  remove_leftovers(request.out, "grades.csv.new-");
  GRADUS_TRY(executor::Session scratch, executor::Session::open(paths));
  Batch batch(paths, request, hooks, std::move(lab), std::move(scratch));
  batch.lay_out(earlier, hash);
  return batch.run();
}

}  // namespace gradus::grader
