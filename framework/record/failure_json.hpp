#pragma once

#include "framework/record/evidence.hpp"

namespace gradus {

Json to_json(const Failure&);
Result<Failure> failure_from_json(const Json&);

}  // namespace gradus
