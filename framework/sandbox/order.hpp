#pragma once

#include "framework/sandbox/config.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::sandbox {

/// A Spec that start() can keep, or what is wrong with it.
Status check_spec(const Spec& spec, const Layers& layers);

/// The order for gradus-confine. `scratch`: stands in for /tmp where there are no namespaces.
/// `own_user`: the tree has a uid, or a user namespace, that nobody else counts in.
Result<Order> make_order(const Spec& spec, const Layers& layers,
                         const std::filesystem::path& scratch, bool own_user);

/// A file in memory with these bytes, sealed against every change, its position at the start.
Result<Fd> sealed_file(const char* name, std::string_view bytes);

}  // namespace gradus::sandbox
