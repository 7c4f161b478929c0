#include <gmock/gmock.h>

#include <set>

#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using testing::kLab;
using testing::read;

Lab lab_of(const std::string& text = kLab, const std::string& profile = "full") {
  auto lab = read(text, profile);
  EXPECT_TRUE(lab.ok()) << (lab.ok() ? "" : lab.error().what);
  return lab.ok() ? std::move(*lab) : Lab{};
}

TEST(RunSeed, IsGolden) {
  // First 16 hex digits, shifted right by one, of SHA-256 over the fields "gradus.seed/1", base,
  // trial; computed with Python's hashlib. Evidence of every course depends on it.
  EXPECT_EQ(run_seed(0, 0), 4576319500533110700U);
  EXPECT_EQ(run_seed(7, 1), 4612509164287964225U);
  EXPECT_LT(run_seed(123, 4), std::uint64_t{1} << 63);
}

TEST(Expand, MakesArmsTimesTrialsWithReadableUniqueNames) {
  const Plan plan = expand(lab_of());
  ASSERT_EQ(plan.runs.size(), 1U + 3 * 2 + 4);
  EXPECT_EQ(plan.runs[0].id, "sanity");
  EXPECT_EQ(plan.runs[1].id, "lr_sweep/optimizer.lr=1/trial=0") << "epochs do not need naming";
  EXPECT_EQ(plan.runs[2].id, "lr_sweep/optimizer.lr=1/trial=1");
  EXPECT_EQ(plan.runs[7].id, "l2_sweep/optimizer.weight_decay=0.01,batch=64");
  std::set<std::string> ids;
  for (const PlannedRun& run : plan.runs) ids.insert(run.id);
  EXPECT_EQ(ids.size(), plan.runs.size());
  EXPECT_EQ(plan.runs[5].run.recipe.epochs, 95);
  EXPECT_EQ(plan.runs[5].run.recipe.optimizer.lr, 0.01);
  EXPECT_EQ(plan.runs[7].run.recipe.batch, 64);
}

TEST(Expand, OnlyTrainingsMirrorTheirTestImages) {
  const Plan with = expand(lab_of(kLab + "\n[exam]\nmirror = true\n")), without = expand(lab_of());
  for (std::size_t i = 0; i < with.runs.size(); ++i) {
    const bool train = with.runs[i].run.kind == "train";
    EXPECT_EQ(with.runs[i].run.exam_mirror, train) << with.runs[i].id;
    EXPECT_EQ(with.runs[i].run.hash() != without.runs[i].run.hash(), train) << with.runs[i].id;
  }
}

TEST(Expand, SeedsDependOnTheTrialAlone) {
  const Plan plan = expand(lab_of());
  for (const PlannedRun& run : plan.runs) EXPECT_EQ(run.run.seed, run_seed(7, run.trial)) << run.id;
  EXPECT_NE(plan.runs[1].run.seed, plan.runs[2].run.seed);
}

// decisions.md: arms start equal, and lr .01 of one sweep and L2 1e-4 of the other are one run.
TEST(Expand, EqualArmsOfTwoTasksAreOneRun) {
  std::string text = testing::replaced(kLab, "trials = 2\n", "");
  text = testing::replaced(text, "recipe = { optimizer = { momentum = 0.5 } }\n",
                           "recipe = { epochs = 95 }\n");
  const Plan plan = expand(lab_of(text));
  const auto hash_of = [&](const std::string& id) -> std::string {
    for (const PlannedRun& run : plan.runs) {
      if (run.id == id) return run.run.hash();
    }
    ADD_FAILURE() << id;
    return "";
  };
  const std::string lr = hash_of("lr_sweep/optimizer.lr=0.01");
  EXPECT_EQ(lr, hash_of("l2_sweep/optimizer.weight_decay=0.0001,batch=128"));
  EXPECT_NE(lr, hash_of("lr_sweep/optimizer.lr=0.1"));
  EXPECT_NE(lr, hash_of("l2_sweep/optimizer.weight_decay=0.0001,batch=64"));
}

TEST(Expand, AProbeIsTheSameRunInEveryProfile) {
  EXPECT_EQ(expand(lab_of(kLab, "full"), {"sanity"}, Machine{1, false}).runs[0].run.recipe.epochs,
            expand(lab_of(kLab, "quick"), {"sanity"}, Machine{1, false}).runs[0].run.recipe.epochs);
}

TEST(Expand, SharesCoresAmongDistinctTrainings) {
  const Lab lab = lab_of();
  EXPECT_EQ(expand(lab, {}, Machine{16, false}).runs[0].run.threads, 1)
      << "10 trainings on 16 cores";
  EXPECT_EQ(expand(lab, {"l2_sweep"}, Machine{16, false}).runs[0].run.threads, 4) << "4 trainings";
  EXPECT_EQ(expand(lab, {"l2_sweep"}, Machine{2, false}).runs[0].run.threads, 1);
  EXPECT_EQ(expand(lab, {"sanity"}, Machine{16, false}).runs[0].run.threads, 16)
      << "nothing else runs";
  Lab fixed = lab;
  fixed.threads = 3;
  EXPECT_EQ(expand(fixed, {}, Machine{16, false}).runs[0].run.threads, 3);
  EXPECT_GE(expand(lab).runs[0].run.threads, 1);
}

TEST(Expand, ComputesInBfloat16OnlyWhereItIsNoSlower) {
  Lab lab = lab_of();
  EXPECT_EQ(expand(lab, {}, Machine{2, true}).runs[0].run.dtype, "float32") << "not asked for";
  EXPECT_EQ(precision_note(lab, Machine{2, false}), "");
  lab.precision = "bfloat16";
  EXPECT_EQ(expand(lab, {}, Machine{2, true}).runs[0].run.dtype, "bfloat16");
  EXPECT_EQ(precision_note(lab, Machine{2, true}), "");
  EXPECT_EQ(expand(lab, {}, Machine{2, false}).runs[0].run.dtype, "float32");
  EXPECT_THAT(precision_note(lab, Machine{2, false}), ::testing::HasSubstr("without avx2"));
  const Machine vectors{2, false, true};
  EXPECT_EQ(expand(lab, {}, vectors).runs[0].run.dtype, "bfloat16") << "kept, not multiplied";
  EXPECT_EQ(precision_note(lab, vectors), "");
  lab.engine = "stock";
  EXPECT_EQ(expand(lab, {}, vectors).runs[0].run.dtype, "float32");
  EXPECT_THAT(precision_note(lab, vectors), ::testing::HasSubstr("LibTorch's own kernels"));
  EXPECT_EQ(expand(lab, {}, Machine{2, true, true}).runs[0].run.dtype, "bfloat16");
}

const Gpu kGpu{0, "NVIDIA H200", "GPU-a", 143771, "580", "", {}};

TEST(Expand, OnAGpuARunNamesItsClassAndTakesOneThread) {
  Lab lab = lab_of();
  const RunPlan on_cpu = expand(lab, {}, Machine{16, false}).runs[1].run;
  lab.device = "cuda";
  lab.precision = "tfloat32";
  lab.threads = 4;
  lab.gpu_memory_mib = 2048;
  EXPECT_EQ(settle_device(lab, {{kGpu}, "", ""}, {}).value(), "");
  const RunPlan run = expand(lab, {}, Machine{16, false}).runs[1].run;
  EXPECT_EQ(run.device, "cuda");
  EXPECT_EQ(run.device_name, "NVIDIA H200");
  EXPECT_EQ(run.threads, 1);
  EXPECT_EQ(run.dtype, "tfloat32");
  EXPECT_EQ(run.limits.gpu_memory_mib, 2048);
  EXPECT_EQ(precision_note(lab, Machine{2, false}), "");
  lab.precision = "bfloat16";  // a GPU needs no flags of the CPU
  EXPECT_EQ(expand(lab, {}, Machine{16, false}).runs[1].run.dtype, "bfloat16");
  EXPECT_EQ(precision_note(lab, Machine{2, false}), "");
  lab.device_name = "NVIDIA A100";
  EXPECT_NE(expand(lab).runs[1].run.hash(), run.hash());
  for (const PlannedRun& planned : expand(lab).runs) {
    EXPECT_EQ(planned.run.device, planned.run.kind == "probe" ? "cpu" : "cuda") << planned.id;
  }
  EXPECT_EQ(on_cpu.limits.gpu_memory_mib, 0);
  EXPECT_EQ(on_cpu.device_name, "");
}

TEST(SettleDevice, AutoIsTheGpuWhereOneCanBeUsedAndElseTheCpu) {
  Lab lab = lab_of();
  lab.device = "auto";
  EXPECT_EQ(settle_device(lab, {{kGpu}, "", ""}, {}).value(), "");
  EXPECT_EQ(lab.device, "cuda");
  lab.device = "auto";
  const Status none = user_error("device", "no GPU answers here", "get one");
  EXPECT_EQ(settle_device(lab, {{}, "no driver", "none"}, none).value(), "") << "nothing to say";
  EXPECT_EQ(lab.device, "cpu");
  lab.device = "auto";
  const Status unbuilt = user_error("device", "the library is missing", "Run './gradus setup'.");
  EXPECT_THAT(settle_device(lab, {{kGpu}, "", ""}, unbuilt).value(),
              ::testing::HasSubstr("The GPU is not used: the library is missing. Run"));
  EXPECT_EQ(lab.device, "cpu");
}

TEST(SettleDevice, CudaWithoutAGpuIsAnErrorWithItsCure) {
  Lab lab = lab_of();
  const Status none = user_error("device", "no GPU answers here", "get one");
  EXPECT_TRUE(settle_device(lab, {{}, "no driver", ""}, none).ok()) << "nobody asked";
  lab.device = "cuda";
  const auto settled = settle_device(lab, {{}, "no driver", ""}, none);
  ASSERT_FALSE(settled.ok());
  EXPECT_EQ(settled.error().fault, Fault::user);
  EXPECT_EQ(settled.error().cure, "get one");
  lab.gpu_memory_mib = 200'000;
  const auto greedy = settle_device(lab, {{kGpu}, "", ""}, {});
  ASSERT_FALSE(greedy.ok());
  EXPECT_THAT(greedy.error().what, ::testing::HasSubstr("the NVIDIA H200 has 143,771"));
}

TEST(Expand, Tfloat32OnACpuIsFloat32AndIsSaid) {
  Lab lab = lab_of();
  lab.precision = "tfloat32";
  EXPECT_EQ(expand(lab, {}, Machine{2, true}).runs[0].run.dtype, "float32");
  EXPECT_THAT(precision_note(lab, Machine{2, true}), ::testing::HasSubstr("tfloat32"));
}

TEST(Expand, TheEngineIsPartOfARunsHashWhereItIsNotOurs) {
  Lab lab = lab_of();
  const RunPlan ours = expand(lab).runs[0].run;
  lab.engine = "stock";
  const RunPlan stock = expand(lab).runs[0].run;
  EXPECT_NE(ours.hash(), stock.hash());
  EXPECT_FALSE(to_json(ours).contains("engine"));
  EXPECT_EQ(run_plan_from_json(to_json(stock))->engine, "stock");
  EXPECT_EQ(run_plan_from_json(to_json(ours))->engine, "gradus");
}

TEST(Expand, TakesOnlyTheTasksAskedFor) {
  const Lab lab = lab_of();
  EXPECT_EQ(expand(lab, {"sanity"}).runs.size(), 1U);
  EXPECT_TRUE(check_task_names(lab, {"sanity", "l2_sweep"}).ok());
  const Status wrong = check_task_names(lab, {"santy"});
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().what, ::testing::HasSubstr("did you mean 'sanity'?"));
}

TEST(Expand, CarriesVariedPluginsAndOptions) {
  const Plan plan = expand(
      lab_of(testing::replaced(kLab, "[1, 0.1, 0.01], epochs = [30, 30, 95]",
                               "[1, 0.1, 0.01], activation = [\"submission\", \"reference:relu\", "
                               "{ use = \"reference:elu\", options = { alpha = 2 } }]")),
      {"lr_sweep"});
  ASSERT_EQ(plan.runs.size(), 6U);
  EXPECT_EQ(plan.runs[2].run.activation->name, "relu");
  EXPECT_EQ(plan.runs[4].run.activation->options.at("alpha"), Json(2));
}

}  // namespace
}  // namespace gradus::lab
