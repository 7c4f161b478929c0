#include "framework/cli/recipe_line.hpp"

#include <gtest/gtest.h>

namespace gradus::cli {
namespace {

// It said "input.resize [24.0]".
TEST(RecipeLine, WholeNumbersStandWithoutAPoint) {
  EXPECT_EQ(recipe_line({{"input.resize", {24.0, 28.5}}, {"epochs", 2}, {"optimizer.lr", 1.0}}),
            "epochs 2, input.resize [24, 28.5], optimizer.lr 1");
  EXPECT_EQ(recipe_line({{"optimizer.weight_decay", 1e-4}, {"schedule.name", "v1.0"}}),
            "optimizer.weight_decay 0.0001, schedule.name \"v1.0\"");
  EXPECT_EQ(recipe_line(Json::object()), "nothing of its own");
}

}  // namespace
}  // namespace gradus::cli
