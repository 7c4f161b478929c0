#pragma once

#include <string>
#include <vector>

namespace gradus {

/// An activation as a formula, in double precision.
struct ClosedForm {
  std::string name;      ///< "relu", "swish", ...
  double parameter = 0;  ///< usual slope or scale, where it has one
  double (*value)(double x, double parameter) = nullptr;
  double (*derivative)(double x, double parameter) = nullptr;
  std::vector<double> kinks = {};  ///< where there is no derivative
};

/// All there are; aliases (silu for swish) are rows of their own.
const std::vector<ClosedForm>& closed_forms();
const ClosedForm* find_closed_form(const std::string& name);  ///< null for an unknown name
std::vector<std::string> closed_form_names();

}  // namespace gradus
