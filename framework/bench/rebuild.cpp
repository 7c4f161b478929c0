#include <sched.h>

#include "framework/bench/suites.hpp"
#include "framework/build/build.hpp"
#include "framework/core/files.hpp"

namespace gradus::bench {
namespace {

/// Keeps this process and its children on one core while it lives.
class OneCore {
 public:
  OneCore() {
    sched_getaffinity(0, sizeof before_, &before_);
    int core = 0;
    while (core < CPU_SETSIZE && !CPU_ISSET(core, &before_)) ++core;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OneCore() { sched_setaffinity(0, sizeof before_, &before_); }
  OneCore(const OneCore&) = delete;
  OneCore& operator=(const OneCore&) = delete;

 private:
  cpu_set_t before_{};
};

Result<double> build_ms(const Setup& setup, const fs::path& folder, bool wanted_cached) {
  build::Request request;
  request.folder = folder;
  GRADUS_TRY(const build::BuildResult result, build::build(setup.paths, setup.toolchain, request));
  if (!result.built) {
    return infrastructure_error(folder.string(), "the plugin did not build: " + result.log);
  }
  // Else the figure would be that of something else.
  if (result.built->cached != wanted_cached) {
    return infrastructure_error(folder.string(), wanted_cached
                                                     ? "compiled, wanted: found in the cache"
                                                     : "found in the cache, wanted: compiled");
  }
  return result.built->wall_ms;
}

}  // namespace

Result<std::vector<Row>> measure_rebuild(const Setup& setup) {
  const fs::path folder = setup.scratch / "simplenn";
  GRADUS_CHECK(copy_tree(setup.paths.plugins() / "simplenn", folder));
  const fs::path source = folder / "simplenn.cpp";
  GRADUS_TRY(const std::string text, read_file(source));
  // New to the cache in every round of every call: the scratch folder has a random name.
  int edits = 0;
  const std::string stamp = setup.scratch.filename().string();
  const auto edit = [&]() -> Result<double> {
    const std::string number = std::to_string(++edits);
    const std::string name = "gradus_edit_" + number;
    GRADUS_CHECK(write_file(source, text + "\n// " + stamp + "\nextern const int " + name +
                                        ";\nconst int " + name + " = " + number + ";\n"));
    return build_ms(setup, folder, false);
  };
  const OneCore one_core;
  Row edited{
      "rebuild: one file edited, one core",         "ms", {"build", {}}, {}, "", "<= 5000 ms",
      "in the sandbox, with the precompiled header"};
  GRADUS_CHECK(repeat(setup.rounds_or(7), true, edit, edited.ours));
  Row unchanged{"rebuild: nothing changed", "ms", {"build", {}}, {}, "", "nothing compiled", ""};
  GRADUS_CHECK(repeat(
      setup.rounds_or(15), true, [&] { return build_ms(setup, folder, true); }, unchanged.ours));
  return std::vector<Row>{std::move(edited), std::move(unchanged)};
}

}  // namespace gradus::bench
