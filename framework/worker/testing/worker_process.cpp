#include "framework/worker/testing/worker_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <span>

#include "framework/core/philox.hpp"

namespace gradus::worker::test {
namespace {

constexpr const char* kNonce = "0123456789abcdef0123456789abcdef";

int memory_file(std::span<const std::uint8_t> bytes) {
  const int fd = memfd_create("data", MFD_CLOEXEC);
  if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    std::abort();
  }
  return fd;
}

/// In the child: `from` appears as `to`. Via a high number, so that no pair tramples on another.
void place(int from, int to) {
  if (dup2(from, to) < 0) _exit(126);
}

}  // namespace

Images quadrant_images(std::int64_t count, std::uint64_t seed) {
  Images images;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::uint8_t>(
        philox(seed, Purpose::probe, 1, static_cast<std::uint64_t>(i))[0] % 4);
    images.labels.push_back(label);
    for (std::int64_t p = 0; p < 192; ++p) {
      const std::int64_t y = p / 24, x = p / 3 % 8;
      const bool bright = (y / 4) * 2 + x / 4 == label;
      const std::uint32_t noise =
          philox(seed, Purpose::probe, 2, static_cast<std::uint64_t>(i * 192 + p))[0] % 128;
      images.pixels.push_back(static_cast<std::uint8_t>(noise + (bright ? 100U : 0U)));
    }
  }
  return images;
}

RunPlan small_plan(const std::string& model) {
  RunPlan plan;
  plan.model = {"model", "submission", model, GRADUS_TEST_ZOO, "hash", {}};
  plan.recipe.epochs = 2;
  plan.recipe.batch = 32;
  plan.recipe.optimizer = {"sgd", 0.05, 0.9, false, 1e-4};
  plan.input.mean = {0.3, 0.3, 0.3};
  plan.input.std = {0.2, 0.2, 0.2};
  plan.data.name = "quadrants";
  plan.data.channels = 3;
  plan.data.height = plan.data.width = 8;
  plan.data.classes = 4;
  plan.seed = 7;
  return plan;
}

WorkerProcess::WorkerProcess(const Images* data) {
  std::signal(SIGPIPE, SIG_IGN);  // a worker that leaves early is an answer too
  auto to = make_pipe();
  auto from = make_pipe();
  if (!to.ok() || !from.ok()) std::abort();
  output_ = Fd(memory_file({}));
  Fd images, labels;
  if (data != nullptr) {
    images = Fd(memory_file(data->pixels));
    labels = Fd(memory_file(data->labels));
  }
  int fds[] = {to->read.get(), from->write.get(), images.get(), labels.get()};
  const int output = output_.get();
  pid_ = fork();
  if (pid_ == 0) {
    for (int& fd : fds) {
      if (fd >= 0) fd = fcntl(fd, F_DUPFD_CLOEXEC, 100);
    }
    const int high_output = fcntl(output, F_DUPFD_CLOEXEC, 100);
    for (int i = 0; i < 4; ++i) {
      if (fds[i] >= 0) {
        place(fds[i], 3 + i);
      } else {
        close(3 + i);
      }
    }
    place(high_output, 1);
    place(high_output, 2);
    execl(GRADUS_TEST_WORKER, "gradus-worker", nullptr);
    _exit(127);
  }
  to_ = std::move(to->write);
  from_ = std::move(from->read);
  channel_ = std::make_unique<FrameChannel>(from_.get(), to_.get());
}

WorkerProcess::~WorkerProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

void WorkerProcess::send_start(const std::string& role, const Json& plan, const Json& more) {
  Json body = {{"role", role}, {"plan", plan}};
  body.update(more);
  EXPECT_TRUE(channel_->send("start", kNonce, body).ok());
}

void WorkerProcess::write_raw(const std::string& bytes) {
  EXPECT_EQ(write(to_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
}

std::optional<Frame> WorkerProcess::next() {
  auto frame = channel_->receive(std::chrono::steady_clock::now() + std::chrono::seconds(60));
  if (!frame.ok()) {
    ADD_FAILURE() << frame.error().text();
    return std::nullopt;
  }
  if (*frame) {
    const Status known = check_message(**frame);
    EXPECT_TRUE(known.ok()) << known.error().text();
  }
  return *frame;
}

int WorkerProcess::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

std::string WorkerProcess::printed() {
  std::string text(static_cast<std::size_t>(lseek(output_.get(), 0, SEEK_END)), '\0');
  const ssize_t count = pread(output_.get(), text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return text;
}

std::vector<Json> unnumbered(std::vector<Json> claims) {
  for (Json& claim : claims) claim.erase("seq");
  return claims;
}

TrainerTalk run_trainer(const RunPlan& plan, const Images& data, const TrainerOrders& orders) {
  TrainerTalk talk;
  WorkerProcess process(&data);
  Json more = Json::object();
  if (orders.checkpoints) more["checkpoints"] = true;
  if (orders.weights != nullptr) more["resume"] = orders.weights->epoch;
  process.send_start("trainer", to_json(plan), more);
  while (const auto frame = process.next()) {
    if (frame->nonce != kNonce) ADD_FAILURE() << "nonce of " << frame->type;
    if (frame->body.contains("seq")) talk.seqs.push_back(frame->body["seq"].get<std::int64_t>());
    if (frame->type == "ready") {
      talk.ready = frame->body;
      for (const Weights* weights : {orders.weights, orders.state}) {
        if (weights == nullptr) continue;
        EXPECT_TRUE(send_weights(process.channel(), kNonce, *weights).ok());
      }
    }
    if (frame->type == "failed") talk.failed = frame->body;
    if (frame->type == "end") talk.end = frame->body;
    if (frame->type == "epoch_end") talk.epochs.push_back(frame->body);
    if (frame->type == "progress") talk.progress.push_back(frame->body);
    if (frame->type == "diverged") talk.diverged.push_back(frame->body);
    if (frame->type == "measured") {
      const std::string probe = frame->body["probe"].get<std::string>();
      EXPECT_TRUE(talk.measured.emplace(probe, frame->body["figures"]).second) << probe << " twice";
    }
    if (frame->type == "weights_begin") {
      auto weights = receive_weights(process.channel(), *frame);
      if (!weights.ok()) {
        ADD_FAILURE() << weights.error().text();
        break;
      }
      const auto verdict = orders.verdicts.find(weights->epoch);
      if (weights->at == "epoch" && verdict != orders.verdicts.end()) {
        EXPECT_TRUE(process.channel().send("verdict", kNonce, verdict->second).ok());
      }
      talk.weights.push_back(std::move(weights).value());
    }
  }
  talk.exit_code = process.wait();
  talk.printed = process.printed();
  return talk;
}

Examination::Examination(const RunPlan& plan) {
  process_.send_start("examiner", to_json(plan));
  first_ = process_.next();
}

Frame Examination::load(const Weights& weights) {
  EXPECT_TRUE(send_weights(process_.channel(), "a", weights).ok());
  return process_.next().value_or(Frame{});
}

Frame Examination::examine(const Images& images, const std::string& mode) {
  EXPECT_TRUE(process_.channel()
                  .send("examine", "b", {{"mode", mode}, {"shape", {images.count(), 8, 8, 3}}},
                        images.pixels.data(), images.pixels.size())
                  .ok());
  return process_.next().value_or(Frame{});
}

double Examination::accuracy(const Images& images) {
  const Frame answer = examine(images);
  EXPECT_EQ(answer.type, "logits");
  if (answer.type != "logits") return -1;
  const std::vector<float> logits = floats(answer);
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < images.labels.size(); ++i) {
    const auto row = logits.begin() + static_cast<std::ptrdiff_t>(4 * i);
    correct += std::max_element(row, row + 4) - row == images.labels[i] ? 1 : 0;
  }
  return static_cast<double>(correct) / static_cast<double>(images.count());
}

std::vector<float> floats(const Frame& frame) {
  std::vector<float> values(frame.payload.size() / sizeof(float));
  std::memcpy(values.data(), frame.payload.data(), values.size() * sizeof(float));
  return values;
}

}  // namespace gradus::worker::test
