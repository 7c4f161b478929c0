#pragma once

// Which arms of a sweep go on from a rung: pure functions of what the examiner found.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/lab/lab.hpp"
#include "framework/record/evidence.hpp"

namespace gradus::grader {

/// Best validation accuracy of a run in the epochs up to a rung; recomputed, never claimed. None
/// where it had diverged or failed by then. The evidence may reach beyond the rung.
std::optional<double> figure_at(const Evidence& evidence, std::int64_t rung);

/// Whether the evidence tells how the run stood at a rung.
bool reaches(const Evidence& evidence, std::int64_t rung);
/// Training ended there for a reason of its own: it diverged, failed, or its recipe stopped it.
bool over(const Evidence& evidence);
/// Its recipe had stopped it by the rung: nothing is left to train, and what it reached stays.
/// Asked of evidence that reaches beyond the rung it says the same.
bool ended_by(const Evidence& evidence, std::int64_t rung);

/// The mean over an arm's trials; none where one of them has none.
std::optional<double> mean_figure(const std::vector<std::optional<double>>& trials);

/// What becomes of an arm at a rung.
struct ArmDecision {
  bool goes_on = false;
  std::size_t place = 0;  ///< 1: the best; arms without a figure come last
  std::string why;        ///< where it stops: "halving: 5th of 8, best two go on"
};

/// One decision an arm, same order. Arms without a figure never go on. Halving: the best
/// floor(keep × arms), at least one; on ties the arm that the lab names first. Median: those not
/// below the median of the figures that there are. Where no arm has a figure none goes on.
std::vector<ArmDecision> decide(const lab::StopArms& stop,
                                const std::vector<std::optional<double>>& figures);

}  // namespace gradus::grader
