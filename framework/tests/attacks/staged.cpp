#include "framework/tests/attacks/staged.hpp"

#include <sys/stat.h>

#include <cstdlib>

#include "framework/tests/attacks/decoys.hpp"

namespace gradus::attacks {

std::string run_attack(const fs::path& home, const fs::path& attacker, const std::string& name,
                       sandbox::Mode mode, const sandbox::Layers* layers) {
  auto decoys = Decoys::make(home);
  if (!decoys.ok()) return "not started: " + decoys.error().text();
  sandbox::Spec spec;
  spec.argv = {attacker, name, decoys->target().text()};
  spec.mounts = {{attacker, "", false}};
  spec.mode = mode;
  spec.layers_for_test = layers;
  spec.cpus = {0};
  spec.may_exec = false;  // one attack is about this; all others do without, too
  spec.limits.memory_mib = 128;
  spec.limits.processes = 16;
  spec.limits.file_mib = 16;
  spec.limits.scratch_mib = 24;
  spec.limits.cpu_s = name == "take_cpu" ? .2 : 20;
  spec.limits.wall_s = name == "take_time" ? 1 : 20;
  const auto outcome = sandbox::run(spec);
  if (!outcome.ok()) return "not started: " + outcome.error().text();
  if (!outcome->limit.empty()) return "stopped: " + outcome->limit;
  if (!decoys->victim_untouched() && outcome->out.starts_with("held"))
    return "succeeded: it wrote into the victim and said nothing";
  return outcome->out + outcome->err;
}

Result<Stage> make_stage(const fs::path& prefix, const fs::path& attacker) {
  char path[] = "/tmp/gradus-attacks-XXXXXX";
  if (!mkdtemp(path) || chmod(path, 0755) != 0) return system_error(path, "mkdtemp", errno);
  setenv("GRADUS_HOME", path, 1);
  setenv("GRADUS_PREFIX", prefix.c_str(), 1);
  Stage stage{path, fs::path(path) / "attacker"};
  std::error_code error;
  fs::copy_file(attacker, stage.attacker, error);
  if (error || chmod(stage.attacker.c_str(), 0755) != 0)
    return infrastructure_error(attacker.string(), "cannot be copied: " + error.message());
  return stage;
}

}  // namespace gradus::attacks
