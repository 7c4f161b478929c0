#include "framework/supervisor/worker.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "framework/core/awake_time.hpp"
#include "framework/core/text.hpp"
#include "framework/supervisor/failure.hpp"

namespace gradus::supervisor {
namespace {

/// Larger pipes: a batch of images or a weight goes over in a few writes (best effort).
constexpr int kPipeBytes = 1 << 20;

/// Marks a worker as awaited while somebody blocks on it.
class Waiting {
 public:
  explicit Waiting(std::atomic<bool>& flag) : flag_(flag) { flag_ = true; }
  ~Waiting() { flag_ = false; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::atomic<bool>& flag_;
};

std::map<std::string, std::string> environment(const WorkerSpec& spec) {
  const std::string threads = std::to_string(spec.plan.threads);
  std::map<std::string, std::string> variables = {
      {"HOME", "/tmp"},
      {"LANG", "C.UTF-8"},
      {"PATH", "/usr/bin:/bin"},
      {"TMPDIR", "/tmp"},
      {"OMP_NUM_THREADS", threads},
      {"MKL_NUM_THREADS", threads},
      {"OPENBLAS_NUM_THREADS", threads},
      // Threads that wait for each other spin for long by default: beside anything else that wants
      // the cores, that made a run of two threads eight times slower. Hardly at all, and each of a
      // small network's many short loops waits for the kernel to wake a thread: an epoch of
      // SimpleNN on two free cores took 3.8-6.1 s with 1,000, 2.9-3.3 with 3,000 or more; beside
      // two busy processes it took 6 % longer with 3,000 and half as long again with 10,000.
      {"GOMP_SPINCOUNT", "3000"}};
  if (spec.plan.engine == "stock") {
    variables["GRADUS_HEAP"] = "stock";  // worker/heap.hpp
  } else {
    // Transparent huge pages for the heap: 2-4 % of a train step.
    variables["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1";
  }
  if (!spec.gpu) return variables;
  variables["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
  // Whatever its number on this machine, it is the only one that the worker sees.
  variables["CUDA_VISIBLE_DEVICES"] = spec.gpu->uuid.empty() ? "0" : spec.gpu->uuid;
  variables["CUDA_CACHE_DISABLE"] = "1";  // there is no home to keep compiled kernels in
  // Without it cuBLAS gives results that differ from run to run.
  variables["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8";
  // Where some containers put the driver's library, which the loader's cache does not know.
  for (const char* folder : {"/usr/local/nvidia/lib64", "/usr/lib/wsl/lib"})
    if (fs::exists(fs::path(folder) / "libcuda.so.1")) variables["LD_LIBRARY_PATH"] = folder;
  return variables;
}

sandbox::Limits limits_of(const WorkerSpec& spec) {
  constexpr double kLeast = 1;
  const RunPlan& plan = spec.plan;
  sandbox::Limits limits;
  limits.cpu_s =
      std::max(kLeast, static_cast<double>(plan.limits.cpu_s) - spec.spent_cpu_ms / 1000);
  limits.wall_s =
      std::max(kLeast, static_cast<double>(plan.limits.wall_s) - spec.spent_wall_ms / 1000);
  limits.memory_mib = plan.limits.memory_mib;
  limits.scratch_mib = plan.limits.scratch_mib;
  // OpenMP gives every thread that computes a team of its own: LibTorch computes in the main one
  // and may in a second (autograd's), a plugin in one more. The rest is for whatever the plan.
  limits.processes += 3 * std::max<std::int64_t>(1, plan.threads);
  if (spec.gpu) limits.open_files = 1024;  // CUDA opens a GPU's files dozens of times
  return limits;
}

}  // namespace

Error tampered(const std::string& what) {
  return submission_error(kTampered, what, "a plugin must leave the worker's descriptors alone");
}

Result<sandbox::Spec> confinement(const WorkerSpec& spec) {
  if (!fs::exists(spec.program)) {
    return infrastructure_error(spec.program.string(), "the worker program is missing",
                                "install Gradus again ('./gradus setup')");
  }
  sandbox::Spec confined;
  GRADUS_TRY(confined.mode, sandbox::mode_from_string(spec.plan.sandbox));
  confined.argv = {spec.program.string()};
  confined.env = environment(spec);
  confined.mounts = spec.mounts;
  confined.limits = limits_of(spec);
  if (spec.gpu) confined.devices.assign(spec.gpu->nodes.begin(), spec.gpu->nodes.end());
  confined.may_exec = false;
  confined.layers_for_test = spec.layers_for_test;
  return confined;
}

Result<std::unique_ptr<Worker>> Worker::start(const WorkerSpec& spec,
                                              const std::string& run_nonce) {
  GRADUS_TRY(sandbox::Spec confined, confinement(spec));
  GRADUS_TRY(Pipe to, make_pipe());
  GRADUS_TRY(Pipe from, make_pipe());
  ::fcntl(to.write.get(), F_SETPIPE_SZ, kPipeBytes);
  ::fcntl(from.read.get(), F_SETPIPE_SZ, kPipeBytes);

  confined.fds = {{to.read.get(), 3}, {from.write.get(), 4}};
  confined.fds.insert(confined.fds.end(), spec.data_fds.begin(), spec.data_fds.end());
  GRADUS_TRY(sandbox::Process process, sandbox::Process::start(confined));
  to.read.reset();
  from.write.reset();

  std::unique_ptr<Worker> worker(
      new Worker(spec, run_nonce, std::move(to.write), std::move(from.read), std::move(process)));
  // A worker that is dead already shows itself at the first receive().
  Json body = {{"role", spec.role}, {"plan", to_json(spec.plan)}};
  if (spec.checkpoints) body["checkpoints"] = true;
  if (spec.resume_epoch > 0) body["resume"] = spec.resume_epoch;
  static_cast<void>(worker->send("start", run_nonce, body));
  return worker;
}

Worker::Worker(WorkerSpec spec, std::string run_nonce, Fd to, Fd from, sandbox::Process process)
    : role_(std::move(spec.role)),
      run_nonce_(std::move(run_nonce)),
      limits_(spec.plan.limits),
      gpu_(spec.gpu ? spec.gpu->name + ", " + spec.gpu->uuid : ""),
      gpu_answers_(std::move(spec.gpu_answers)),
      kernel_kills_(spec.last_attempt ? kernel_kills() : std::nullopt),
      to_worker_(std::move(to)),
      from_worker_(std::move(from)),
      channel_(from_worker_.get(), to_worker_.get(), spec.payload_limit),
      process_(std::move(process)) {
  waiter_ = std::thread([this] {
    sandbox::Outcome outcome = process_.wait();
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    ended_.notify_all();
  });
}

Worker::~Worker() {
  process_.kill();
  waiter_.join();
}

Error Worker::stream_error(const Error& error) const {
  // Cannot send or receive, or an end in the midst of something: what the process died of will say.
  if (error.fault == Fault::infrastructure || error.what.starts_with("the stream ended")) {
    return submission_error(kStreamEnded, error.what);
  }
  return tampered("the " + role_ + " sent " + error.what);
}

Result<Frame> Worker::receive(const std::string& nonce) {
  const Waiting waiting(awaited_);
  auto received = channel_.receive();
  ++exchanges_;
  if (!received.ok()) return stream_error(received.error());
  if (!received->has_value()) return submission_error(kStreamEnded, "the stream ended");
  Frame frame = std::move(**received);
  if (const Status checked = check_message(frame); !checked.ok()) {
    return tampered("the " + role_ + " sent " + checked.error().what);
  }
  // "failed" and "end" may carry the run's nonce, whatever was asked last.
  const bool failed = frame.type == "failed";
  const bool last_word = failed || frame.type == "end";
  if (frame.nonce != nonce && !(last_word && frame.nonce == run_nonce_)) {
    return tampered("the " + role_ + " sent '" + frame.type +
                    "' with a nonce that was not asked for");
  }
  if (failed) {
    said_ = failure_from_frame(frame);
    return submission_error(kStreamEnded, said_->what);
  }
  return frame;
}

Result<Frame> Worker::expect(const std::string& type, const std::string& nonce) {
  GRADUS_TRY(Frame frame, receive(nonce));
  if (frame.type != type) {
    return tampered("the " + role_ + " sent '" + frame.type + "', wanted '" + type + "'");
  }
  return frame;
}

Result<Frame> Worker::expect_ready() {
  GRADUS_TRY(Frame frame, expect("ready", run_nonce_));
  ready_ = true;
  set_phase("construct");
  return frame;
}

Status Worker::send(const std::string& type, const std::string& nonce, const Json& body,
                    const void* payload, std::uint64_t payload_size) {
  const Waiting waiting(awaited_);
  const Status sent = channel_.send(type, nonce, body, payload, payload_size);
  ++exchanges_;
  if (!sent.ok()) return stream_error(sent.error());
  return {};
}

Status Worker::send_weights(const std::string& nonce, const Weights& weights) {
  const Waiting waiting(awaited_);
  const Status sent = gradus::send_weights(channel_, nonce, weights);
  ++exchanges_;
  if (!sent.ok()) return stream_error(sent.error());
  return {};
}

Result<Weights> Worker::receive_weights(const Frame& begin, const WeightLimits& limits) {
  const Waiting waiting(awaited_);
  auto weights = gradus::receive_weights(channel_, begin, limits);
  ++exchanges_;
  if (!weights.ok() && weights.error().where == "failed") {
    said_ = Failure{Fault::submission, "ERROR", phase(), printable(weights.error().what), ""};
    return submission_error(kStreamEnded, said_->what);
  }
  if (!weights.ok()) return stream_error(weights.error());
  return weights;
}

void Worker::send_if_room(const std::string& type, const std::string& nonce, const Json& body) {
  // A writable pipe takes PIPE_BUF bytes at once; these frames are far smaller.
  pollfd polled{to_worker_.get(), POLLOUT, 0};
  if (::poll(&polled, 1, 0) == 1 && (polled.revents & POLLOUT) != 0) {
    static_cast<void>(channel_.send(type, nonce, body));
  }
}

Status Worker::expect_silence() {
  const Waiting waiting(awaited_);
  auto received = channel_.receive();
  ++exchanges_;
  if (received.ok() && !received->has_value()) return {};
  if (received.ok())
    return tampered("the " + role_ + " sent '" + (*received)->type + "' after its end");
  return stream_error(received.error());
}

void Worker::set_phase(std::string phase) {
  const std::lock_guard lock(mutex_);
  phase_ = std::move(phase);
}

std::string Worker::phase() const {
  const std::lock_guard lock(mutex_);
  return phase_;
}

void Worker::kill(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (killed_for_.empty() && !outcome_) killed_for_ = why;
  }
  process_.kill();
}

const sandbox::Outcome& Worker::finish() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return outcome_.has_value(); });
  return *outcome_;
}

const sandbox::Outcome& Worker::finish_within(double patience_ms) {
  // Counted as Watch does it: a pause of ours, and a core that it wants and does not get, are none
  // of its own. What it computes counts, or it could go on for ever.
  constexpr double kLookMs = 50;
  AwakeTime awake(std::chrono::milliseconds(150));
  double spent_ms = 0, cpu_before_ms = cpu_ms();
  std::unique_lock lock(mutex_);
  while (!outcome_ && spent_ms < patience_ms) {
    ended_.wait_for(lock, std::chrono::duration<double, std::milli>(kLookMs),
                    [this] { return outcome_.has_value(); });
    lock.unlock();
    const double step_ms = awake.step(), now_ms = cpu_ms();
    spent_ms += at_work() ? std::min(step_ms, now_ms - cpu_before_ms) : step_ms;
    cpu_before_ms = now_ms;
    lock.lock();
  }
  lock.unlock();
  kill("it did not end by itself");
  return finish();
}

Failure Worker::failure(const Error& error) {
  // The stream of a worker that failed by its own words, or whose pipe is closed, ends soon; one
  // that talked nonsense is not listened to any longer.
  constexpr double kPatience = 5000;
  EndOfWorker end;
  end.outcome = error.where == kStreamEnded ? finish_within(kPatience) : finish_within(0);
  end.gpu = gpu_;
  end.gpu_answers = gpu_.empty() || !gpu_answers_ || gpu_answers_();
  end.kills_are_its_own = kernel_kills_ && kernel_kills() == kernel_kills_;
  const std::lock_guard lock(mutex_);
  end.role = role_;
  end.phase = phase_;
  end.ready = ready_;
  end.said = said_;
  end.killed_for = killed_for_;
  end.limits = limits_;
  end.error = error;
  return classify(end);
}

WorkerObserved Worker::observed() {
  const sandbox::Outcome& outcome = finish();
  WorkerObserved seen;
  seen.role = role_;
  seen.exit_code = outcome.exit_code;
  seen.signal = outcome.signal;
  seen.wall_ms = outcome.wall_ms;
  seen.cpu_ms = outcome.cpu_ms;
  seen.rss_kib = outcome.rss_kib;
  return seen;
}

double Worker::cpu_ms() { return process_.cpu_ms(); }

double Worker::wall_ms() { return process_.wall_ms(); }

bool Worker::at_work() { return process_.at_work(); }

}  // namespace gradus::supervisor
