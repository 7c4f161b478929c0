#include "framework/worker/guard.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <new>
#include <stdexcept>

#include "framework/worker/failure.hpp"

namespace gradus::worker {
namespace {

TEST(Guard, PassesValuesThrough) {
  Guard guard(1);
  EXPECT_EQ(*guard.call("train", [] { return 3; }), 3);
  EXPECT_TRUE(guard.call("train", [] {}).ok());
  EXPECT_TRUE(guard.warnings().empty());
}

TEST(Guard, TurnsEveryKindOfExceptionIntoAnError) {
  Guard guard(1);
  const auto error = [&](auto&& code) { return guard.call("train", code).error(); };
  const Error standard = error([] { throw std::runtime_error("broke"); });
  EXPECT_EQ(standard.fault, Fault::submission);
  EXPECT_EQ(failure_parts(standard, "").code, "ERROR");
  EXPECT_EQ(failure_parts(standard, "").phase, "train");
  EXPECT_NE(standard.what.find("broke"), std::string::npos);
  const Error torch_error = error([] { torch::ones({2, 3}).matmul(torch::ones({2, 3})); });
  EXPECT_NE(torch_error.what.find("mat1 and mat2 shapes cannot be multiplied"), std::string::npos);
  EXPECT_EQ(torch_error.what.find("Exception raised from"), std::string::npos);
  EXPECT_NE(error([] { throw 1; }).what.find("no std::exception"), std::string::npos);
  EXPECT_EQ(failure_parts(error([] { throw std::bad_alloc(); }), "").code, "OOM");
  // More than any address space: LibTorch's own allocator refuses.
  const Error huge = error([] { torch::empty({std::int64_t{1} << 55}); });
  EXPECT_EQ(failure_parts(huge, "").code, "OOM") << huge.what;
}

TEST(Guard, RestoresGlobalStateAlsoAfterAnException) {
  Guard guard(1);
  const auto failed = guard.call("train", [] {
    at::set_num_threads(2);
    c10::GradMode::set_enabled(false);
    c10::set_default_dtype(c10::scalarTypeToTypeMeta(c10::kDouble));
    throw std::runtime_error("and out");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(at::get_num_threads(), 1);
  EXPECT_TRUE(c10::GradMode::is_enabled());
  EXPECT_EQ(torch::empty({1}).scalar_type(), torch::kFloat32);
  EXPECT_EQ(guard.warnings().size(), 3U);
}

TEST(Guard, WarnsOnceOfEachKind) {
  Guard guard(1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(guard.call("train", [] { at::set_num_threads(2); }).ok());
  EXPECT_EQ(guard.warnings().size(), 1U);
}

TEST(Guard, APluginCannotFixTheRandomStream) {
  Guard guard(1);
  const auto draw = [&](std::uint64_t seed, std::uint64_t students) {
    guard.seed(seed);
    EXPECT_TRUE(guard.call("train", [&] { torch::manual_seed(students); }).ok());
    return torch::rand({1}).item<float>();
  };
  EXPECT_NE(draw(1, 5), draw(2, 5));
  guard.seed(1);
  const float undisturbed = torch::rand({1}).item<float>();
  guard.seed(1);
  EXPECT_TRUE(guard.call("train", [] { return torch::rand({0}); }).ok());
  EXPECT_EQ(torch::rand({1}).item<float>(), undisturbed);
}

// What a model draws on a GPU must follow from the run's seed as well: there, too, LibTorch has a
// generator of its own, which starts anywhere and which torch::manual_seed() sets.
TEST(Guard, SeedsTheDevicesGeneratorWhereverItSeedsTheCpus) {
  Guard guard(1);
  std::vector<std::uint64_t> seeds;
  guard.also_seed([&](std::uint64_t value) { seeds.push_back(value); });
  guard.seed(7);
  EXPECT_EQ(seeds, (std::vector<std::uint64_t>{7}));
  EXPECT_TRUE(guard.call("exam", [] { return torch::rand({1}); }).ok());
  EXPECT_EQ(seeds.size(), 1U) << "nothing to put back";
  EXPECT_TRUE(guard.call("exam", [] { torch::manual_seed(5); }).ok());
  EXPECT_EQ(seeds, (std::vector<std::uint64_t>{7, torch_seed(7, 1)}));
}

TEST(TorchSeed, DiffersByEveryArgument) {
  EXPECT_NE(torch_seed(1, 0), torch_seed(1, 1));
  EXPECT_NE(torch_seed(1, 0), torch_seed(2, 0));
  EXPECT_NE(torch_seed(1, 2), torch_seed(2, 1));
  EXPECT_EQ(torch_seed(1, 2), torch_seed(1, 2));
}

TEST(FailureParts, ReadsCodeAndPhase) {
  EXPECT_EQ(failure_parts(failure("OOM", "exam forward", "x"), "p").phase, "exam forward");
  EXPECT_EQ(failure_parts(submission_error("LOAD_FAILED", "x"), "load").phase, "load");
  EXPECT_EQ(failure_parts(submission_error("something", "x"), "p").code, "ERROR");
}

}  // namespace
}  // namespace gradus::worker
