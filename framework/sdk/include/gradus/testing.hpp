#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "gradus/activation.hpp"
#include "gradus/augmentation.hpp"
#include "gradus/model.hpp"

// For the unit test of a plugin: compile the plugin's source into the test program, name the plugin
// once with GRADUS_PLUGIN_UNDER_TEST, and make it as the loader does.
//
//   GRADUS_PLUGIN_UNDER_TEST(model, my_net)
//   TEST(MyNet, HasTenLogits) {
//     auto net = gradus::make_plugin<gradus::Model>(GRADUS_MANIFEST(model, my_net), {});
//     …

namespace gradus {

/// A new plugin of the class's kind, made through its manifest. Throws std::runtime_error with the
/// plugin's own message where its constructor threw.
template <class Base>
std::shared_ptr<Base> make_plugin(const Manifest& manifest, const Context& context) {
  CreateFailure failure{};
  void* const holder = manifest.create(&context, &failure);
  if (holder == nullptr) throw std::runtime_error(failure.message);
  std::shared_ptr<Base> object = *static_cast<std::shared_ptr<Base>*>(holder);
  manifest.destroy(holder);
  return object;
}

}  // namespace gradus

/// At namespace scope: declares the manifest that GRADUS_MODEL(…, name, …) and its like define.
#define GRADUS_PLUGIN_UNDER_TEST(kind, name) \
  extern "C" const ::gradus::Manifest gradus_registered_##kind##_##name;
/// The manifest itself.
#define GRADUS_MANIFEST(kind, name) gradus_registered_##kind##_##name
