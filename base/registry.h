// The list of what exists at one extension point (models, samplers, dataset formats, ...): name -> factory.
//
//   // random_forest.cc
//   static const bool registered = Registry<ModelFactory>::Global().Add("random_forest", &MakeRandomForest);
//
// Names are the proto's oneof field names, so a study file, `parzen model list` and the registry agree. The library
// that registers needs `alwayslink = True`. Threads: Add only before main; the rest is then immutable.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/suggest.h"

namespace parzen {

template <typename Factory>
class Registry {
 public:
  static Registry& Global() {
    static Registry* const registry = new Registry;  // never destroyed: registrations may outlive main
    return *registry;
  }

  // Requires: `name` is new. Returns true so that it can initialise a static.
  bool Add(absl::string_view name, Factory factory) {
    if (!factories_.emplace(std::string(name), std::move(factory)).second) {
      std::fprintf(stderr, "registered twice: %s\n", std::string(name).c_str());
      std::abort();
    }
    return true;
  }

  // NotFound names what was asked for and the closest or all known names.
  absl::StatusOr<Factory> Find(absl::string_view name) const {
    const auto it = factories_.find(std::string(name));
    if (it != factories_.end()) return it->second;
    return absl::NotFoundError(absl::StrCat("no \"", name, "\" here", SuggestName(name, Names())));
  }

  // In alphabetical order.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& [name, factory] : factories_) names.push_back(name);
    return names;
  }

 private:
  std::map<std::string, Factory> factories_;
};

}  // namespace parzen
