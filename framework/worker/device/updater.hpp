#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "framework/worker/device/device.hpp"
#include "framework/worker/train/updater.hpp"

namespace gradus::worker {

/// All optimizers on a device: the rules of Sgd, Adaptive and Muon, one call for all parameters,
/// rates and counters in the device's memory, so that a step can be recorded. Its memory has the
/// same names and shapes as theirs: a checkpoint of one goes on in the other. Computed in float32;
/// a parameter of another dtype or layout takes part through such a copy.
class DeviceUpdater : public Updater {
 public:
  /// `parameters` lie on the device; `cursor` and `rates` (float64, one a step of an epoch) live
  /// longer than this object and stay where they are.
  DeviceUpdater(std::vector<torch::Tensor> parameters, const Optimizer& options, Device& device,
                const Cursor* cursor, const double* rates);

  void zero_grad() override;
  void step() override;
  void set_lr(double) override {}  // rates are the device's
  std::vector<StateTensor> state() const override;
  Status restore(const std::vector<StateTensor>& state) override;

 private:
  /// What a parameter's memory is called: {"velocity"} or {"first", "second"} or nothing.
  std::vector<std::string> names() const;

  std::vector<torch::Tensor> parameters_;
  Device& device_;
  Optimizer options_;
  std::vector<bool> hidden_;  // muon's hidden weights
  UpdateJob job_;
  std::vector<torch::Tensor> first_, second_;  // of each parameter; undefined where not needed
  torch::Tensor steps_, factors_;
};

}  // namespace gradus::worker
