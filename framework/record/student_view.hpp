#pragma once

#include <string>

#include "framework/record/lab_result.hpp"

namespace gradus {

/// Who looks at a result, and when: an input, so that equal folders render to equal bytes.
struct Audience {
  bool instructor = false;  ///< sees everything
  bool published = false;   ///< the grades are out; the due date counts as past
  std::string now;          ///< UTC, "2026-12-01T22:59:00Z"; empty: before any due date
};

/// Whether something of this visibility is shown. `due`: of the lab, UTC; empty: none.
bool is_seen(const std::string& visibility, const std::string& due, const Audience& audience);

/// The one under which less is seen.
std::string stricter_visibility(const std::string& a, const std::string& b);

/// What the audience sees of a result. For a student: items, tasks and figures that are not shown
/// are gone, with the runs and figures that only they need; score, maximum and state are those of
/// the items that are left; of items with private details found, wanted and feedback are gone; so
/// are seeds that come from a secret. `withheld` says that something is missing.
LabResult seen_by(LabResult result, const Audience& audience);

}  // namespace gradus
