#include "framework/cli/run_lines.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string>

#include "framework/core/text.hpp"

namespace gradus::cli {
namespace {

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

std::string finished_line(const Terminal& err, const std::string& name,
                          const executor::RunProgress& progress) {
  std::string line = "  " + name + "  ";
  if (progress.state == "cached")
    return line + err.styled(Style::dim, "unchanged: evidence is there");
  if (progress.state == "done") {
    line += err.styled(Style::good, "done");
  } else if (progress.state == "stopped") {
    line += err.styled(Style::warn, "stopped after " + std::to_string(progress.epoch) + " of " +
                                        std::to_string(progress.epochs) + " epochs") +
            " (" + printable(progress.text) + ")";
  } else if (progress.state == "diverged") {
    line += err.styled(Style::warn, "diverged (a result)");
  } else {
    line += err.styled(Style::bad, progress.state == "not_graded" ? "not graded" : progress.state);
  }
  if (progress.val_accuracy) line += "  validation " + percent(*progress.val_accuracy, 1);
  line += "  " + duration(progress.wall_ms);
  if (!progress.text.empty() && progress.state != "stopped")
    line += "\n      " + printable(progress.text);
  return line;
}

}  // namespace

void RunLines::show(const Plan& plan, const executor::RunProgress& progress) {
  std::size_t widest = 0;
  for (const auto& run : plan.runs) widest = std::max(widest, run.id.size());
  std::string name = printable(plan.runs[progress.index].id);
  name.resize(std::max(widest, name.size()), ' ');
  if (progress.state == "running") {
    // What is said of a run on its way (it is tried again, waits, was damaged) is said once: as a
    // line that stays, on a terminal and in a log.
    if (!progress.text.empty())
      lines_.finish(progress.index, "  " + name + "  " + printable(progress.text));
    lines_.update(progress.index, "  " + progress_line(name, progress));
  } else {
    lines_.finish(progress.index, finished_line(terminal_, name, progress));
  }
}

std::string estimate_text(const executor::Estimate& estimate, std::time_t now) {
  std::string text = std::to_string(estimate.done) + " of " + std::to_string(estimate.runs) +
                     (estimate.runs == 1 ? " run done" : " runs done");
  // Before anything of its kind was seen, and behind the last run, there is nothing to foretell.
  if (!estimate.seconds_left || estimate.done == estimate.runs) return text;
  const std::time_t end = now + static_cast<std::time_t>(*estimate.seconds_left);
  std::tm local{};
  ::localtime_r(&end, &local);
  std::array<char, 16> clock{};
  std::strftime(clock.data(), clock.size(), "%H:%M", &local);
  return text + ", about " + duration(*estimate.seconds_left * 1000) + " left (" + clock.data() +
         ")";
}

void RunLines::show(const executor::Estimate& estimate) {
  if (estimate.runs < 2 && !estimate.seconds_left) return;
  const std::string text = "  " + estimate_text(estimate, std::time(nullptr));
  if (terminal_.interactive()) {
    lines_.update_last(text);
  } else if (!told_ && estimate.seconds_left &&
             std::chrono::steady_clock::now() - start_ > std::chrono::minutes(1)) {
    told_ = true;
    terminal_.print(text);
  }
}

}  // namespace gradus::cli
