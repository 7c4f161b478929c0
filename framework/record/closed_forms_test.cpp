#include "framework/record/closed_forms.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace gradus {
namespace {

TEST(ClosedForms, DerivativesAreThoseOfTheValues) {
  std::set<std::string> names;
  for (const ClosedForm& form : closed_forms()) {
    EXPECT_TRUE(names.insert(form.name).second) << form.name << " twice";
    const double parameters[] = {form.parameter, form.parameter + 0.3};
    for (const double p : parameters) {
      for (double x = -9.97; x < 10; x += 0.25) {
        constexpr double kStep = 1e-5;
        const double slope = (form.value(x + kStep, p) - form.value(x - kStep, p)) / (2 * kStep);
        EXPECT_NEAR(form.derivative(x, p), slope, 1e-6) << form.name << " at " << x;
      }
    }
  }
}

// Values that anyone can look up.
TEST(ClosedForms, HaveTheKnownValues) {
  const auto at = [](const char* name, double x) {
    const ClosedForm* form = find_closed_form(name);
    return form->value(x, form->parameter);
  };
  EXPECT_EQ(at("relu", -1), 0);
  EXPECT_EQ(at("relu6", 9), 6);
  EXPECT_DOUBLE_EQ(at("leaky_relu", -1), -0.01);
  EXPECT_NEAR(at("elu", -1), std::exp(-1) - 1, 1e-15);
  EXPECT_NEAR(at("selu", -1), -1.1113307378125625, 1e-12);
  EXPECT_NEAR(at("swish", 1), 0.7310585786300049, 1e-15);
  EXPECT_NEAR(at("gelu", 1), 0.8413447460685429, 1e-12);
  EXPECT_NEAR(at("mish", 1), 0.8650983882673103, 1e-12);
  EXPECT_NEAR(at("softplus", 0), std::log(2), 1e-15);
  EXPECT_NEAR(at("hardswish", 1), 2.0 / 3, 1e-15);
  EXPECT_NEAR(at("sigmoid", 800), 1, 1e-15) << "no overflow";
  EXPECT_NEAR(at("softplus", 800), 800, 1e-12) << "no overflow";
  EXPECT_EQ(find_closed_form("swich"), nullptr);
}

}  // namespace
}  // namespace gradus
