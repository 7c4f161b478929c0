#include "framework/executor/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "framework/core/text.hpp"
#include "framework/sandbox/tree.hpp"

extern char** environ;

namespace gradus::executor {
namespace {

/// A supervisor's line is short; one that is not is dropped.
constexpr std::size_t kMaxLine = 256 * 1024;

/// Our environment, with the two variables that decide where the supervisor looks.
std::vector<std::string> environment(const Paths& paths) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!text.starts_with("GRADUS_HOME=") && !text.starts_with("GRADUS_PREFIX="))
      out.push_back(text);
  }
  out.push_back("GRADUS_HOME=" + paths.home.string());
  out.push_back("GRADUS_PREFIX=" + paths.prefix.string());
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// After fork(): only calls that are safe there.
[[noreturn]] void become(char* const* argv, char* const* env, int in, int out, int err,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(3);  // the parent died between fork and prctl
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) ::signal(number, SIG_DFL);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  ::execve(argv[0], argv, env);
  ::_exit(3);
}

}  // namespace

Result<Child> Child::start(const Paths& paths, const RunPlan& plan, const fs::path& folder,
                           const fs::path& checkpoint, const std::string& gpu, bool last) {
  const fs::path program = paths.program("gradus-supervisor");
  if (::access(program.c_str(), X_OK) != 0) {
    return infrastructure_error(program.string(), "the supervisor program is missing",
                                "install Gradus again ('./gradus setup')");
  }
  GRADUS_CHECK(make_folder(folder, 0700));
  GRADUS_CHECK(make_folder(folder / "staging", 0700));
  GRADUS_CHECK(write_file(folder / "plan.json", to_json(plan).dump()));
  const Fd in(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Fd err(::open((folder / "errors").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!in.valid() || !err.valid()) return system_error(folder.string(), "open", errno);
  GRADUS_TRY(Pipe out, make_pipe());
  ::fcntl(out.read.get(), F_SETFL, O_NONBLOCK);

  std::vector<std::string> arguments = {program.string(), "--plan", (folder / "plan.json").string(),
                                        "--staging", (folder / "staging").string()};
  arguments.insert(arguments.end(), {"--checkpoint", checkpoint.string()});
  if (!gpu.empty()) arguments.insert(arguments.end(), {"--gpu", gpu});
  if (last) arguments.insert(arguments.end(), {"--attempt", "last"});
  std::vector<std::string> variables = environment(paths);
  const auto argv = pointers(arguments), env = pointers(variables);
  const pid_t self = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return system_error(program.string(), "fork", errno);
  if (pid == 0) become(argv.data(), env.data(), in.get(), out.write.get(), err.get(), self);
  ::setpgid(pid, pid);  // also here: whoever is first
  return Child(pid, std::move(out.read), folder);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)),
      folder_(std::move(other.folder_)),
      buffer_(std::move(other.buffer_)),
      status_(other.status_),
      awake_(other.awake_) {}

Child::~Child() {
  if (pid_ <= 0 || ended()) return;
  ::kill(-pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

std::vector<std::string> Child::take() {
  char chunk[16 * 1024];
  for (;;) {
    const ssize_t count = ::read(output_.get(), chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    buffer_.append(chunk, static_cast<std::size_t>(count));
  }
  std::vector<std::string> lines;
  for (std::size_t end; (end = buffer_.find('\n')) != std::string::npos;
       buffer_.erase(0, end + 1)) {
    lines.push_back(buffer_.substr(0, end));
  }
  if (buffer_.size() > kMaxLine) buffer_.clear();
  return lines;
}

std::optional<int> Child::ended() {
  awake_.step();
  if (status_ || pid_ <= 0) return status_;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

double Child::memory_mib() const {
  return static_cast<double>(sandbox::usage_of(sandbox::processes_below(pid_)).rss_kib) / 1024;
}

void Child::stop() {
  if (!ended()) ::kill(pid_, SIGTERM);
}

std::string Child::errors() const {
  constexpr std::size_t kKept = 2000;
  const auto text = read_file(folder_ / "errors");
  if (!text.ok()) return "";
  return printable(text->size() > kKept ? text->substr(text->size() - kKept) : *text, true);
}

}  // namespace gradus::executor
