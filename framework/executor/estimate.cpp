#include "framework/executor/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/executor/schedule.hpp"

namespace gradus::executor {
namespace {

/// To start two programs with LibTorch, and to end them.
constexpr double kAround = 1;
/// Of the data sets that courses use; a plan does not say.
constexpr double kTestImages = 10'000;
/// Seen for a shorter time, a speed says little.
constexpr double kLeastSeconds = 3;
/// A machine that is slower or faster than this has changed; so has the network.
constexpr double kMostPace = 4;

/// What is examined once training is over, in training images.
double cost_of_end(const RunPlan& plan) {
  if (plan.kind == "probe") return 0;
  return examination_cost(static_cast<double>(plan.exam_train_images) +
                          kTestImages * (plan.exam_mirror ? 2 : 1));
}

/// What runs will take beside one another, in seconds or in images.
std::vector<double> expected_costs(const std::vector<const RunPlan*>& plans,
                                   const CostModel& model) {
  std::vector<double> images, seconds;
  bool known = true;
  for (const RunPlan* plan : plans) {
    const auto speed = model.seconds_an_image(*plan);
    if (!speed && plan->kind != "probe") known = false;
    images.push_back(cost(*plan) + cost_of_end(*plan));
    seconds.push_back(kAround + images.back() * speed.value_or(0));
  }
  return known ? seconds : images;
}

}  // namespace

std::vector<std::size_t> starting_order(const std::vector<const RunPlan*>& plans,
                                        const CostModel& model) {
  const std::vector<double> costs = expected_costs(plans, model);
  std::vector<std::size_t> order(plans.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const bool a_probes = plans[a]->kind == "probe", b_probes = plans[b]->kind == "probe";
    return a_probes != b_probes ? a_probes : costs[a] > costs[b];
  });
  return order;
}

void Estimator::add(const std::string& hash, const RunPlan& plan, std::int64_t after_epoch) {
  if (!runs_.contains(hash)) order_.push_back(hash);
  runs_[hash].images = runs_[hash].before = cost_until(plan, after_epoch + 1, 0, 1);
  runs_[hash].plan = &plan;
  runs_[hash].network = network_key(plan);
}

void Estimator::heard(const std::string& hash, std::int64_t epoch, std::int64_t step,
                      std::int64_t steps, double seconds) {
  Run& run = runs_[hash];
  if (run.plan == nullptr || epoch < 1) return;
  const double images = cost_until(*run.plan, epoch, step, steps);
  if (!run.heard) {
    run.heard = true;
    run.first_images = images;
    run.first_seconds = seconds;
  }
  run.images = images;
  run.seconds = seconds;
}

void Estimator::started(const std::string& hash) { runs_[hash].running = true; }

void Estimator::stopped(const std::string& hash) {
  Run& run = runs_[hash];
  run.running = run.heard = false;
  run.images = run.before;
  run.seconds = 0;
}

void Estimator::finished(const std::string& hash) {
  runs_[hash].running = false;
  runs_[hash].finished = true;
}

std::optional<double> Estimator::own_speed(const Run& run) {
  const double images = run.images - run.first_images, seconds = run.seconds - run.first_seconds;
  if (!run.heard || images <= 0 || seconds < kLeastSeconds) return std::nullopt;
  return seconds / images;
}

std::optional<std::pair<double, double>> Estimator::seen(const std::string& hash) const {
  const auto at = runs_.find(hash);
  if (at == runs_.end() || !own_speed(at->second)) return std::nullopt;
  const Run& run = at->second;
  return std::pair(run.images - run.first_images, run.seconds - run.first_seconds);
}

std::optional<double> Estimator::speed(const Run& run, double pace) const {
  if (const auto own = own_speed(run)) return own;
  double same = 0, all = 0;
  int same_count = 0, all_count = 0;
  for (const auto& [hash, other] : runs_) {
    if (other.plan == nullptr || other.plan->kind != run.plan->kind) continue;
    const auto own = own_speed(other);
    if (!own) continue;
    all += *own;
    ++all_count;
    if (run.network != other.network) continue;
    same += *own;
    ++same_count;
  }
  if (same_count > 0) return same / same_count;
  if (const auto remembered = model_.seconds_an_image(*run.plan)) return *remembered * pace;
  if (all_count > 0) return all / all_count;
  return std::nullopt;
}

double Estimator::pace() const {
  double sum = 0;
  int count = 0;
  for (const auto& [hash, run] : runs_) {
    if (!run.running) continue;
    const auto own = own_speed(run);
    const auto remembered = own ? model_.seconds_an_image(*run.plan) : std::nullopt;
    if (!remembered) continue;
    sum += std::log(*own / *remembered);
    ++count;
  }
  return count == 0 ? 1 : std::clamp(std::exp(sum / count), 1 / kMostPace, kMostPace);
}

Estimate Estimator::now() const {
  Estimate estimate;
  estimate.runs = runs_.size();
  std::vector<Pending> pending;
  bool known = true;
  const double pace = this->pace();
  for (const auto& [hash, run] : runs_) estimate.done += run.finished ? 1 : 0;
  for (const std::string& hash : order_) {
    const Run& run = runs_.at(hash);
    if (run.finished) continue;
    const double left = cost(*run.plan) - run.images + cost_of_end(*run.plan);
    const auto seconds = speed(run, pace);
    // Probes take seconds; a training of unknown speed could take anything.
    if (!seconds && run.plan->kind != "probe") known = false;
    pending.push_back({left * seconds.value_or(0) + (run.heard ? 0 : kAround),
                       static_cast<int>(std::max<std::int64_t>(1, run.plan->threads)),
                       run.running});
  }
  if (known) estimate.seconds_left = makespan(pending, jobs_, cores_);
  return estimate;
}

}  // namespace gradus::executor
