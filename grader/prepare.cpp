// Makes a lab runnable: every name in it becomes a file and a hash.

#include "datasets/store/store.hpp"
#include "framework/build/build.hpp"
#include "framework/core/hash.hpp"
#include "framework/core/text.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "grader/builder.hpp"
#include "grader/grader.hpp"
#include "grader/resolve.hpp"
#include "grader/submission/own_recipe.hpp"

namespace gradus::grader {
namespace {

namespace fs = std::filesystem;
using Say = std::function<void(const std::string&)>;

Result<fs::path> submission_folder(const fs::path& given) {
  std::error_code error;
  const fs::path folder = fs::canonical(given, error);
  const std::string cure = "Give the folder that holds the plugin's sources.";
  if (error)
    return user_error(printable(given.string()),
                      "found nothing there, wanted a submission: " + error.message(), cure);
  if (!fs::is_directory(folder, error))
    return user_error(printable(given.string()), "found a file, wanted a folder of sources", cure);
  return folder;
}

/// What the code that trains is: part of every run's hash.
Result<std::string> toolchain_text(const Paths& paths, const Toolchain& toolchain) {
  auto worker = sha256_file(paths.program("gradus-worker"));
  if (!worker.ok()) {
    return infrastructure_error(paths.program("gradus-worker").string(),
                                "the worker cannot be read: " + worker.error().what,
                                "Install Gradus again: './gradus setup'.");
  }
  std::string text = "libtorch " + toolchain.torch_version + ", " + toolchain.compiler_version +
                     ", worker " + worker->substr(0, 16);
  if (!toolchain.sanitizers.empty()) text += ", sanitizers " + join(toolchain.sanitizers, "+");
  return text;
}

Status resolve_data(const Paths& paths, Prepared& prepared, const Say& say) {
  lab::Lab& lab = prepared.lab;
  GRADUS_TRY(const datasets::Dataset dataset, datasets::Dataset::open(paths, lab.data.name));
  const datasets::DatasetInfo& info = dataset.info();
  const auto channels = static_cast<std::int64_t>(lab.tasks.front().input.mean.size());
  if (channels != info.channels) {
    return user_error(lab.file.string(),
                      "data.normalize has " + std::to_string(channels) +
                          " means, but the images of " + info.name + " have " +
                          std::to_string(info.channels) + " channels",
                      "Give one mean and one deviation a channel.");
  }
  if (say) say("splitting " + info.name);
  GRADUS_TRY(const datasets::Split split, dataset.split(lab.data.split));
  lab.data.hash = info.hash;
  lab.data.split_hash = split.hash;
  lab.data.channels = info.channels;
  lab.data.height = info.height;
  lab.data.width = info.width;
  lab.data.classes = static_cast<std::int64_t>(info.classes.size());
  prepared.classes = info.classes;
  for (const PlannedRun& planned : lab::expand(lab).runs) {
    const std::string found = misfit(planned.run.input, info.height);
    if (!found.empty()) {
      return user_error(lab.file.string(), "task." + planned.task + ": " + found,
                        "Images of " + info.name + " have " + std::to_string(info.height) + " x " +
                            std::to_string(info.width) + " pixels.");
    }
  }
  return {};
}

std::string submission_name(const Request& request, const fs::path& folder) {
  return request.submission_name.empty() ? printable(folder.filename().string(), false, 200)
                                         : request.submission_name;
}

/// Builds what stands for the submission; nullopt where the student's own does not build.
Result<std::optional<std::vector<Source>>> build_submission(const Builder& builder,
                                                            const Request& request,
                                                            Prepared& prepared) {
  std::vector<Source> sources;
  if (!request.submission.empty()) {
    GRADUS_TRY(const fs::path folder, submission_folder(request.submission));
    prepared.submission = submission_name(request, folder);
    GRADUS_TRY(build::BuildResult result,
               builder.build(folder, prepared.submission, prepared.lab.prebuilt_allowed));
    prepared.build_log = std::move(result.log);
    if (!result.built) {
      Failure failure = result.failure.value_or(
          Failure{Fault::submission, "BUILD_FAILED", "build", "no library came out", ""});
      if (failure.fault == Fault::infrastructure)
        return infrastructure_error("build", failure.what, failure.cure);
      failure.phase = "build";
      prepared.failure = std::move(failure);
      return std::optional<std::vector<Source>>();
    }
    prepared.submission_hash = result.built->hash;
    sources.push_back({prepared.submission, std::move(*result.built)});
    return std::optional(std::move(sources));
  }
  prepared.submission = "reference";
  if (prepared.lab.reference.empty()) {
    return user_error(prepared.lab.file.string(),
                      "the lab names no [submission] reference to stand in for a submission",
                      "Give a submission, or name reference plugins in the lab.");
  }
  Sha256 hash;
  for (const std::string& name : prepared.lab.reference) {
    GRADUS_TRY(Source source, builder.reference(name));
    hash.update_field(source.built.hash);
    sources.push_back(std::move(source));
  }
  prepared.submission_hash = hash.hex();
  return std::optional(std::move(sources));
}

/// Takes the submission's recipe, where the lab lets it have one. False: it is not a good one.
Result<bool> take_recipe(const Request& request, Prepared& prepared, const Say& say) {
  if (request.submission.empty()) return true;
  GRADUS_TRY(const fs::path folder, submission_folder(request.submission));
  if (prepared.lab.own_recipe.allowed.empty()) {
    std::error_code error;
    if (say && fs::exists(folder / lab::kOwnRecipeFile, error))
      say("recipe.toml is not looked at: this lab takes no recipe of a submission");
    return true;
  }
  auto own = own_recipe_of(folder, prepared.lab);
  if (!own.ok()) {
    if (own.error().fault != Fault::submission) return own.error();
    prepared.submission = submission_name(request, folder);
    const std::string where = own.error().where.empty() ? "" : own.error().where + ": ";
    prepared.failure = Failure{Fault::submission, "REJECTED", "recipe", where + own.error().what,
                               own.error().cure};
    return false;
  }
  if (*own) lab::apply_own_recipe(prepared.lab, **own);
  prepared.own_recipe = std::move(*own);
  return true;
}

/// A submission's own shortcoming ends in a result, not in an error of the command.
Result<bool> accept(const Status& status, Prepared& prepared) {
  if (status.ok()) return true;
  if (status.error().fault != Fault::submission) return status.error();
  prepared.failure = Failure{Fault::submission, "LOAD_FAILED", "resolve", status.error().what,
                             status.error().cure};
  prepared.plan.runs.clear();
  return false;
}

}  // namespace

Result<Prepared> prepare_lab(const Paths& paths, const Request& request, const Say& say) {
  Prepared prepared;
  prepared.tasks = request.tasks;
  prepared.sandbox = request.sandbox;
  GRADUS_CHECK(sandbox::mode_from_string(request.sandbox));
  GRADUS_TRY(prepared.lab,
             lab::read_lab(request.lab_file, request.profile, vocabulary(request.datasets),
                           request.overrides, request.private_overlay));
  if (request.level > 0) {
    lab::limit_level(prepared.lab, vocabulary(request.datasets), request.level);
    if (prepared.lab.tasks.empty()) {
      return user_error(request.lab_file.string(),
                        "has nothing to check up to level " + std::to_string(request.level),
                        "Ask for a higher level.");
    }
  }
  GRADUS_CHECK(lab::check_task_names(prepared.lab, request.tasks));
  if (prepared.lab.device != "cpu") {
    const GpuReport& gpus = this_machine_gpus();
    GRADUS_TRY(const std::string note,
               lab::settle_device(prepared.lab, gpus, gpu_usable(paths, gpus)));
    if (!note.empty() && say) say(note);
  }
  GRADUS_TRY(const Toolchain toolchain, read_toolchain(paths));
  GRADUS_TRY(prepared.toolchain, toolchain_text(paths, toolchain));
  GRADUS_CHECK(resolve_data(paths, prepared, say));
  prepared.plan = {prepared.lab.id, prepared.lab.profile, {}};
  return prepared;
}

Result<Prepared> prepare_submission(const Paths& paths, Prepared prepared, const Request& request,
                                    const Say& say) {
  GRADUS_TRY(const sandbox::Mode mode, sandbox::mode_from_string(request.sandbox));
  GRADUS_TRY(const Toolchain toolchain, read_toolchain(paths));
  const Builder builder(paths, toolchain, mode, say, request.cancelled);
  GRADUS_TRY(const bool recipe, take_recipe(request, prepared, say));  // cheaper than to build
  if (!recipe) return prepared;
  GRADUS_TRY(auto sources, build_submission(builder, request, prepared));
  if (!sources) return prepared;
  Resolver resolver(std::move(*sources), request.submission.empty(), prepared.lab,
                    [&builder](const std::string& name) { return builder.reference(name); });
  GRADUS_TRY(const bool complete, accept(resolver.check_required(), prepared));
  if (!complete) return prepared;

  if (const std::string note = lab::precision_note(prepared.lab); !note.empty() && say) say(note);
  prepared.plan = lab::expand(prepared.lab, request.tasks);
  for (PlannedRun& planned : prepared.plan.runs) {
    planned.run.sandbox = request.sandbox;
    planned.run.toolchain = prepared.toolchain;
    GRADUS_TRY(const bool resolved, accept(resolver.resolve(planned.run), prepared));
    if (!resolved) break;
  }
  return prepared;
}

Result<Prepared> prepare(const Paths& paths, const Request& request, const Say& say) {
  GRADUS_TRY(Prepared prepared, prepare_lab(paths, request, say));
  return prepare_submission(paths, std::move(prepared), request, say);
}

}  // namespace gradus::grader
