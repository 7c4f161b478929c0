// Theory of operation. Everything is named by content (recipe.hpp), so nothing is done twice:
//
//   GRADUS_HOME/builds/HASH/{plugin.so,build.json}   a folder's library; appears whole (rename)
//   GRADUS_HOME/builds/objects/HASH.o                one source compiled with all headers of its
//   folder GRADUS_HOME/pch/PLACE/                           the SDK's headers and their precompiled
//   header
//
// A folder whose library is there costs the reading and hashing of its sources, no process.
// Otherwise each source without an object is compiled, then all are linked and the library is
// inspected: one sandbox a step. Two processes that build one folder at once both do the work; the
// first to publish wins and the other takes the first's.

#include "framework/build/build.hpp"

#include <sys/stat.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "framework/build/prune.hpp"
#include "framework/build/recipe.hpp"
#include "framework/build/sources.hpp"
#include "framework/build/steps.hpp"
#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"
#include "framework/core/text.hpp"

namespace gradus::build {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLogBytes = 64 * 1024;
/// Of all sources of one build together, beside the limits of each call.
constexpr double kBuildBudgetMs = 600'000;

std::string plugins_json(const std::vector<ListedPlugin>& plugins) {
  auto list = nlohmann::json::array();
  for (const ListedPlugin& plugin : plugins) {
    list.push_back({{"kind", plugin.kind}, {"name", plugin.name}});
  }
  return nlohmann::json{{"plugins", list}}.dump(1) + "\n";
}

/// A published build; nothing where there is none, or a damaged one.
std::optional<Built> find_published(const Paths& paths, const std::string& hash) {
  const auto folder = paths.builds() / hash;
  const auto text = read_file(folder / "build.json", 1 << 20);
  if (!text.ok()) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  struct stat info {};
  if (!json.is_object() || !json.contains("plugins") || !json["plugins"].is_array() ||
      ::stat((folder / "plugin.so").c_str(), &info) != 0 || info.st_size == 0) {
    return std::nullopt;
  }
  Built built{folder / "plugin.so", hash, {}, true, 0};
  for (const auto& plugin : json["plugins"]) {
    if (!plugin.is_object()) return std::nullopt;
    built.plugins.push_back({plugin.value("kind", ""), plugin.value("name", "")});
  }
  return built;
}

class Build {
 public:
  Build(const Paths& paths, const Recipe& recipe, const Request& request)
      : paths_(paths),
        recipe_(recipe),
        how_{request.mode, request.cancelled},
        folder_(request.folder) {}

  Result<BuildResult> from_sources(const Sources& sources) {
    const std::string hash = recipe_.library_hash(sources);
    if (take_published(hash)) return std::move(result_);
    GRADUS_CHECK(open_workplace());
    const FolderGuard guard(place_.folder);
    GRADUS_TRY(const auto laid_out, lay_out(place_, sources));

    std::vector<std::filesystem::path> objects;
    std::vector<std::pair<std::string, std::string>> names;
    for (std::size_t i = 0; i < sources.units.size(); ++i) {
      const SourceFile& unit = sources.units[i];
      const auto object = paths_.builds() / "objects" / (recipe_.object_hash(sources, unit) + ".o");
      std::error_code code;
      if (!std::filesystem::exists(object, code)) {
        GRADUS_TRY(Step step, compile_with_pch(laid_out[i], unit, object));
        if (failed(step)) return std::move(result_);
      }
      objects.push_back(object);
      names.emplace_back(object.string(), unit.name);
    }
    GRADUS_TRY(Step step, link(recipe_, how_, place_, objects, names));
    if (failed(step)) return std::move(result_);
    GRADUS_CHECK(inspect_and_publish(hash));
    prune_objects(paths_.builds() / "objects");
    return std::move(result_);
  }

  Result<BuildResult> from_library(const std::string& name, const SourceLimits& limits) {
    const auto file = folder_ / name;
    std::error_code code;
    const auto size = std::filesystem::file_size(file, code);
    if (code || size > limits.library_bytes) {
      result_.failure = build_failure("the library '" + name + "' is larger than " +
                                          byte_size(static_cast<double>(limits.library_bytes)) +
                                          " or cannot be read",
                                      "submit the sources");
      return std::move(result_);
    }
    GRADUS_TRY(const std::string content, read_file(file, limits.library_bytes));
    const std::string hash = recipe_.prebuilt_hash(sha256(content));
    if (take_published(hash)) return std::move(result_);
    GRADUS_CHECK(open_workplace());
    const FolderGuard guard(place_.folder);
    GRADUS_CHECK(write_file(place_.out() / "plugin.so", content));
    if (::chmod((place_.out() / "plugin.so").c_str(), 0644) != 0) {
      return system_error(name, "cannot chmod", errno);
    }
    GRADUS_CHECK(inspect_and_publish(hash));
    if (result_.failure) result_.failure->code = "LOAD_FAILED";  // nothing was built
    return std::move(result_);
  }

 private:
  bool take_published(const std::string& hash) {
    result_.built = find_published(paths_, hash);
    if (result_.built) result_.built->wall_ms = elapsed_ms();
    return result_.built.has_value();
  }

  Status open_workplace() {
    GRADUS_TRY(place_.folder, make_temporary_folder(paths_.scratch(), "build"));
    // Sandboxes have a uid of their own and must walk through; nobody can list it.
    if (::chmod(place_.folder.c_str(), 0711) != 0) {
      return system_error(place_.folder.string(), "cannot chmod", errno);
    }
    GRADUS_CHECK(make_folder(place_.src()));
    return make_folder(place_.out());
  }

  Result<Step> compile_with_pch(const std::string& laid_out, const SourceFile& unit,
                                const std::filesystem::path& object) {
    for (bool again = false;; again = true) {
      GRADUS_TRY(const bool made, ensure_pch(paths_, recipe_, how_, place_.out()));
      if (elapsed_ms() > kBuildBudgetMs && !made) {
        return Step{
            build_failure("compiling the folder took longer than " + duration(kBuildBudgetMs),
                          "submit fewer or simpler sources", "TIMEOUT"),
            ""};
      }
      GRADUS_TRY(Step step, compile(recipe_, how_, place_, laid_out, unit, object));
      // A precompiled header that the compiler refuses (LibTorch was changed in place, a disk
      // filled up) is ours to mend, once; the student's code has not been looked at yet.
      const bool refused = step.failure && !again &&
                           step.log.find(recipe_.pch().filename().string()) != std::string::npos;
      if (!refused) return step;
      std::error_code code;
      std::filesystem::remove(recipe_.pch(), code);
    }
  }

  bool failed(Step& step) {
    result_.log += printable(step.log, true, kLogBytes - std::min(kLogBytes, result_.log.size()));
    if (step.failure) result_.failure = std::move(step.failure);
    return result_.failure.has_value();
  }

  Status inspect_and_publish(const std::string& hash) {
    GRADUS_TRY(Inspected inspected, inspect(paths_, how_, place_.out() / "plugin.so"));
    if (inspected.failure) {
      result_.failure = std::move(inspected.failure);
      return {};
    }
    GRADUS_CHECK(write_file(place_.out() / "build.json", plugins_json(inspected.plugins)));
    const auto target = paths_.builds() / hash;
    if (!find_published(paths_, hash)) GRADUS_CHECK(remove_tree(target));  // a damaged one
    GRADUS_CHECK(publish_folder(place_.out(), target));
    result_.built = Built{target / "plugin.so", hash, inspected.plugins, false, elapsed_ms()};
    return {};
  }

  double elapsed_ms() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - started_).count();
  }

  const Clock::time_point started_ = Clock::now();
  const Paths& paths_;
  const Recipe& recipe_;
  const Confinement how_;
  const std::filesystem::path folder_;
  Workplace place_;
  BuildResult result_;
};

}  // namespace

Result<BuildResult> build(const Paths& paths, const Toolchain& toolchain, const Request& request) {
  const SourceLimits limits;
  GRADUS_TRY(const Collected collected, collect_sources(request.folder, limits));
  if (collected.failure) return BuildResult{std::nullopt, collected.failure, ""};
  const Sources& sources = collected.sources;
  GRADUS_TRY(const Recipe recipe, Recipe::make(paths, toolchain));
  Build build(paths, recipe, request);
  if (!sources.units.empty()) return build.from_sources(sources);
  if (sources.libraries.empty()) {
    return BuildResult{std::nullopt,
                       build_failure("the folder holds no *.cpp" + instead_of_units(sources),
                                     "submit the plugin's sources; 'gradus new model NAME' makes a "
                                     "folder to start from"),
                       ""};
  }
  if (!request.prebuilt_allowed) {
    return BuildResult{std::nullopt,
                       build_failure("the folder holds no *.cpp" + instead_of_units(sources),
                                     "submit the sources: this lab takes no prebuilt libraries"),
                       ""};
  }
  if (sources.libraries.size() > 1) {
    return BuildResult{
        std::nullopt,
        build_failure("the folder holds " + std::to_string(sources.libraries.size()) +
                          " libraries, wanted one",
                      "submit one library; it may hold several plugins"),
        ""};
  }
  return build.from_library(sources.libraries.front(), limits);
}

}  // namespace gradus::build
