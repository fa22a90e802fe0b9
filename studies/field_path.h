// `sets`: a path of field names into a message, resolved by reflection, so a new model option is tunable at once.
//
// "random_forest.max_depth" names a scalar field; "transform[1].scale.divide_by" goes through a repeated field,
// "mlp.hidden[0]" names an element of one; "model" names a oneof, whose value is the name of the member to choose.
// Threads: immutable.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "proto/rule.pb.h"
#include "studies/distribution.h"

namespace parzen {

// A member of a oneof that a path goes through: setting the field would choose it.
struct OneofMember {
  std::string oneof;       // the oneof's path, as a parameter that chooses the member would write it: "model"
  std::string member;      // "random_forest"
  std::string configured;  // the member that the resolved message has; "" for none
};

class FieldPath {
 public:
  // InvalidArgument says which step of the path fails and suggests the closest name: unknown field, index beyond what
  // `root` holds, a list without an index, or a path that ends at a message or goes through a scalar.
  static absl::StatusOr<FieldPath> Resolve(const google::protobuf::Message& root, absl::string_view path);

  // The field at the end; null when the path names a oneof.
  const google::protobuf::FieldDescriptor* field() const { return field_; }
  // The oneof at the end; null when the path names a field.
  const google::protobuf::OneofDescriptor* oneof() const { return oneof_; }
  // Of a oneof: the member that the resolved message has; "" for none.
  const std::string& configured_member() const { return configured_member_; }
  // Outermost first: {"model", "random_forest"} for "random_forest.max_depth".
  const std::vector<OneofMember>& oneof_members() const { return oneof_members_; }
  // The path as it is always spelt; equal for equal targets.
  const std::string& text() const { return text_; }

  // A choice's text read as the field's type: an int for an int field, and so on; for enums and oneofs the name itself.
  // InvalidArgument says what the field accepts, by type and by its Rule.
  absl::StatusOr<Choice> ParseChoice(absl::string_view text) const;

  // OK when the field's type can hold every value of the distribution and its Rule allows them. Ranges suit number
  // fields, and text fields whose pattern accepts both ends ("100", "0.5").
  absl::Status CheckDistribution(const Distribution& distribution) const;

  // Sets the field (or chooses the oneof's member, which keeps what `root` says of it) to a value in external form.
  // Requires: the value passed CheckDistribution or ParseChoice. `root` may be another instance of the same type.
  absl::Status Set(const Choice& value, google::protobuf::Message& root) const;

 private:
  struct Step {
    const google::protobuf::FieldDescriptor* field;
    int index;  // -1: not repeated
  };

  std::vector<Step> parents_;
  const google::protobuf::FieldDescriptor* field_ = nullptr;
  int index_ = -1;  // of the element of field_ that is meant; -1: it is no list
  const google::protobuf::OneofDescriptor* oneof_ = nullptr;
  std::vector<OneofMember> oneof_members_;
  std::string configured_member_;
  std::string text_;
};

// The Rule written beside a field; the default Rule (which allows everything) when there is none.
const Rule& FieldRule(const google::protobuf::FieldDescriptor& field);

// What the rule allows, in words: "1 to 100000", "> 0", "all, sqrt or a count"; "" when that is everything.
std::string RuleInWords(const Rule& rule);

// OK when the rule allows the number or the text; InvalidArgument says what it is and what would be right.
absl::Status CheckRule(const Rule& rule, double value);
absl::Status CheckRule(const Rule& rule, absl::string_view value);

}  // namespace parzen
