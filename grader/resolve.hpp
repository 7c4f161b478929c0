#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "framework/build/build.hpp"
#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/lab/lab.hpp"

namespace gradus::grader {

/// A built folder of plugins.
struct Source {
  std::string name;  ///< folder, printable
  build::Built built;
};

/// Who plays which role: finds the library behind "submission", "submission:NAME" and
/// "reference:NAME". There is no fallback between the two, so nothing of a student's can shadow
/// ours.
class Resolver {
 public:
  using BuildReference = std::function<Result<Source>(const std::string& folder)>;

  /// `submission`: the student's one source, or the folders that stand in for one (`stand_in`).
  Resolver(std::vector<Source> submission, bool stand_in, const lab::Lab& lab, BuildReference build)
      : submission_(std::move(submission)),
        stand_in_(stand_in),
        lab_(lab),
        build_(std::move(build)) {}

  /// Fills in libraries and names of a run's plugins. An activation or augmentation "submission"
  /// that the submission need not and does not bring is left out. Error: the submission's fault
  /// where it lacks a plugin, the lab's where a name is wrong.
  Status resolve(RunPlan& run);
  /// Error (submission) unless every kind that the lab requires is there.
  Status check_required() const;

 private:
  struct Candidate {
    const Source* source;
    std::string name;
  };
  std::vector<Candidate> of_kind(const std::string& kind) const;
  std::string inventory() const;
  Error missing(const PluginUse& use) const;
  Status fill_from_submission(PluginUse& use) const;
  Status fill_from_reference(PluginUse& use);
  Status fill(PluginUse& use);
  Status fill(std::optional<PluginUse>& use);

  std::vector<Source> submission_;
  bool stand_in_;
  const lab::Lab& lab_;
  BuildReference build_;
  std::map<std::string, Source> references_;
};

}  // namespace gradus::grader
