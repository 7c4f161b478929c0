// gradus-supervisor: drives one run from its plan to its evidence.
//
//   gradus-supervisor --plan FILE.json --staging DIR [--checkpoint FILE] [--gpu UUID]
//                     [--attempt last]
//
// With FILE a training goes on from what an interrupted one left there, and leaves the same itself.
// Writes the evidence files into DIR (its caller publishes the folder) and progress as JSON lines
// to standard output. Exit 0: the evidence is written, whatever the submission did. Exit 2 or 3: no
// evidence; the last line of standard output is {"failure": {...}}. It dies with its parent, and
// its workers die with it.

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>

#include "framework/core/files.hpp"
#include "framework/core/paths.hpp"
#include "framework/record/failure_json.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "framework/supervisor/failure.hpp"
#include "framework/supervisor/inputs.hpp"

namespace gradus::supervisor {
namespace {

std::atomic<bool> g_cancelled = false;  // set by the signal handler, read by Watch
static_assert(std::atomic<bool>::is_always_lock_free);

struct Arguments {
  fs::path plan, staging, checkpoint;
  std::string gpu;
  bool last_attempt = false;
};

Result<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  bool known = argc % 2 == 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--plan") {
      arguments.plan = value;
    } else if (name == "--staging") {
      arguments.staging = value;
    } else if (name == "--checkpoint") {
      arguments.checkpoint = value;
    } else if (name == "--gpu") {
      arguments.gpu = value;
    } else if (name == "--attempt" && value == "last") {
      arguments.last_attempt = true;
    } else {
      known = false;
    }
  }
  if (!known || arguments.plan.empty() || arguments.staging.empty()) {
    return user_error("gradus-supervisor", "wrong arguments",
                      "usage: gradus-supervisor --plan FILE.json --staging DIR [--checkpoint FILE] "
                      "[--gpu UUID] [--attempt last]");
  }
  return arguments;
}

Status run(int argc, char** argv) {
  GRADUS_TRY(const Arguments arguments, parse(argc, argv));
  GRADUS_TRY(const std::string text, read_file(arguments.plan, 1 << 22));
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return user_error(arguments.plan.string(), "is not JSON");
  GRADUS_TRY(const RunPlan plan, run_plan_from_json(json));
  GRADUS_TRY(const Paths paths, find_paths());
  GRADUS_TRY(OpenedInputs opened, OpenedInputs::open(plan, paths, arguments.gpu));
  opened.inputs().progress = stdout;
  opened.inputs().checkpoint = arguments.checkpoint;
  opened.inputs().cancelled = &g_cancelled;
  opened.inputs().last_attempt = arguments.last_attempt;
  GRADUS_TRY(const RunRecord record, supervise(opened.inputs()));
  GRADUS_CHECK(make_folder(arguments.staging));
  return write_record(arguments.staging, record);
}

}  // namespace
}  // namespace gradus::supervisor

int main(int argc, char** argv) {
  using namespace gradus;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sandbox::harden_self();
  struct sigaction on_term = {};
  on_term.sa_handler = [](int) { supervisor::g_cancelled = true; };
  ::sigaction(SIGTERM, &on_term, nullptr);
  ::sigaction(SIGINT, &on_term, nullptr);

  const Status status = supervisor::run(argc, argv);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.error().text().c_str());
  const Json line = {
      {"failure", to_json(supervisor::failure_from_error(status.error(), "supervise"))}};
  std::printf("%s\n", line.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  return exit_code(status.error().fault);
}
