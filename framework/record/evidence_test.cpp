#include "framework/record/evidence.hpp"

#include <gtest/gtest.h>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

Evidence sample() {
  Evidence evidence;
  evidence.run_hash = "abc";
  evidence.plan = {{"kind", "train"}};
  evidence.status = "diverged";
  evidence.failure =
      Failure{Fault::submission, "CRASHED", "train", "signal 11", "look at forward()"};
  evidence.diverged_epoch = 2;
  evidence.epochs = {{0, {}, {}, {}, 2.3, .1}, {1, 1.5, .45, .01, 1.2, .5}};
  evidence.best_epoch = 1;
  evidence.scores["test"] = {2, .5, .7, {{1, 0}, {1, 0}}, {{2, .6, .5}}};
  evidence.tensors = {{"conv1.weight", "parameter", "float32", {8, 3, 5, 5}, 600}};
  evidence.parameters = 600;
  evidence.probes = {
      {"initial_loss", "pass", {{"loss", 2.3}}, {{"loss", 2.3026}}, "fine", Trust::recomputed}};
  evidence.warnings = {"a warning"};
  return evidence;
}

TEST(Evidence, SurvivesTheRoundTripThroughJsonText) {
  const Evidence evidence = sample();
  const auto back = evidence_from_json(Json::parse(to_json(evidence).dump()));
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(to_json(*back), to_json(evidence));
  EXPECT_FALSE(back->epochs[0].train_loss.has_value());
  EXPECT_EQ(back->failure->code, "CRASHED");
}

TEST(Evidence, NamesAnEarlyStopOnlyWhereThereWasOne) {
  Evidence evidence = sample();
  EXPECT_FALSE(to_json(evidence).contains("stopped_epoch"));
  evidence.stopped_epoch = 4;
  const auto back = evidence_from_json(to_json(evidence));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->stopped_epoch, 4);
}

TEST(Evidence, RefusesAnotherSchemaUnknownKeysAndALopsidedMatrix) {
  Json json = to_json(sample());
  json["schema"] = "gradus.evidence/2";
  EXPECT_NE(evidence_from_json(json).error().what.find("gradus.evidence/2"), std::string::npos);
  json = to_json(sample());
  json["scores"]["test"]["confusion"] = {{1, 0}, {1}};
  EXPECT_NE(evidence_from_json(json).error().what.find("square"), std::string::npos);
  json = to_json(sample());
  json["epochs"][1]["bonus"] = 1;
  EXPECT_NE(evidence_from_json(json).error().what.find("bonus"), std::string::npos);
}

TEST(Evidence, AFolderIsReadBackAndADamagedOneNamesItsFile) {
  const auto folder = make_temporary_folder(fs::temp_directory_path(), "gradus-evidence-test");
  ASSERT_TRUE(folder.ok());
  const FolderGuard guard(*folder);
  Observed observed;
  observed.started = "2026-01-01T00:00:00Z";
  observed.workers = {{"trainer", 0, 0, 12.5, 10.0, 1000}};
  observed.log = "\xFF not UTF-8";
  ASSERT_TRUE(write_evidence(*folder, sample(), observed).ok());
  const auto read = read_evidence(*folder);
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(to_json(read->evidence), to_json(sample()));
  EXPECT_EQ(read->observed.workers.at(0).wall_ms, 12.5);

  const std::string whole = *read_file(*folder / "run.json");
  ASSERT_TRUE(write_file(*folder / "run.json", whole.substr(0, whole.size() / 2)).ok());
  const auto damaged = read_evidence(*folder);
  ASSERT_FALSE(damaged.ok());
  EXPECT_NE(damaged.error().text().find("run.json"), std::string::npos);
}

TEST(Evidence, TrustReadsBackAndRefusesAnotherWord) {
  EXPECT_EQ(*trust_from_string("observed"), Trust::observed);
  EXPECT_FALSE(trust_from_string("believed").ok());
}

}  // namespace
}  // namespace gradus
