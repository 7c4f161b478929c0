#include "grader/batch/plan_hash.hpp"

#include <map>

#include "framework/core/hash.hpp"
#include "grader/builder.hpp"

namespace gradus::grader {
namespace {

/// Fills in the libraries of reference plugins; a submission's own stay open.
class References {
 public:
  explicit References(const Builder& builder) : builder_(builder) {}

  Status fill(PluginUse& use) {
    if (use.role != "reference") return {};
    auto at = known_.find(use.name);
    if (at == known_.end()) {
      GRADUS_TRY(Source source, builder_.reference(use.name));
      at = known_.emplace(use.name, source.built.hash).first;
    }
    use.library_hash = at->second;
    return {};
  }
  Status fill(std::optional<PluginUse>& use) { return use ? fill(*use) : Status(); }

 private:
  const Builder& builder_;
  std::map<std::string, std::string> known_;
};

}  // namespace

Result<std::string> plan_hash(const Paths& paths, const Prepared& lab, const Request& request,
                              const std::function<void(const std::string&)>& say) {
  GRADUS_TRY(const sandbox::Mode mode, sandbox::mode_from_string(request.sandbox));
  GRADUS_TRY(const Toolchain toolchain, read_toolchain(paths));
  const Builder builder(paths, toolchain, mode, say, request.cancelled);
  References references(builder);
  GRADUS_TRY(const std::string lab_file, sha256_file(lab.lab.file));
  // A new version of the grading code marks again, from evidence that is still good.
  GRADUS_TRY(const std::string program, sha256_file(paths.prefix / "bin" / "gradus"));

  Sha256 hash;
  for (const std::string& field : {std::string("gradus.grading/1"), lab_file, program, lab.lab.id,
                                   lab.lab.profile, lab.sandbox, lab.toolchain}) {
    hash.update_field(field);
  }
  if (!lab.lab.private_hash.empty()) {
    hash.update_field("private overlay");
    hash.update_field(lab.lab.private_hash);
  }
  for (const lab::Override& one : request.overrides) {
    hash.update_field(one.key);
    hash.update_field(one.value);
  }
  for (PlannedRun& planned : lab::expand(lab.lab, request.tasks).runs) {
    GRADUS_CHECK(references.fill(planned.run.model));
    GRADUS_CHECK(references.fill(planned.run.activation));
    GRADUS_CHECK(references.fill(planned.run.augmentation));
    hash.update_field(planned.id);
    hash.update_field(planned.run.hash());
  }
  return hash.hex();
}

}  // namespace gradus::grader
