#include "framework/worker/device/emulated.hpp"

#include <utility>

namespace gradus::worker {
namespace {

class CalledAgain : public StepGraph {
 public:
  std::string capture(const std::function<std::string()>& step) override {
    step_ = step;
    return "";
  }
  void replay() override { step_(); }

 private:
  std::function<std::string()> step_;
};

class Emulated : public Device {
 public:
  c10::Device place() const override { return c10::Device(c10::kCPU); }
  std::map<std::string, std::string> facts() const override { return {{"name", "emulated"}}; }
  void seed(std::uint64_t) override {}  // the CPU's generator, which the trainer has seeded

  void fill(const FillJob& job) override {
    for (std::int64_t i = 0; i < job.count; ++i) {
      for (std::int64_t y = 0; y < job.shown.height; ++y) {
        for (std::int64_t x = 0; x < job.shown.width; ++x) fill_pixel(job, i, y, x);
      }
    }
  }

  void tally(const float* loss, const std::int64_t* correct, std::int64_t count,
             Cursor* cursor) override {
    tally_step(*loss, *correct, count, *cursor);
  }

  void update(const UpdateJob& job, std::span<const UpdateTensor> tensors) override {
    for (const UpdateTensor& tensor : tensors) begin_update(job, tensor);
    if (job.cursor->halted_at >= 0) return;
    for (const UpdateTensor& tensor : tensors) {
      const AdaptiveFactors factors = job.factors[tensor.index];
      for (std::int64_t i = 0; i < tensor.n; ++i) update_value(job.rule, tensor, factors, i);
    }
  }

  void advance(Cursor* cursor) override { ++cursor->step; }

  std::unique_ptr<StepGraph> graph() override { return std::make_unique<CalledAgain>(); }
};

}  // namespace

std::unique_ptr<Device> emulated_device() { return std::make_unique<Emulated>(); }

}  // namespace gradus::worker
