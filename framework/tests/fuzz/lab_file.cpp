// A lab file from anywhere: read, or refused with a place in the file. Reading never crashes, and a
// lab that is read can be expanded.

#include "framework/tests/fuzz/fuzz.hpp"
#include "grader/grader.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gradus;
  static const lab::Vocabulary words = grader::vocabulary({"cifar10"});
  const auto file = fuzz::as_file("lab.toml", data, size);
  const auto lab = lab::read_lab(file, "", words);
  if (!lab.ok()) {
    fuzz::require(!lab.error().what.empty(), "an error says what is wrong");
    fuzz::require(lab.error().fault == Fault::user, "a wrong lab is its author's fault");
    return 0;
  }
  fuzz::require(!lab->tasks.empty(), "a lab has a task");
  const Plan plan = lab::expand(*lab, {}, Machine{2, false});
  for (const PlannedRun& run : plan.runs) {
    fuzz::require(run.run.hash().size() == 64, "every run has a hash");
  }
  return 0;
}
