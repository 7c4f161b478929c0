#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"

namespace gradus::supervisor {

/// Which images are shown in which request. Every image of 0..count-1 appears, and a small share of
/// them once more in a later batch: their answers must agree (a model whose answer depends on the
/// other images of the batch is seen to). Only an image's first answer counts.
struct ExamOrder {
  std::vector<std::vector<std::uint32_t>> batches;
};

inline constexpr std::uint32_t kExamBatch = 256;

/// Order of one examination: a function of (secret, run hash, what is examined, count) only, so
/// that equal plans give equal evidence on one machine while no plugin can foresee it.
ExamOrder make_exam_order(const std::string& secret, const std::string& run_hash,
                          const std::string& subject, std::uint32_t count,
                          std::uint32_t batch = kExamBatch);

/// The seed behind it; also what probes pick their images with.
std::uint64_t exam_seed(const std::string& secret, const std::string& run_hash,
                        const std::string& subject);

/// GRADUS_HOME/secret: 64 hex digits, made once, mode 0600. Safe when many processes ask at once.
Result<std::string> read_secret(const Paths& paths);

}  // namespace gradus::supervisor
