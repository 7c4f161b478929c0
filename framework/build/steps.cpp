#include "framework/build/steps.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "framework/build/diagnostics.hpp"
#include "framework/core/files.hpp"
#include "framework/core/text.hpp"

namespace gradus::build {
namespace {

/// Limits of one compiler call: a network by hand takes some 3 s and 400 MiB.
sandbox::Limits compile_limits() {
  sandbox::Limits limits;
  limits.cpu_s = 60;
  limits.wall_s = 180;
  limits.memory_mib = 3072;
  limits.file_mib = 64;
  return limits;
}

/// The failure of a step that its limits ended; nothing where they did not.
std::optional<Failure> limit_failure(const sandbox::Outcome& outcome, const std::string& doing) {
  const std::string& limit = outcome.limit;
  if (limit == "cpu" || limit == "wall") {
    return build_failure(doing + " took longer than allowed (" + duration(outcome.wall_ms) + ")",
                         "look for a template or constexpr computation without an end", "TIMEOUT");
  }
  if (limit == "memory") {
    return build_failure(doing + " used more memory than allowed",
                         "look for a recursive template or a huge literal", "OOM");
  }
  if (!limit.empty()) {
    return build_failure(doing + " was stopped at its limit of " + limit,
                         "make the sources simpler", "LIMIT");
  }
  return std::nullopt;
}

std::string log_of(const sandbox::Outcome& outcome) { return outcome.out + outcome.err; }

/// A plain file made by a sandboxed tool, given to everybody to read.
bool take(const std::filesystem::path& file) {
  struct stat info {};
  return ::lstat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
         ::chmod(file.c_str(), 0644) == 0;
}

/// A file that every sandbox may read, whatever the umask.
Status write_shared(const std::filesystem::path& path, const std::string& content) {
  GRADUS_CHECK(make_folder(path.parent_path()));
  GRADUS_CHECK(write_file(path, content));
  if (::chmod(path.c_str(), 0644) != 0) return system_error(path.string(), "cannot chmod", errno);
  return {};
}

std::string our_name(std::size_t index) {
  char text[16];
  std::snprintf(text, sizeof(text), "s%03zu.cpp", index);
  return text;
}

/// Folder part of a relative name, "" or "layers/".
std::string folder_of(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(0, slash + 1);
}

}  // namespace

Result<bool> ensure_pch(const Paths& paths, const Recipe& recipe, const Confinement& how,
                        const std::filesystem::path& scratch) {
  std::error_code code;
  if (std::filesystem::exists(recipe.pch(), code)) return false;
  GRADUS_CHECK(make_folder(paths.locks()));
  GRADUS_TRY(const FileLock lock,
             FileLock::acquire(paths.locks() / ("pch-" + recipe.place().filename().string())));
  if (std::filesystem::exists(recipe.pch(), code)) return false;  // another process made it

  for (const SourceFile& header : recipe.sdk()) {
    GRADUS_CHECK(write_shared(recipe.place() / "include/gradus" / header.name, header.content));
  }
  GRADUS_CHECK(write_shared(recipe.place() / "plugin.map", recipe.version_script()));
  GRADUS_CHECK(write_shared(recipe.place() / "gradus_pch.hpp", "#include <gradus/pch.hpp>\n"));
  const auto output = scratch / recipe.pch().filename();
  sandbox::Spec spec = recipe.spec(recipe.precompile_call(output), how.mode);
  spec.cancelled = how.cancelled;
  spec.mounts.push_back({scratch, {}, true});
  spec.limits.cpu_s = 300;
  spec.limits.wall_s = 900;
  spec.limits.memory_mib = 8192;
  spec.limits.file_mib = 2048;  // g++ writes 0.7 GB
  spec.limits.scratch_mib = 2048;
  GRADUS_TRY(const sandbox::Outcome outcome, sandbox::run(spec));
  if (!outcome.ok() || !take(output)) {
    return infrastructure_error("precompiled header",
                                "could not be made (exit code " +
                                    std::to_string(outcome.exit_code) + ", signal " +
                                    std::to_string(outcome.signal) +
                                    (outcome.limit.empty() ? "" : ", limit " + outcome.limit) +
                                    "): " + printable(first_errors(log_of(outcome), 12), true),
                                "check the compiler and LibTorch with 'gradus doctor'");
  }
  // Whole or not at all: a reader without the lock sees it only after the rename.
  std::filesystem::rename(output, recipe.pch(), code);
  if (code)
    return infrastructure_error(recipe.pch().string(), "cannot be published: " + code.message());
  return true;
}

Result<std::vector<std::string>> lay_out(const Workplace& place, const Sources& sources) {
  for (const SourceFile& header : sources.headers) {
    GRADUS_CHECK(write_shared(place.src() / header.name, header.content));
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < sources.units.size(); ++i) {
    const SourceFile& unit = sources.units[i];
    names.push_back(folder_of(unit.name) + our_name(i));
    // Names hold no quote, backslash or control character: collect_sources() saw to it.
    GRADUS_CHECK(write_shared(place.src() / names.back(),
                              "#line 1 \"" + unit.name + "\"\n" + unit.content + "\n"));
  }
  return names;
}

Result<Step> compile(const Recipe& recipe, const Confinement& how, const Workplace& place,
                     const std::string& laid_out, const SourceFile& unit,
                     const std::filesystem::path& object) {
  // Folder names are the student's, so the call stays in the source's own folder and names
  // nothing but our own file.
  const std::string folder = folder_of(laid_out), leaf = laid_out.substr(folder.size());
  const auto output = place.out() / "object.o";
  std::error_code code;
  std::filesystem::remove(output, code);
  sandbox::Spec spec = recipe.spec(recipe.compile_call(leaf, output), how.mode);
  spec.cancelled = how.cancelled;
  spec.cwd = place.src() / folder;
  spec.mounts.push_back({place.src(), {}, false});
  spec.mounts.push_back({place.out(), {}, true});
  spec.limits = compile_limits();
  GRADUS_TRY(const sandbox::Outcome outcome, sandbox::run(spec));
  Step step;
  step.log = rename(log_of(outcome), {{place.src().string() + "/", ""},
                                      {"./", ""},
                                      {(recipe.place() / "include").string() + "/", ""},
                                      {leaf, unit.name}});
  step.failure = limit_failure(outcome, "compiling '" + unit.name + "'");
  if (step.failure) return step;
  if (outcome.signal != 0) {
    step.failure = build_failure("the compiler crashed on '" + unit.name + "' (signal " +
                                     std::to_string(outcome.signal) + ")",
                                 "simplify the code at the place that its message names");
  } else if (outcome.exit_code != 0) {
    step.failure = build_failure("'" + unit.name + "' does not compile:\n" + first_errors(step.log),
                                 "mend the first error; the others often follow from it");
  } else if (!take(output)) {
    return infrastructure_error(unit.name, "the compiler reported success but left no object file");
  }
  if (step.failure) return step;
  GRADUS_CHECK(make_folder(object.parent_path()));
  std::filesystem::rename(output, object, code);
  if (code) return infrastructure_error(object.string(), "cannot be published: " + code.message());
  return step;
}

Result<Step> link(const Recipe& recipe, const Confinement& how, const Workplace& place,
                  const std::vector<std::filesystem::path>& objects,
                  const std::vector<std::pair<std::string, std::string>>& names) {
  const auto library = place.out() / "plugin.so";
  sandbox::Spec spec = recipe.spec(recipe.link_call(objects, library), how.mode);
  spec.cancelled = how.cancelled;
  for (const auto& object : objects) spec.mounts.push_back({object, {}, false});
  spec.mounts.push_back({place.out(), {}, true});
  spec.limits = compile_limits();
  spec.limits.memory_mib = 6144;  // the linker maps all of LibTorch
  spec.limits.file_mib = 128;
  GRADUS_TRY(const sandbox::Outcome outcome, sandbox::run(spec));
  Step step;
  step.log = rename(log_of(outcome), names);
  step.failure = limit_failure(outcome, "linking");
  if (step.failure) return step;
  if (!outcome.ok()) {
    const LinkProblem problem = explain_link(step.log);
    step.failure = build_failure(problem.what, problem.cure);
  } else if (!take(library)) {
    return infrastructure_error("linker", "it reported success but left no library");
  }
  return step;
}

Result<Inspected> inspect(const Paths& paths, const Confinement& how,
                          const std::filesystem::path& library) {
  const auto program = paths.program("gradus-inspect");
  sandbox::Spec spec;
  spec.argv = {program.string(), library.string()};
  spec.mode = how.mode;
  spec.cancelled = how.cancelled;
  spec.may_exec = false;
  spec.mounts = {{program, {}, false}, {library, {}, false}};
  spec.limits.cpu_s = 10;
  spec.limits.wall_s = 30;
  spec.limits.memory_mib = 512;
  GRADUS_TRY(const sandbox::Outcome outcome, sandbox::run(spec));
  Inspected inspected;
  const auto answer = nlohmann::json::parse(outcome.out, nullptr, false);
  if (!outcome.ok() || !answer.is_object()) {
    if (auto failure = limit_failure(outcome, "reading the library")) {
      inspected.failure = std::move(failure);
      return inspected;
    }
    return infrastructure_error("gradus-inspect",
                                "gave no answer (exit code " + std::to_string(outcome.exit_code) +
                                    ", signal " + std::to_string(outcome.signal) +
                                    "): " + printable(outcome.err, false, 400),
                                "install Gradus whole: './gradus setup'");
  }
  if (answer.contains("error")) {
    inspected.failure = build_failure(answer.value("error", ""), answer.value("cure", ""));
    return inspected;
  }
  std::string problems;
  for (const auto& problem : answer.value("problems", nlohmann::json::array())) {
    problems += (problems.empty() ? "" : "; ") + problem.get<std::string>();
  }
  if (!problems.empty()) {
    inspected.failure = build_failure(problems, "use the SDK's macros, and submit the sources");
    return inspected;
  }
  for (const auto& plugin : answer.value("plugins", nlohmann::json::array())) {
    inspected.plugins.push_back({plugin.value("kind", ""), plugin.value("name", "")});
  }
  if (inspected.plugins.empty()) {
    inspected.failure =
        build_failure("the sources register no plugin",
                      "add one line after the class, e.g. GRADUS_MODEL(MyNet, my_net, \"1.0\"); or "
                      "GRADUS_ACTIVATION or GRADUS_AUGMENTATION, whichever it is");
  }
  return inspected;
}

}  // namespace gradus::build
