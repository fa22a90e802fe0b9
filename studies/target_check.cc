#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "studies/space_compiler.h"

namespace parzen {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

class TargetChecker {
 public:
  TargetChecker(const StudySpec& spec, const CompiledSpace& space, ProblemList& problems)
      : spec_(spec), space_(space), problems_(problems) {
    for (size_t i = 0; i < space.parameters.size(); ++i) {
      if (space.parameters[i].path.has_value()) setters_[Path(i).text()].push_back(i);
    }
  }

  void CheckAll() {
    for (size_t i = 0; i < space_.parameters.size() && !problems_.full(); ++i) {
      if (!space_.parameters[i].path.has_value()) continue;
      CheckShared(i);
      CheckMembersExist(i);
      if (Path(i).oneof() != nullptr) CheckChosenAreComplete(i);
    }
  }

 private:
  using Values = std::set<double>;

  const FieldPath& Path(size_t i) const { return *space_.parameters[i].path; }
  const ParameterSpec& Spec(size_t i) const { return spec_.parameter(static_cast<int>(i)); }
  void Refuse(size_t i, absl::string_view what) { problems_.Add(absl::StrCat("parameter[", i, "].sets"), what); }

  // Two parameters may share a target only when conditions keep them apart.
  void CheckShared(size_t i) {
    for (const size_t other : setters_[Path(i).text()]) {
      if (other >= i) return;
      if (Spec(i).when_size() > 0 && Spec(other).when_size() > 0) continue;
      return Refuse(i, absl::StrCat(Quoted(Path(i).text()), " is already set by ", Quoted(Spec(other).name()),
                                    "; give both a `when`, or set another field"));
    }
  }

  // The member of a oneof that the target lies in must be the one that the trial has.
  void CheckMembersExist(size_t i) {
    for (const OneofMember& member : Path(i).oneof_members()) {
      const auto choosers = setters_.find(member.oneof);
      if (choosers == setters_.end()) {
        // Without any member, CheckRules has already asked for one.
        if (member.configured.empty() || member.configured == member.member) continue;
        Refuse(i, absl::StrCat("has no effect: train has ", member.configured, ", not ", member.member,
                               "; write that there, or let a parameter set ", Quoted(member.oneof)));
      } else if (!IsCertain(i, member, choosers->second)) {
        Refuse(i, absl::StrCat("exists only where ", Quoted(member.oneof), " is ", member.member,
                               ": add when { parameter: ", Quoted(Spec(choosers->second.front()).name()),
                               " equals: ", Quoted(member.member), " }"));
      }
    }
  }

  // Whether the trial has the member wherever parameter i exists.
  bool IsCertain(size_t i, const OneofMember& member, const std::vector<size_t>& choosers) {
    bool all_choose_it = true, always_chosen = member.configured == member.member;
    for (const size_t chooser : choosers) {
      const CompiledParameter& compiled = space_.parameters[chooser];
      // Where something was not understood, there is a problem already, and nothing to conclude from the rest.
      if (!compiled.distribution.has_value() || space_.activation_order.empty()) return true;
      const Values choosing = ValuesThatChoose(chooser, member.member);
      const Bound bound = ValuesLeft(i, chooser);
      if (!bound.is_known) return true;
      if (bound.is_bound && IsSubset(bound.values, choosing)) return true;
      if (CountValues(*compiled.distribution) != static_cast<int64_t>(choosing.size())) all_choose_it = false;
      if (compiled.when.empty()) always_chosen = true;
    }
    return all_choose_it && always_chosen;
  }

  static bool IsSubset(const Values& part, const Values& whole) {
    return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
  }

  Values ValuesThatChoose(size_t chooser, const std::string& member) const {
    Values values;
    const auto* const categories = std::get_if<CategoricalDistribution>(&*space_.parameters[chooser].distribution);
    for (size_t c = 0; categories != nullptr && c < categories->choices.size(); ++c) {
      if (categories->choices[c] == Choice(member)) values.insert(static_cast<double>(c));
    }
    return values;
  }

  // What the conditions of a parameter, and of those it depends on, leave of the values of another.
  struct Bound {
    bool is_known = true;   // false: some condition was not understood
    bool is_bound = false;  // false: they say nothing of it
    Values values;
  };

  // Ends, because conditions form no circle.
  const Bound& ValuesLeft(size_t i, size_t chooser) {
    const auto [it, is_new] = values_left_.try_emplace({i, chooser});
    if (!is_new) return it->second;
    Bound bound;
    bound.is_known = space_.parameters[i].when_is_complete;
    for (const ActivationTest& test : space_.parameters[i].when) {
      Bound step;
      if (test.parameter == chooser) {
        step.is_bound = true;
        step.values = Values(test.any_of.begin(), test.any_of.end());
      } else {
        step = ValuesLeft(test.parameter, chooser);
      }
      bound.is_known = bound.is_known && step.is_known;
      if (!step.is_bound) continue;
      bound.values = bound.is_bound ? Intersection(bound.values, step.values) : step.values;
      bound.is_bound = true;
    }
    return values_left_[{i, chooser}] = bound;
  }

  static Values Intersection(const Values& a, const Values& b) {
    Values both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(both, both.end()));
    return both;
  }

  // A chosen member starts empty: what it requires must come from other parameters.
  void CheckChosenAreComplete(size_t i) {
    const FieldPath& path = Path(i);
    const std::string prefix = path.text().substr(0, path.text().size() - path.oneof()->name().size());
    const Categorical& choices = Spec(i).categorical();
    for (int c = 0; c < choices.choice_size() && !problems_.full(); ++c) {
      const FieldDescriptor* const member = path.oneof()->containing_type()->FindFieldByName(choices.choice(c));
      if (member == nullptr || member->message_type() == nullptr || member->name() == path.configured_member())
        continue;
      const std::string unset = FirstUnset(*member->message_type(), absl::StrCat(prefix, member->name(), "."));
      if (unset.empty()) continue;
      problems_.Add(absl::StrCat("parameter[", i, "].categorical.choice[", c, "]"),
                    absl::StrCat("leaves ", unset, ", which is required, without a value"));
    }
  }

  // The first required field of a message at `prefix` that no parameter sets; "" when there is none.
  std::string FirstUnset(const Descriptor& message, const std::string& prefix) const {
    for (int f = 0; f < message.field_count(); ++f) {
      const std::string path = prefix + message.field(f)->name();
      if (FieldRule(*message.field(f)).required() && setters_.count(path) == 0) return path;
    }
    return "";
  }

  const StudySpec& spec_;
  const CompiledSpace& space_;
  ProblemList& problems_;
  std::map<std::string, std::vector<size_t>> setters_;  // parameters by what they set
  std::map<std::pair<size_t, size_t>, Bound> values_left_;
};

}  // namespace

void CheckTargets(const StudySpec& spec, const CompiledSpace& space, ProblemList& problems) {
  TargetChecker(spec, space, problems).CheckAll();
}

}  // namespace parzen
