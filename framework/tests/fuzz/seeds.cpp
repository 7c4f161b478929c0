// fuzz_seeds DIR LABS: one folder a target with inputs that are in order, written by the same code
// that writes them in production, so that they follow a changed format by themselves.

#include <cstdio>
#include <fstream>

#include "framework/record/evidence.hpp"
#include "framework/record/frame.hpp"
#include "framework/record/grades.hpp"
#include "framework/record/lab_result.hpp"
#include "framework/record/npy.hpp"

namespace {

namespace fs = std::filesystem;
using namespace gradus;

void write(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

void write_labs(const fs::path& folder, const fs::path& labs) {
  fs::create_directories(folder);
  for (const auto& entry : fs::recursive_directory_iterator(labs)) {
    if (entry.path().extension() != ".toml") continue;
    const std::string name =
        entry.path().parent_path().filename().string() + "-" + entry.path().filename().string();
    fs::copy_file(entry.path(), folder / name, fs::copy_options::overwrite_existing);
  }
}

void write_frames(const fs::path& folder) {
  const std::string payload(64, '\1');
  const std::string weights = encode_frame_head(
      "weights", "n1", {{"at", "init"}, {"epoch", 0}, {"tensors", Json::array()}}, payload.size());
  write(folder / "two", weights + payload + encode_frame_head("end", "n2", Json::object(), 0));
  write(folder / "one", encode_frame_head("ready", "", {{"pid", 1}}, 0));
}

void write_arrays(const fs::path& folder) {
  fs::create_directories(folder);
  const std::vector<std::byte> bytes(24, std::byte{1});
  for (const char* dtype : {"float32", "int64", "uint8"}) {
    const std::int64_t width = dtype == std::string("uint8") ? 1 : dtype[0] == 'f' ? 4 : 8;
    static_cast<void>(write_npy(folder / dtype, dtype, {24 / width}, bytes));
  }
}

void write_records(const fs::path& folder) {
  Evidence evidence;
  evidence.run_hash = std::string(64, 'a');
  evidence.plan = Json::object();
  evidence.status = "done";
  evidence.epochs = {{0, {}, {}, {}, 2.3, 0.1}, {1, 1.5, 0.4, 0.01, 1.2, 0.5}};
  evidence.best_epoch = 1;
  evidence.scores["best_val"] = {2, 0.5, 1.2, {{1, 0}, {1, 0}}, {{2, 0.6, 0.5}}};
  evidence.tensors = {{"fc.weight", "parameter", "float32", {2, 2}, 4}};
  evidence.parameters = 4;
  evidence.probes = {{"shape", "pass", {{"rows", 2}}, {}, "Two rows.", Trust::recomputed}};
  write(folder / "evidence", "e" + to_json(evidence).dump());
  write(folder / "observed", "o" + to_json(Observed{}).dump());
  LabResult result;
  result.lab = "simplenn";
  result.state = "graded";
  result.sandbox = "full";
  result.rubric = {{"a", "A", "accuracy", "t", 1, 2, false, "partial", "1", "2", "why",
                    Trust::claimed, "visible"}};
  result.tasks = {{"t", "T", "train", "", {}, nullptr}};
  result.runs = {{"t", "t", {{"batch", 2}}, 0, std::string(64, 'a'), "done", {}}};
  write(folder / "result", "r" + to_json(result).dump());
  Grades grades;
  grades.lab = "simplenn";
  grades.submissions.emplace_back();
  grades.submissions.back().name = "ada";
  write(folder / "grades", "g" + to_json(grades).dump());
  write(
      folder / "histograms",
      R"(h{"schema": "gradus.histograms/1", "tensors": [{"name": "w", "low": -1, "high": 1, "counts": [1, 2], "near_zero": 0.5}]})");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: fuzz_seeds DIR LABS\n");
    return 2;
  }
  const fs::path folder = arguments[1];
  write_labs(folder / "lab_file", arguments[2]);
  write_frames(folder / "frames");
  write_arrays(folder / "npy");
  write_records(folder / "evidence");
  write(folder / "escaping/text", "<b onclick='x'>\x1b[31m \xE2\x80\xAE \xC0\xAF `$(id)` \"&amp;");
  return 0;
}
