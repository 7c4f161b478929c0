// More images than there are.

#include "framework/lab/lint.hpp"

namespace gradus::lab {
namespace {

void lint_split(const Lint& lint) {
  const auto images = lint.vocabulary.images.find(lint.lab.data.name);
  if (images == lint.vocabulary.images.end()) return;
  const auto& split = lint.lab.data.split;
  if (split.train <= images->second - split.val) return;
  lint.errors.add(place_of(lint.root, "data.split"),
                  "data.split: found " + std::to_string(split.train) + " images to train on and " +
                      std::to_string(split.val) + " to validate on, wanted at most " +
                      std::to_string(images->second) +
                      " together, as many as the training set of '" + lint.lab.data.name + "' has");
}

/// What the file says itself; defaults are cut to the split.
void lint_exam(const Lint& lint, const std::string& key, const std::string& part,
               std::int64_t images) {
  const Node* exam = lint.root.find("exam");
  const Node* value = exam == nullptr ? nullptr : exam->find(key);
  if (value == nullptr || !value->is(Node::Kind::integer) || value->integer <= images) return;
  lint.errors.add(value->at, "exam." + key + ": found the integer " +
                                 std::to_string(value->integer) + ", wanted at most data.split." +
                                 part + ": " + std::to_string(images));
}

}  // namespace

void lint_data(const Lint& lint) {
  lint_split(lint);
  lint_exam(lint, "val_images", "val", lint.lab.data.split.val);
  lint_exam(lint, "train_images", "train", lint.lab.data.split.train);
}

}  // namespace gradus::lab
