// Partial credit that is out of order: conditions are tried from the first to the last, so each
// must be weaker than the one before it, and worth less.

#include <algorithm>
#include <set>
#include <string>

#include "framework/core/text.hpp"
#include "framework/lab/lint.hpp"

namespace gradus::lab {
namespace {

/// Keys whose smaller (larger) value asks for less, by their last name.
const std::set<std::string> kSmallerIsWeaker = {"at_least", "all_at_least", "margin", "times"};
const std::set<std::string> kLargerIsWeaker = {"at_most", "tolerance", "within"};

/// Keys that only ever narrow what passes, where the condition before it has none.
const std::set<std::string> kNarrows = {"at_least", "all_at_least", "at_most", "within",
                                        "between",  "times",        "total",   "one_of"};

enum class Change { weaker, not_weaker, unknown };

/// The more arms are left out, the less is asked.
Change change_of_except(const Task& task, const Json& now, const Json& before) {
  const auto left = arms_of(task, {{"except", now}}), was = arms_of(task, {{"except", before}});
  return std::includes(left.begin(), left.end(), was.begin(), was.end()) ? Change::not_weaker
                                                                         : Change::unknown;
}

/// The more counts are right, the less is asked.
Change change_of_counts(const Json& now, const Json& before) {
  const bool more = std::any_of(now.begin(), now.end(), [&](const Json& count) {
    return std::find(before.begin(), before.end(), count) == before.end();
  });
  return more ? Change::weaker : Change::not_weaker;
}

Change change_of(const Task& task, const Option& option, const Json* before) {
  if (before == nullptr)
    return kNarrows.contains(option.name) ? Change::not_weaker : Change::unknown;
  if (option.name == "except") return change_of_except(task, *option.value, *before);
  if (option.name == "one_of" && option.value->is_array() && before->is_array())
    return change_of_counts(*option.value, *before);
  if (option.name == "between" && option.value->is_array() && before->is_array())
    return option.value->at(0) < before->at(0) || option.value->at(1) > before->at(1)
               ? Change::weaker
               : Change::not_weaker;
  if (!option.value->is_number() || !before->is_number()) return Change::unknown;
  const double now = option.value->get<double>(), then = before->get<double>();
  if (kSmallerIsWeaker.contains(option.name))
    return now < then ? Change::weaker : Change::not_weaker;
  if (kLargerIsWeaker.contains(option.name))
    return now > then ? Change::weaker : Change::not_weaker;
  return Change::unknown;
}

/// True where `now` asks for no less than `before` did, as far as that can be told.
bool asks_no_less(const Task& task, const Json& now, const Json& before) {
  for (const Option& option : options_of(now)) {
    const Json* old = value_at(before, option.path);
    if (old != nullptr && *old == *option.value) continue;
    if (change_of(task, option, old) != Change::not_weaker) return false;
  }
  return true;
}

/// Whether a profile changed what the whole item asks, and left its partial conditions as they
/// were: those that are idle then harm nobody.
bool only_the_whole_changed(const Node& now, const Node& original) {
  const auto place = [](const Node& item, const std::string& path) {
    return place_of(item, path).text();
  };
  if (place(now, "partial") != place(original, "partial")) return false;
  for (const Leaf& leaf : flatten(now)) {
    if (place(now, leaf.path) != place(original, leaf.path)) return true;
  }
  return false;
}

}  // namespace

void lint_partial(const Lint& lint) {
  for (std::size_t i = 0; i < lint.lab.rubric.size(); ++i) {
    const RubricItem& item = lint.lab.rubric[i];
    const Task* task = task_named(lint.lab.tasks, item.task);
    if (item.partial.empty() || task == nullptr) continue;
    const Node& list = *item_of(lint.root, "rubric", i).find("partial");
    const bool idle = only_the_whole_changed(item_of(lint.root, "rubric", i),
                                             item_of(lint.original, "rubric", i));
    const std::string subject = "rubric." + item.id + ".partial";
    const Json* before = &item.options;
    double points = item.points;
    for (std::size_t k = 0; k < item.partial.size(); ++k) {
      const RubricItem::Partial& one = item.partial[k];
      const Node& node = list.items.at(k);
      if (one.points <= 0) {
        lint.errors.add(place_of(node, "points"),
                        subject + ".points: found 0, wanted points that it gives");
      } else if (one.points >= points) {
        lint.errors.add(place_of(node, "points"),
                        subject + ".points: found " + number(one.points) + " after " +
                            number(points) + ", wanted fewer points the weaker the condition");
      }
      if (!(k == 0 && idle) && asks_no_less(*task, one.options, *before)) {
        lint.errors.add(node.at, subject +
                                     ": found a condition that is not weaker than the one "
                                     "before it and so never gives its points, wanted a "
                                     "weaker one");
      }
      before = &one.options;
      points = one.points;
    }
  }
}

}  // namespace gradus::lab
