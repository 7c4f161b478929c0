#include "framework/sandbox/config.hpp"

#include <gtest/gtest.h>

namespace gradus::sandbox {
namespace {

Order sample() {
  Order order;
  order.argv = {"/bin/true", ""};
  order.env = {"A=1"};
  order.cwd = "/tmp";
  order.rules = {{"/usr", Access::read_exec}, {"/out", Access::write}};
  order.landlock_required = true;
  order.filter = std::string("\0\1\2", 3);
  order.guard_signals = true;
  order.may_exec = false;
  order.rlimits = {{1, 2}, {3, ~std::uint64_t{0}}};
  order.scratch = {"/tmp"};
  order.scratch_files = 9;
  return order;
}

TEST(Order, ComesBackAsItWas) {
  const std::string bytes = sample().encode();
  const auto back = Order::decode(bytes);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->encode(), bytes);
  EXPECT_EQ(back->argv, sample().argv);
  EXPECT_EQ(back->filter, sample().filter);
  EXPECT_FALSE(back->may_exec);
}

TEST(Order, RefusesEveryTruncation) {
  const std::string bytes = sample().encode();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(Order::decode(bytes.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(Order::decode(bytes + "x").has_value());
}

}  // namespace
}  // namespace gradus::sandbox
