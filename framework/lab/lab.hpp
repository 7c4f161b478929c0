#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/gpu.hpp"
#include "framework/core/machine.hpp"
#include "framework/core/result.hpp"
#include "framework/record/lab_result.hpp"
#include "framework/record/plan.hpp"

namespace gradus::lab {

/// What a key's value may be. The second row are texts, numbers, lists and tables with a meaning
/// that the reader knows, and so checks.
enum class ValueType {
  boolean,
  integer,
  number,
  text,
  list,
  table,
  fraction,    ///< number from 0 to 1; 63 is an error, not 63 %
  difference,  ///< of two fractions: number from -1 to 1
  interval,    ///< list of two fractions, the smaller first
  identifier,  ///< text of a-z, 0-9 and _, a letter first
  texts,       ///< one text or a list of texts
  numbers,     ///< list of numbers
  plugin,  ///< "submission", "submission:NAME", "reference:NAME", or {use = "...", options = {}}
  arm,     ///< table of varied keys and values that names arms of the item's task
  arms,    ///< list of such tables
  varied,  ///< text: one of the task's varied keys
  probes,  ///< one name or a list of names of the task's probes
  other_task,  ///< text: another task, of a kind that the check takes
  time,        ///< date and time with an offset from UTC
};

/// One key: of a lab file's own tables, or one that a check or probe takes.
struct KeySpec {
  std::string name;  ///< of checks also dotted: "expect.total" is total inside the table expect
  ValueType type = ValueType::number;
  bool required = false;
  std::optional<double> min, max;
  std::vector<std::string> choices;
  std::string help;
  std::optional<double> above;  ///< exclusive minimum
  Json fallback;                ///< value where the key is absent; null: none
};

/// A check or probe that exists, as the lab reader must know it.
struct NamedSpec {
  std::string name, help;
  std::vector<KeySpec> keys;  ///< beside the common ones (id, title, check, task, points, ...)
  std::vector<std::string> task_kinds;  ///< kinds of task it can be asked of: "probe", "train"
  std::vector<std::string> one_of;  ///< at least one of these keys must be there; empty: no rule
  std::vector<std::string> needs_probes;  ///< probes that the task must list
  /// Pairs (key, needed): where the first is given, the second must be too.
  std::vector<std::pair<std::string, std::string>> together;
  int level = 0;             ///< of a probe: how strict it is, 1 to 10; 0: it has none
  std::string needs_plugin;  ///< of a probe: "activation" or "augmentation" that the task must name
  bool claimed = false;      ///< rests on what the submission's process says: wants accept_claimed
  /// Of a check: keys that only arms which were trained to their end can answer.
  std::vector<std::string> needs_whole_arms{};
};

/// A plugin that a folder of sources registers.
struct PluginName {
  std::string kind, name;  ///< "model", "simplenn"
};

/// What exists outside this room; the caller hands it in (design: Vocabulary).
struct Vocabulary {
  std::vector<NamedSpec> checks, probes;
  std::vector<std::string> datasets;              ///< empty: any name is taken
  std::map<std::string, std::int64_t> classes{};  ///< of data sets, where they are known
  std::map<std::string, std::int64_t> heights{};  ///< of their images in pixels
  std::map<std::string, std::int64_t> images{};   ///< in their published training sets
  /// Reference plugins by folder; empty: not known.
  std::map<std::string, std::vector<PluginName>> plugins{};
};

struct RubricItem {
  std::string id, title, check, task;
  double points = 0;
  bool bonus = false, accept_claimed = false;
  std::string visibility = "visible", feedback;
  /// The private overlay changed what is asked: a student sees points and verdict, no more.
  bool details_private = false;
  Json options;  ///< the check's own keys
  struct Partial {
    Json options;
    double points = 0;
  };
  std::vector<Partial> partial;  ///< weaker conditions, tried in order; whole option sets
};

/// How the hopeless arms of a sweep are stopped early; see stop_arms.cpp.
struct StopArms {
  std::string rule;                 ///< "successive_halving" or "median"; empty: no arm is stopped
  std::vector<std::int64_t> rungs;  ///< epochs behind which the arms are compared, ascending
  double keep = 0;                  ///< successive_halving: share of the arms that goes on
};

struct Task {
  std::string id, title, text, kind;  ///< "probe" or "train"
  PluginUse model;
  std::optional<PluginUse> activation, augmentation;
  Recipe recipe;  ///< lab's defaults with the task's values
  InputSpec input;
  std::vector<ProbeSpec> probes;
  /// Arms in order; each maps varied keys ("optimizer.lr") to values. One empty arm where nothing
  /// varies.
  std::vector<std::map<std::string, Json>> arms;
  std::vector<std::string> varied;  ///< in the file's order
  std::int64_t trials = 1;
  std::int64_t train_images = 0;  ///< 0: the whole training split
  bool own_recipe = false;        ///< takes what the submission's recipe.toml says
  StopArms stop_arms;
  std::string visibility = "visible";
  Json reported;  ///< the document's figures, see ResultTask; null where the lab names none
};

/// [submission] recipe: what of a recipe a submission may set itself.
struct OwnRecipeRules {
  std::vector<std::string> allowed;      ///< "epochs", "optimizer.lr", "input.crop"; empty: nothing
  std::map<std::string, double> budget;  ///< largest values, by key
};

/// A lab under one profile: every value resolved but hashes of data and plugins.
struct Lab {
  std::string id, title, text, profile;
  std::filesystem::path file;
  std::vector<std::string> profiles;  ///< all that the file has, with the lab's default first
  std::vector<std::string>
      reference;  ///< [submission] reference: folders of share/gradus/plugins that stand in
  std::vector<std::string> required_kinds;  ///< kinds a submission must bring
  bool prebuilt_allowed = false;
  OwnRecipeRules own_recipe;
  double epochs_scale = 1;   ///< of the profile: a submission's own epochs are scaled with it
  std::string due;           ///< UTC, "2026-12-01T22:59:00Z"; empty: none
  double cap = 0;            ///< the total is at most so many points; 0: not bounded
  bool secret_seed = false;  ///< the seed comes from the private overlay's secret
  std::string private_hash;  ///< of the private overlay; empty: none
  DataSpec data;
  std::uint64_t seed = 0;
  std::int64_t threads = 0;  ///< of a run; 0: see expand()
  std::string precision = "float32", memory_format = "channels_last", engine = "gradus";
  /// "cpu", "cuda", or "auto", which settle_device() makes one of these.
  std::string device = "cpu";
  std::string device_name;             ///< class of the GPU; filled in by settle_device()
  std::int64_t gpu_memory_mib = 4096;  ///< of a run with device "cuda"
  RunLimits limits;
  std::vector<Task> tasks;
  std::vector<RubricItem> rubric;
  std::vector<FigureSpec> figures;
  /// Experiment sizes: exam_val_images, exam_train_images, train_images as in RunPlan.
  std::int64_t exam_val_images = 0, exam_train_images = 5000, train_images = 0;
  bool exam_mirror = false;  ///< as in RunPlan, of train tasks
  bool complete = false;     ///< [run] complete: every arm goes to its end, whatever stop_arms says

  /// Whether a submission need not bring what `use` asks for: any plugin of a kind that the lab
  /// does not require. Runs then go without.
  bool may_do_without(const PluginUse& use) const;
};

/// `--set k=v` on the command line: same keys as in the file, e.g. "recipe.epochs=2".
struct Override {
  std::string key, value;
};

/// Reads a lab file under a profile ("": the lab's default). All problems of the file are reported
/// at once; each line is "file:line:column: found ..., wanted ... (did you mean ...?)", joined by
/// newlines in Error::what.
/// `private_overlay`: a file with what students must not see; empty: none.
Result<Lab> read_lab(const std::filesystem::path& file, const std::string& profile,
                     const Vocabulary& vocabulary, const std::vector<Override>& overrides = {},
                     const std::filesystem::path& private_overlay = {});

/// The check or probe of that name; null where there is none.
const NamedSpec* spec_named(const std::vector<NamedSpec>& specs, const std::string& name);
/// The task of that id; null where there is none.
const Task* task_named(const std::vector<Task>& tasks, const std::string& id);

/// Level from which on a check also trains: up to there it should take seconds.
inline constexpr int kTrainingLevel = 6;
/// Leaves of the lab what a check up to `level` runs: probes above it are left out, below
/// kTrainingLevel trainings too, and with them the rubric items and figures that need them. An item
/// that names several probes keeps those that are left.
void limit_level(Lab& lab, const Vocabulary& vocabulary, int level);

/// Rungs at which arms of the task are compared: those below the epochs of its shortest arm (a
/// profile or a submission's recipe may have shortened it). Empty: every arm goes to its end.
std::vector<std::int64_t> rungs_of(const Lab& lab, const Task& task);

/// Expands tasks × arms × trials; libraries and hashes are still empty. seed = H(lab.seed, trial).
/// `only_tasks`: empty for all. Where lab.threads is 0, a run gets an equal share of the machine's
/// cores: all for a single training, one where there are at least as many distinct trainings as
/// cores. Where lab.precision is "bfloat16", runs compute in it where serves_bfloat16() has it.
/// With device "cuda" a run has one thread and the lab's precision; what is not settled yet counts
/// as "cpu".
/// Arms that may be stopped stand in the plan up to their first rung: what certainly runs.
Plan expand(const Lab& lab, const std::vector<std::string>& only_tasks = {},
            const Machine& machine = this_machine());

/// Decides what "auto" is here, and which class of GPU "cuda" means: the first one's. `usable` is
/// gpu_usable()'s answer. Returns what is to be said of it; empty: nothing. Error (user): "cuda"
/// where no GPU can be used, or more of its memory than it has.
Result<std::string> settle_device(Lab& lab, const GpuReport& report, const Status& usable);

/// The CPU computes in bfloat16 and is no slower for it: by its instructions, or because our engine
/// (lab.engine "gradus") keeps numbers so and multiplies them in float32, for which it wants avx2.
bool serves_bfloat16(const Lab& lab, const Machine& machine);

/// Why runs on the machine do not compute in the precision that the lab asks for; empty: they do.
std::string precision_note(const Lab& lab, const Machine& machine = this_machine());

/// H(base, trial): 63 bits of a SHA-256. Never depends on task or arm.
std::uint64_t run_seed(std::uint64_t base, std::int64_t trial);

/// "2026-12-01T22:59:00Z" of a TOML date and time with an offset; nothing for any other text.
std::optional<std::string> utc_time(const std::string& text);

/// Error (user) that lists the lab's tasks where one of the names is not among them.
Status check_task_names(const Lab& lab, const std::vector<std::string>& only_tasks);

/// Labs installed with Gradus and a user's own: an id, a folder or a file → the lab.toml.
Result<std::filesystem::path> find_lab(const std::filesystem::path& labs_folder,
                                       const std::string& name);
std::vector<std::filesystem::path> list_labs(const std::filesystem::path& labs_folder);

/// All keys of a lab file and of a private overlay, with types, ranges, defaults and examples, as
/// Markdown tables.
std::string keys_markdown();
/// The keys of a vocabulary's checks or probes, the same way.
std::string specs_markdown(const std::vector<NamedSpec>& specs);

}  // namespace gradus::lab
