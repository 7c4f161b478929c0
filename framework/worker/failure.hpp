#pragma once

#include <string>

#include "framework/core/error.hpp"

namespace gradus::worker {

/// What becomes a "failed" frame. In the worker an Error of the submission carries its code word
/// (record/evidence.hpp, Failure::code) and its phase in `where`: "INVALID_OUTPUT train".
struct FailureParts {
  std::string code, phase;
};

inline Error failure(const std::string& code, const std::string& phase, std::string what,
                     std::string cure = "") {
  return submission_error(code + " " + phase, std::move(what), std::move(cure));
}

/// Splits `where`; an Error that did not come from failure() has the code ERROR.
inline FailureParts failure_parts(const Error& error, const std::string& default_phase) {
  for (const char* code :
       {"LOAD_FAILED", "INVALID_OUTPUT", "OOM", "GPU_MEMORY", "DEVICE_LOST", "ERROR"}) {
    const std::string word = code;
    if (error.where == word) return {word, default_phase};
    if (error.where.starts_with(word + " ")) return {word, error.where.substr(word.size() + 1)};
  }
  return {"ERROR", error.where.empty() ? default_phase : error.where};
}

}  // namespace gradus::worker
