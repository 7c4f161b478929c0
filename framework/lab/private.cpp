// The private overlay: a file with what students must not see.
//
// Theory of operation. [private] names the lab and may hold the course's secret; [[add.task]],
// [[add.rubric]] and [[add.figure]] join the lab's lists, hidden unless they say otherwise; every
// other key changes the lab as a profile's does. A value remembers the file that it came from, so
// whatever of a visible item came from here is known, and its details stay with the instructor.

#include <algorithm>
#include <set>

#include "framework/core/hash.hpp"
#include "framework/core/text.hpp"
#include "framework/lab/document.hpp"
#include "framework/lab/overlay.hpp"
#include "framework/lab/schema.hpp"
#include "framework/lab/table.hpp"

namespace gradus::lab {
namespace {

/// What the overlay may change of a visible item without its details becoming private: the student
/// sees these.
const std::set<std::string> kShown = {"id", "title", "points", "bonus", "visibility"};

bool comes_from(const Node& node, const std::string& source) {
  if (node.at.source == source) return true;
  const auto inside = [&](const Node& part) { return comes_from(part, source); };
  return std::any_of(node.items.begin(), node.items.end(), inside) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [&](const Entry& entry) { return inside(entry.value); });
}

Entry entry_of(const std::string& key, Node value, const Origin& at) {
  value.at = at;
  return {key, at, std::move(value)};
}

void add_items(Node& root, const std::string& list, const Node& items, Problems& problems) {
  Node* into = root.find(list);
  if (into == nullptr) {
    Node empty;
    empty.kind = Node::Kind::list;
    root.entries.push_back(entry_of(list, std::move(empty), items.at));
    into = &root.entries.back().value;
  }
  if (!into->is(Node::Kind::list)) return;  // the lab file's own mistake, reported by Table
  for (const Node& item : items.items) {
    if (!item.is(Node::Kind::table)) {
      problems.add(item.at, "add." + list + ": found " + describe(item) + ", wanted [[add." + list +
                                "]] tables");
      continue;
    }
    Node copy = item;
    if (copy.find("visibility") == nullptr) {
      Node hidden;
      hidden.kind = Node::Kind::text;
      hidden.text = "hidden";
      copy.entries.push_back(entry_of("visibility", std::move(hidden), item.at));
    }
    into->items.push_back(std::move(copy));
  }
}

}  // namespace

Status add_overlay(Document& document, const std::filesystem::path& file, Problems& problems) {
  GRADUS_TRY(const std::string text, load_text(file, "a private overlay of a lab",
                                               "Give its file with --private, or leave it out."));
  Overlay overlay;
  overlay.source = file.string();
  overlay.hash = sha256(text);
  GRADUS_TRY(Node root, parse_document(text, overlay.source));
  const auto& keys = table_spec("overlay").keys;
  const Table top(&root, "", keys, problems, true);
  if (!top.has("private")) {
    if (root.find("private") == nullptr)
      problems.add(root.at, "found no [private], wanted [private] lab = \"" +
                                std::string("ID of the lab\" in an overlay"));
  } else {
    const Table own(top.get("private"), "private", table_spec("private").keys, problems);
    overlay.lab = own.text("lab");
    overlay.secret = own.text("secret");
    constexpr std::size_t kShortest = 16;
    if (own.has("secret") && overlay.secret.size() < kShortest) {
      problems.add(own.at("secret"), "private.secret: found a text of " +
                                         std::to_string(overlay.secret.size()) +
                                         " bytes, wanted at least 16, drawn by chance");
    }
  }
  const Table add(top.get("add"), "add", table_spec("add").keys, problems);
  for (const char* list : {"task", "rubric", "figure"}) {
    if (const Node* items = add.get(list)) add_items(document.root, list, *items, problems);
  }
  if (const Node* profiles = top.get("profile")) overlay.profiles = *profiles;
  overlay.changes.at = root.at;
  for (Entry& entry : root.entries) {
    const bool own = entry.key == "private" || entry.key == "add" || entry.key == "profile";
    if (!own) overlay.changes.entries.push_back(std::move(entry));
  }
  document.overlay = std::move(overlay);
  return {};
}

double apply_overlay(Node& root, const Overlay& overlay, const std::string& profile,
                     Problems& problems) {
  double scale = apply_profile(root, overlay.changes, problems);
  const Node* own = overlay.profiles.find(profile);
  if (own != nullptr && own->is(Node::Kind::table)) scale *= apply_profile(root, *own, problems);
  return scale;
}

void settle_private(Lab& lab, const Node& root, const Overlay& overlay, Problems& problems) {
  if (!overlay.lab.empty() && !lab.id.empty() && overlay.lab != lab.id) {
    problems.add({overlay.source, 1, 1}, "private.lab: found an overlay of the lab '" +
                                             printable(overlay.lab, false, 60) +
                                             "', wanted one of '" + lab.id + "'");
  }
  lab.private_hash = overlay.hash;
  if (!overlay.secret.empty()) {
    Sha256 hash;
    hash.update_field("gradus.secret/1");
    hash.update_field(overlay.secret);
    hash.update_field(std::to_string(lab.seed));
    lab.seed = std::stoull(hash.hex().substr(0, 16), nullptr, 16) >> 1;  // as run_seed()
    lab.secret_seed = true;
  }
  const Node* list = root.find("rubric");
  if (list == nullptr) return;
  for (const Node& item : list->items) {
    const Node* id = item.find("id");
    if (id == nullptr || item.at.source == overlay.source) continue;  // its own: visibility says it
    const bool changed =
        std::any_of(item.entries.begin(), item.entries.end(), [&](const Entry& entry) {
          return !kShown.contains(entry.key) && comes_from(entry.value, overlay.source);
        });
    for (RubricItem& known : lab.rubric) {
      if (known.id == id->text) known.details_private = known.details_private || changed;
    }
  }
}

}  // namespace gradus::lab
