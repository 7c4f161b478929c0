#include "framework/cli/session.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <map>

#include "framework/core/text.hpp"

namespace gradus::cli {
namespace {

std::atomic<bool> interrupted = false;
void on_interrupt(int) { interrupted = true; }

// While it lives, Ctrl-C asks the executor to stop its workers instead of ending us at once.
class InterruptGuard {
 public:
  InterruptGuard() {
    interrupted = false;
    old_int_ = std::signal(SIGINT, on_interrupt);
    old_term_ = std::signal(SIGTERM, on_interrupt);
  }
  ~InterruptGuard() {
    std::signal(SIGINT, old_int_);
    std::signal(SIGTERM, old_term_);
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  void (*old_int_)(int);
  void (*old_term_)(int);
};

std::string bar(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(width) + .5);
  std::string out;
  for (std::size_t i = 0; i < width; ++i) out += i < full ? "█" : "░";
  return out;
}

// "lr_sweep/optimizer.lr=0.1  ██████░░░░  epoch 12/30  loss 1.234  val 65.2 %  1 min 3 s"
std::string progress_line(const std::string& name, const executor::RunProgress& progress) {
  std::string line = name + "  ";
  if (progress.epochs > 0) {
    const double within = progress.steps > 0 ? static_cast<double>(progress.step) /
                                                   static_cast<double>(progress.steps)
                                             : 0;
    const double done =
        (static_cast<double>(std::max<std::int64_t>(progress.epoch - 1, 0)) + within) /
        static_cast<double>(progress.epochs);
    line += bar(std::min(done, 1.0), 12) + "  epoch " + std::to_string(progress.epoch) + "/" +
            std::to_string(progress.epochs);
  }
  if (progress.loss) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "  loss %.3f", *progress.loss);
    line += text.data();
  }
  if (progress.val_accuracy) line += "  validation " + percent(*progress.val_accuracy, 1);
  return line + "  " + duration(progress.wall_ms);
}

std::string finished_line(const Context& context, const std::string& name,
                          const executor::RunProgress& progress) {
  const auto& err = context.err;
  std::string line = "  " + name + "  ";
  if (progress.state == "cached")
    return line + err.styled(Style::dim, "unchanged: evidence is there");
  if (progress.state == "done") {
    line += err.styled(Style::good, "done");
  } else if (progress.state == "diverged") {
    line += err.styled(Style::warn, "diverged (a result)");
  } else {
    line += err.styled(Style::bad, progress.state == "not_graded" ? "not graded" : progress.state);
  }
  if (progress.val_accuracy) line += "  validation " + percent(*progress.val_accuracy, 1);
  line += "  " + duration(progress.wall_ms);
  if (!progress.text.empty()) line += "\n      " + printable(progress.text);
  return line;
}

Result<std::vector<executor::Entry>> execute(Context& context, const grader::Prepared& prepared,
                                             const SessionOptions& options) {
  LiveLines lines(context.err);
  std::size_t widest = 0;
  for (const auto& run : prepared.plan.runs) widest = std::max(widest, run.id.size());
  const InterruptGuard guard;
  executor::Options wanted;
  wanted.jobs = options.jobs;
  wanted.fresh = options.fresh;
  wanted.cancelled = [] { return interrupted.load(); };
  wanted.on_progress = [&](const executor::RunProgress& progress) {
    std::string name = printable(prepared.plan.runs[progress.index].id);
    name.resize(std::max(widest, name.size()), ' ');
    if (progress.state == "running") {
      lines.update(progress.index, "  " + progress_line(name, progress));
    } else {
      lines.finish(progress.index, finished_line(context, name, progress));
    }
  };
  auto entries = executor::execute(context.paths, prepared.plan, wanted);
  lines.close();
  if (interrupted) {
    return infrastructure_error("run", "interrupted; finished runs and epochs are kept",
                                "call the same command again to go on");
  }
  return entries;
}

}  // namespace

Result<Session> run_session(Context& context, const SessionOptions& options) {
  const auto say = [&](const std::string& line) { context.err.print(printable(line)); };
  GRADUS_TRY(auto prepared, grader::prepare(context.paths, options.request, say));
  Session session;
  session.prepared = std::move(prepared);
  if (!session.prepared.failure) {
    GRADUS_TRY(session.entries, execute(context, session.prepared, options));
  }
  session.result = grader::grade(session.prepared, session.entries);
  return session;
}

void print_rubric(const Context& context, const LabResult& result) {
  const auto& out = context.out;
  out.print("");
  out.print(out.styled(Style::bold, printable(result.title)) + "  " + printable(result.submission) +
            ", profile " + result.profile);
  Table table{
      {"Item", "Points", "Verdict", "Found", "Wanted"}, {}, {}, {false, true, false, false, false}};
  for (const auto& item : result.rubric) {
    const Style style = item.verdict == "pass"   ? Style::good
                        : item.verdict == "fail" ? Style::bad
                                                 : Style::warn;
    const std::string verdict = item.verdict == "not_graded" ? "not graded" : item.verdict;
    table.rows.push_back(
        {printable(item.title.empty() ? item.id : item.title),
         number(item.points) + " / " + number(item.max_points) + (item.bonus ? " bonus" : ""),
         verdict, printable(item.found), printable(item.wanted)});
    table.styles.push_back({Style::plain, Style::plain, style, Style::plain, Style::dim});
  }
  out.write(table.render(out));
  out.print(
      "  " +
      out.styled(Style::bold, "Score " + number(result.score) + " of " + number(result.max_score)) +
      (result.sandbox == "full" ? "" : "   (sandbox: " + result.sandbox + ")"));
  if (result.failure) {
    out.print(out.styled(Style::bad, "  " + result.failure->code) + " in " +
              printable(result.failure->phase) + ": " + printable(result.failure->what, true));
    if (!result.failure->cure.empty())
      out.print("  to do: " + printable(result.failure->cure, true));
    return;
  }
  for (const auto& item : result.rubric) {
    if (item.verdict == "pass" || item.feedback.empty()) continue;
    out.print("  " + out.styled(Style::warn, printable(item.title.empty() ? item.id : item.title)) +
              ": " + printable(item.feedback, true));
  }
}

int session_exit_code(const LabResult& result) {
  int code = 0;
  if (result.state == "not_graded") return 3;
  if (result.state != "graded") return 1;
  for (const auto& item : result.rubric) {
    if (item.verdict == "not_graded") return 3;
    if (!item.bonus && item.points < item.max_points) code = 1;
  }
  return code;
}

std::vector<std::string> report_files(const std::filesystem::path& folder, bool pdf) {
  std::vector<std::string> files = {(folder / "report.html").string()};
  if (pdf) files.push_back((folder / "report.pdf").string());
  return files;
}

}  // namespace gradus::cli
