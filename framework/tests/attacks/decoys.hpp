#pragma once

#include <string>
#include <utility>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/tests/attacks/attacks.hpp"

namespace gradus::attacks {

/// Everything that the attacks go for, made afresh and removed again: a label file, a submission,
/// listeners, shared memory, and a victim process with one word of memory.
class Decoys {
 public:
  /// In `home`, a folder that every uid can reach.
  static Result<Decoys> make(const fs::path& home);
  Decoys(Decoys&& other) noexcept
      : target_(std::exchange(other.target_, {})),
        held_(std::move(other.held_)),
        segment_(other.segment_) {}
  ~Decoys();

  const Target& target() const { return target_; }
  /// Whether the victim's word is still what it was.
  bool victim_untouched() const;

 private:
  Decoys() = default;
  Target target_;
  std::vector<Fd> held_;
  int segment_ = -1;
};

}  // namespace gradus::attacks
