// Both engines on real images, the whole way: a lab of seconds through `gradus run`, three seeds
// each. And the same on a machine that has little to offer.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/core/machine.hpp"
#include "framework/core/testing/one_core.hpp"
#include "framework/record/evidence.hpp"
#include "framework/record/lab_result.hpp"
#include "framework/tests/command/command_fixture.hpp"

namespace gradus::tests {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTraining = R"(
[[task]]
id = "training"
kind = "train"
)";

constexpr const char* kReference = "reference = [\"simplenn_bn\"]\n";

/// A network that reaches many of the engine's kernels: the convolution of colours (`thin`), that
/// of 3x3 windows (`winograd`), batch norm, max pool. Its accuracy rises steeply at the end, far
/// from chance (10 %) and from what three seeds differ by.
std::string lab_of_engines() {
  std::string lab = lab_of_seconds("id = \"engines\"\ntitle = \"Two engines\"\n", kReference);
  const auto set = [&lab](const std::string& from, const std::string& to) {
    const std::size_t at = lab.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    lab.replace(at, from.size(), to);
  };
  set("train_images = 256", "train_images = 4000");
  set("val_images = 128", "val_images = 2000");
  return lab + R"(
[recipe]
epochs = 3
batch = 64
optimizer = { name = "sgd", lr = 0.02, momentum = 0.9, weight_decay = 1e-4 }
schedule = { name = "cosine" }
)" + kTraining +
         "trials = 3\n";
}

/// Of one engine's three seeds.
struct Figures {
  std::vector<double> accuracy;          ///< of the last weights, in percent
  std::map<std::int64_t, double> first;  ///< trial → training loss of its first epoch
  double mean = 0, deviation = 0;
};

class EnginesCommand : public CommandTest {
 protected:
  std::vector<EvidenceFolder> evidence_of(const std::string& out) const {
    std::vector<EvidenceFolder> found;
    const auto result = read_result(folder / out);
    EXPECT_TRUE(result.ok()) << result.error().text();
    if (!result.ok()) return found;
    for (const auto& run : result->runs) {
      auto evidence = read_evidence(folder / out / "runs" / run.run_hash);
      EXPECT_TRUE(evidence.ok()) << evidence.error().text();
      if (evidence.ok()) found.push_back(std::move(*evidence));
    }
    return found;
  }

  /// What the trainer of a run worked with, which the report says, too.
  Json engine_of_trainer(const std::string& out, const EvidenceFolder& run) const {
    const Json said = Json::parse(run.observed.host.at("engine of the trainer"), nullptr, false);
    const auto page = read_file(folder / out / "report.html");
    EXPECT_TRUE(page.ok());
    if (!page.ok() || !said.is_object()) return said;
    const std::string head = "engine of the trainer</th><td>";
    const std::size_t at = page->find(head);
    EXPECT_NE(at, std::string::npos);
    if (at == std::string::npos) return said;
    const std::string row = page->substr(at, page->find("</td>", at) - at);
    EXPECT_THAT(row, HasSubstr("kernels " + said.value("kernels", "?")));
    EXPECT_THAT(row, HasSubstr("memory format " + said.value("memory_format", "?")));
    EXPECT_THAT(row, HasSubstr("dtype " + said.value("dtype", "?")));
    EXPECT_THAT(row, HasSubstr("threads " + std::to_string(said.value("threads", -1))));
    return said;
  }

  void expect_says(const std::string& engine, const EvidenceFolder& run) const {
    const Json said = engine_of_trainer(engine, run);
    const bool stock = engine == "stock";
    EXPECT_EQ(said.value("kernels", "") == "stock", stock) << said;
    EXPECT_EQ(said.value("heap", ""), stock ? "stock" : "kept") << said;
    EXPECT_EQ(said.value("memory_format", ""), "channels_last") << said;
    EXPECT_EQ(said.value("dtype", ""), "float32") << said;
    EXPECT_EQ(said.value("threads", -1), run.evidence.plan.value("threads", -2)) << said;
  }

  Figures figures_of(const std::string& engine) const {
    const auto done =
        gradus({"run", "lab.toml", "--engine", engine, "--fresh", "--no-pdf", "--out", engine});
    EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
    Figures figures;
    std::int64_t trial = 0;
    for (const EvidenceFolder& one : evidence_of(engine)) {
      EXPECT_EQ(one.evidence.plan.value("engine", "gradus"), engine);
      expect_says(engine, one);
      figures.accuracy.push_back(100 * one.evidence.scores.at("final_val").accuracy);
      figures.first[trial++] = one.evidence.epochs.at(1).train_loss.value_or(-1);
    }
    EXPECT_EQ(figures.accuracy.size(), 3U);
    const auto count = static_cast<double>(figures.accuracy.size());
    for (const double one : figures.accuracy) figures.mean += one / count;
    for (const double one : figures.accuracy)
      figures.deviation += (one - figures.mean) * (one - figures.mean) / (count - 1);
    figures.deviation = std::sqrt(figures.deviation);
    return figures;
  }
};

// Why the tolerances hide no broken kernel. With one seed the engines differ by rounding, which has
// grown to 0.2 % of the loss by the end of the first epoch; three seeds spread by one point of
// accuracy and the means part by 0.2. Broken by hand, one at a time: a batch norm whose gradient
// lacks the mean's share parted the first losses by up to 2.3 % and the means by 2.0 points, a pool
// that takes each window's last pixel by 4.3 % and 2.3 points. The first fails by its losses, the
// second by both.
TEST_F(EnginesCommand, ReachTheSameAccuracyWithinSeeds) {
  write("lab.toml", lab_of_engines());
  const Figures ours = figures_of("gradus"), stock = figures_of("stock");
  EXPECT_GT(stock.mean, 35) << "it has to learn for this to mean anything";
  // Twice the error of three seeds' mean, of both.
  const double error = (ours.deviation + stock.deviation) / std::sqrt(3.0);
  const double tolerance = std::clamp(2 * error, 1.0, 3.0);
  EXPECT_NEAR(ours.mean, stock.mean, tolerance)
      << "spreads " << ours.deviation << " and " << stock.deviation;
  for (const auto& [trial, loss] : stock.first) {
    EXPECT_NEAR(ours.first.at(trial), loss, 0.01 * loss) << "trial " << trial;
  }
}

TEST_F(EnginesCommand, OneCoreFewImagesAndAnUnknownNumberFormatEndWellAndAreSaid) {
  write("lab.toml", lab_of_seconds("id = \"little\"\ntitle = \"Little\"\n", kReference,
                                   "precision = \"bfloat16\"\n") +
                        kTraining + "recipe = { epochs = 1, batch = 512 }\n");
  const OneCore pinned;
  const auto done = gradus({"run", "lab.toml", "--set", fresh_seed(), "--no-pdf", "--out", "out"});
  EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  const bool able = this_machine().bfloat16 || this_machine().vectors;
  const std::string said = "which this CPU has no instructions for";
  EXPECT_EQ((done.out + done.err).find(said) == std::string::npos, able) << done.out << done.err;
  const auto evidence = evidence_of("out");
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_EQ(evidence[0].evidence.status, "done");
  const Json engine = engine_of_trainer("out", evidence[0]);
  EXPECT_EQ(engine.value("dtype", ""), able ? "bfloat16" : "float32");
  EXPECT_EQ(engine.value("threads", 0), 1);
}

}  // namespace
}  // namespace gradus::tests
