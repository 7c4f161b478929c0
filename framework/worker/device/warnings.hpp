#pragma once

#include <c10/util/Exception.h>

#include <set>
#include <string>

namespace gradus::worker {

/// While it lives, LibTorch's warnings of this thread (and of backward passes that it starts) go to
/// standard error once each. An operation that has no deterministic kernel says so at every call:
/// over a long run that would be more output than a sandbox allows.
class WarnOnceEach : public c10::WarningHandler {
 public:
  WarnOnceEach() : guard_(this) {}
  void process(const c10::Warning& warning) override;

 private:
  std::set<std::string> said_;
  c10::WarningUtils::WarningHandlerGuard guard_;
};

}  // namespace gradus::worker
