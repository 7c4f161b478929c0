#include "framework/record/evidence.hpp"

#include "framework/core/files.hpp"
#include "framework/record/failure_json.hpp"
#include "framework/record/object_reader.hpp"

namespace gradus {
namespace {

Json to_json(const EpochRecord& epoch) {
  return {{"epoch", epoch.epoch},
          {"train_loss", or_null(epoch.train_loss)},
          {"train_accuracy", or_null(epoch.train_accuracy)},
          {"lr", or_null(epoch.lr)},
          {"val_loss", or_null(epoch.val_loss)},
          {"val_accuracy", or_null(epoch.val_accuracy)}};
}

Result<EpochRecord> epoch_from_json(const Json& json) {
  EpochRecord epoch;
  ObjectReader reader(json, "run.json: epochs");
  reader.required("epoch", epoch.epoch).optional("train_loss", epoch.train_loss);
  reader.optional("train_accuracy", epoch.train_accuracy).optional("lr", epoch.lr);
  reader.optional("val_loss", epoch.val_loss).optional("val_accuracy", epoch.val_accuracy);
  GRADUS_CHECK(reader.finish());
  return epoch;
}

Json to_json(const SplitScore& score) {
  Json bins = Json::array();
  for (const auto& bin : score.calibration) {
    bins.push_back(
        {{"count", bin.count}, {"confidence", bin.confidence}, {"accuracy", bin.accuracy}});
  }
  return {{"count", score.count},
          {"accuracy", score.accuracy},
          {"loss", score.loss},
          {"confusion", score.confusion},
          {"calibration", bins}};
}

Result<SplitScore> score_from_json(const Json& json) {
  SplitScore score;
  ObjectReader reader(json, "run.json: scores");
  reader.required("count", score.count).required("accuracy", score.accuracy);
  reader.required("loss", score.loss).required("confusion", score.confusion);
  reader.list("calibration", score.calibration, [](const Json& item) -> Result<SplitScore::Bin> {
    SplitScore::Bin bin;
    ObjectReader inner(item, "run.json: calibration");
    inner.required("count", bin.count).required("confidence", bin.confidence);
    inner.required("accuracy", bin.accuracy);
    GRADUS_CHECK(inner.finish());
    return bin;
  });
  GRADUS_CHECK(reader.finish());
  for (const auto& row : score.confusion) {
    if (row.size() != score.confusion.size()) {
      return infrastructure_error("run.json: scores", "has a confusion matrix that is not square");
    }
  }
  return score;
}

Json to_json(const TensorInfo& tensor) {
  return {{"name", tensor.name},
          {"kind", tensor.kind},
          {"dtype", tensor.dtype},
          {"shape", tensor.shape},
          {"count", tensor.count}};
}

Result<TensorInfo> tensor_from_json(const Json& json) {
  TensorInfo tensor;
  ObjectReader reader(json, "run.json: tensors");
  reader.required("name", tensor.name)
      .required("kind", tensor.kind)
      .required("dtype", tensor.dtype);
  reader.required("shape", tensor.shape).required("count", tensor.count);
  GRADUS_CHECK(reader.finish());
  return tensor;
}

Json to_json(const ProbeOutcome& probe) {
  return {{"name", probe.name},     {"verdict", probe.verdict}, {"found", probe.found},
          {"wanted", probe.wanted}, {"message", probe.message}, {"trust", to_string(probe.trust)}};
}

Result<ProbeOutcome> probe_from_json(const Json& json) {
  ProbeOutcome probe;
  std::string trust;
  ObjectReader reader(json, "run.json: probes");
  reader.required("name", probe.name).required("verdict", probe.verdict);
  reader.required("found", probe.found).required("wanted", probe.wanted);
  reader.required("message", probe.message).required("trust", trust);
  GRADUS_CHECK(reader.finish());
  GRADUS_TRY(probe.trust, trust_from_string(trust));
  return probe;
}

Result<WorkerObserved> worker_from_json(const Json& json) {
  WorkerObserved worker;
  ObjectReader reader(json, "observed.json: workers");
  reader.required("role", worker.role).required("exit_code", worker.exit_code);
  reader.required("signal", worker.signal).required("wall_ms", worker.wall_ms);
  reader.required("cpu_ms", worker.cpu_ms).required("rss_kib", worker.rss_kib);
  GRADUS_CHECK(reader.finish());
  return worker;
}

Result<Json> read_json(const fs::path& path) {
  constexpr std::uint64_t kLimit = std::uint64_t{64} << 20;
  GRADUS_TRY(const std::string text, read_file(path, kLimit));
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return infrastructure_error(path.string(), "is not JSON (cut short or damaged)",
                                "remove its folder and run again");
  }
  return json;
}

template <class T>
auto in_file(const fs::path& path, Result<T> result) -> Result<T> {
  if (result.ok()) return result;
  return infrastructure_error(path.string(), result.error().where + " " + result.error().what,
                              "remove its folder and run again");
}

}  // namespace

const char* to_string(Trust trust) {
  switch (trust) {
    case Trust::claimed:
      return "claimed";
    case Trust::observed:
      return "observed";
    case Trust::recomputed:
      return "recomputed";
  }
  return "claimed";
}

Result<Trust> trust_from_string(const std::string& text) {
  for (const Trust trust : {Trust::claimed, Trust::observed, Trust::recomputed}) {
    if (text == to_string(trust)) return trust;
  }
  return infrastructure_error("trust", "is '" + text + "', wanted claimed, observed or recomputed");
}

Json to_json(const Failure& failure) {
  return {{"fault", to_string(failure.fault)},
          {"code", failure.code},
          {"phase", failure.phase},
          {"what", failure.what},
          {"cure", failure.cure}};
}

Result<Failure> failure_from_json(const Json& json) {
  Failure failure;
  std::string fault;
  ObjectReader reader(json, "failure");
  reader.required("fault", fault).required("code", failure.code).required("phase", failure.phase);
  reader.required("what", failure.what).required("cure", failure.cure);
  GRADUS_CHECK(reader.finish());
  for (const Fault one : {Fault::submission, Fault::user, Fault::infrastructure}) {
    if (fault == to_string(one)) {
      failure.fault = one;
      return failure;
    }
  }
  return infrastructure_error("failure", "has the unknown fault '" + fault + "'");
}

Json to_json(const Evidence& evidence) {
  Json epochs = Json::array(), tensors = Json::array(), probes = Json::array();
  Json scores = Json::object();
  for (const auto& epoch : evidence.epochs) epochs.push_back(to_json(epoch));
  for (const auto& tensor : evidence.tensors) tensors.push_back(to_json(tensor));
  for (const auto& probe : evidence.probes) probes.push_back(to_json(probe));
  for (const auto& [name, score] : evidence.scores) scores[name] = to_json(score);
  Json json = {{"schema", kEvidenceSchema},
               {"run_hash", evidence.run_hash},
               {"plan", evidence.plan},
               {"status", evidence.status},
               {"failure", evidence.failure ? to_json(*evidence.failure) : Json(nullptr)},
               {"diverged_epoch", or_null(evidence.diverged_epoch)},
               {"epochs", epochs},
               {"best_epoch", or_null(evidence.best_epoch)},
               {"scores", scores},
               {"tensors", tensors},
               {"parameters", evidence.parameters},
               {"probes", probes},
               {"warnings", evidence.warnings}};
  // Younger than the others: evidence of runs that know no early stopping stays as it was.
  if (evidence.stopped_epoch) json["stopped_epoch"] = *evidence.stopped_epoch;
  return json;
}

Result<Evidence> evidence_from_json(const Json& json) {
  Evidence evidence;
  std::string schema;
  std::map<std::string, Json> scores;
  ObjectReader reader(json, "run.json");
  reader.required("schema", schema).required("run_hash", evidence.run_hash);
  reader.required("plan", evidence.plan).required("status", evidence.status);
  reader.object("failure", evidence.failure, failure_from_json);
  reader.optional("diverged_epoch", evidence.diverged_epoch);
  reader.optional("stopped_epoch", evidence.stopped_epoch);
  reader.list("epochs", evidence.epochs, epoch_from_json);
  reader.optional("best_epoch", evidence.best_epoch).required("scores", scores);
  reader.list("tensors", evidence.tensors, tensor_from_json);
  reader.required("parameters", evidence.parameters);
  reader.list("probes", evidence.probes, probe_from_json);
  reader.required("warnings", evidence.warnings);
  GRADUS_CHECK(reader.finish());
  if (schema != kEvidenceSchema) {
    return infrastructure_error("run.json",
                                "has schema '" + schema + "', wanted '" + kEvidenceSchema + "'");
  }
  for (const auto& [name, score] : scores) {
    GRADUS_TRY(evidence.scores[name], score_from_json(score));
  }
  return evidence;
}

Json to_json(const Observed& observed) {
  Json workers = Json::array();
  for (const auto& worker : observed.workers) {
    workers.push_back({{"role", worker.role},
                       {"exit_code", worker.exit_code},
                       {"signal", worker.signal},
                       {"wall_ms", worker.wall_ms},
                       {"cpu_ms", worker.cpu_ms},
                       {"rss_kib", worker.rss_kib}});
  }
  return {{"started", observed.started},
          {"wall_ms", observed.wall_ms},
          {"workers", workers},
          {"epoch_wall_ms", observed.epoch_wall_ms},
          {"sandbox_layers", observed.sandbox_layers},
          {"host", observed.host},
          {"log", observed.log}};
}

Result<Observed> observed_from_json(const Json& json) {
  Observed observed;
  ObjectReader reader(json, "observed.json");
  reader.required("started", observed.started).required("wall_ms", observed.wall_ms);
  reader.list("workers", observed.workers, worker_from_json);
  reader.required("epoch_wall_ms", observed.epoch_wall_ms);
  reader.required("sandbox_layers", observed.sandbox_layers);
  reader.required("host", observed.host).required("log", observed.log);
  GRADUS_CHECK(reader.finish());
  return observed;
}

Result<EvidenceFolder> read_evidence(const std::filesystem::path& folder) {
  EvidenceFolder read;
  read.path = folder;
  GRADUS_TRY(const Json run, read_json(folder / "run.json"));
  GRADUS_TRY(read.evidence, in_file(folder / "run.json", evidence_from_json(run)));
  GRADUS_TRY(const Json observed, read_json(folder / "observed.json"));
  GRADUS_TRY(read.observed, in_file(folder / "observed.json", observed_from_json(observed)));
  return read;
}

Status write_evidence(const std::filesystem::path& folder, const Evidence& evidence,
                      const Observed& observed) {
  // `replace`: text of a student's must not be able to make the writer throw.
  const auto text = [](const Json& json) {
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  };
  GRADUS_CHECK(write_file(folder / "run.json", text(to_json(evidence))));
  return write_file(folder / "observed.json", text(to_json(observed)));
}

}  // namespace gradus
