#include "studies/text_check.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/suggest.h"
#include "studies/scalar_text.h"
#include "studies/text_tokens.h"

namespace parzen {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

// Messages may not nest deeper.
constexpr size_t kMaxDepth = 64;

std::string Join(const std::string& path, const std::string& name) {
  return path.empty() ? name : absl::StrCat(path, ".", name);
}

// "parameter[1].float.low" -> "parameter[1].float" -> "parameter[1]" -> "parameter" -> "".
absl::string_view Around(absl::string_view field) {
  const size_t cut = field.find_last_of(".[");
  return cut == absl::string_view::npos ? absl::string_view() : field.substr(0, cut);
}

class TextReader {
 public:
  TextReader(absl::string_view text, StudyText& result, ProblemList& problems)
      : tokens_(text, &problems), result_(result), problems_(problems), unclosed_(CountUnclosed(text)) {}

  void Read(Message& message) { ReadFields(message, "", Opening{}); }

 private:
  struct Opening {
    std::string symbol;  // "{" or "<"; empty: the file itself
    int line = 0;
  };

  void Spoil(const std::string& path) { result_.spoilt.insert(path); }

  // Reads fields up to the brace that closes `opening`.
  void ReadFields(Message& message, const std::string& path, const Opening& opening) {
    open_.push_back(message.GetDescriptor());
    while (!problems_.full()) {
      if (tokens_.AtEnd()) {
        if (!opening.symbol.empty()) ReportUnclosed(path, opening);
        break;
      }
      if (tokens_.Is("}") || tokens_.Is(">")) {
        if (Close(path, opening)) break;
      } else if (!tokens_.IsIdentifier()) {
        SkipNonsense(path);
      } else if (LacksBraceHere(path, opening)) {
        break;
      } else {
        ReadField(message, path);
      }
    }
    open_.pop_back();
  }

  // Takes a closing brace; true when it ends the message.
  bool Close(const std::string& path, const Opening& opening) {
    const int line = tokens_.line();
    const std::string symbol = tokens_.Take();
    if (opening.symbol.empty()) {
      problems_.Add("", absl::StrCat("this ", symbol, " closes nothing"), line);
      return false;
    }
    if ((symbol == "}") != (opening.symbol == "{")) {
      problems_.Add(path,
                    absl::StrCat("opened with ", opening.symbol, " on line ", opening.line, ", closed with ", symbol),
                    line);
    }
    return true;
  }

  // Where the file has too few closing braces, a name that only a message further out knows shows where one is missing.
  bool LacksBraceHere(const std::string& path, const Opening& opening) {
    const std::string& name = tokens_.text();
    const int depth = static_cast<int>(open_.size());
    for (int out = 0; out <= std::min(unclosed_, depth - 1); ++out) {
      if (open_[depth - 1 - out]->FindFieldByName(name) == nullptr) continue;
      if (out == 0) return false;
      --unclosed_;
      problems_.Add(path,
                    absl::StrCat("the ", opening.symbol, " here is not closed; a closing brace is missing before ",
                                 Quoted(name), " on line ", tokens_.line()),
                    opening.line);
      return true;
    }
    return false;
  }

  // Something that starts no field. One complaint a line: what follows is mostly more of the same.
  void SkipNonsense(const std::string& path) {
    const int line = tokens_.line();
    if (line != nonsense_line_ && !tokens_.IsBroken(line)) {
      problems_.Add(path, absl::StrCat("expects a field name, found ", Found(tokens_.text())), line);
    }
    nonsense_line_ = line;
    if (tokens_.Opens()) {
      SkipBalanced(path);
    } else {
      tokens_.Skip();
    }
  }

  void ReadField(Message& message, const std::string& path) {
    const int line = tokens_.line();
    const std::string name = tokens_.Take();
    const FieldDescriptor* const field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) {
      ReportUnknown(*message.GetDescriptor(), name, path, line);
      SkipValue(path);
    } else if (const std::string conflict = Conflict(*field, path); !conflict.empty()) {
      problems_.Add(Join(path, name), conflict, line);
      SkipValue(path);
    } else {
      ReadKnownField(message, *field, Join(path, name), line);
    }
    if (!tokens_.TryTake(";")) tokens_.TryTake(",");
  }

  void ReportUnknown(const Descriptor& message, const std::string& name, const std::string& path, int line) {
    std::string what = absl::StrCat("unknown field in ", message.name());
    std::vector<std::string> known;
    for (int i = 0; i < message.field_count(); ++i) known.push_back(message.field(i)->name());
    const std::string closest = ClosestName(name, known);
    const bool is_further_out = std::any_of(open_.begin(), open_.end() - 1, [&name](const Descriptor* outer) {
      return outer->FindFieldByName(name) != nullptr;
    });
    if (const OneofDescriptor* const oneof = message.FindOneofByName(name); oneof != nullptr) {
      Spoil(Join(path, name));
      std::vector<std::string> members;
      for (int i = 0; i < oneof->field_count(); ++i) members.push_back(oneof->field(i)->name());
      absl::StrAppend(&what, "; write its member instead: ", absl::StrJoin(members, ", "));
    } else if (is_further_out) {
      absl::StrAppend(&what, "; it belongs further out, after the closing brace");
    } else {
      absl::StrAppend(&what, SuggestAmong(name, known));
    }
    if (const FieldDescriptor* const meant = message.FindFieldByName(closest); meant != nullptr) {
      Spoil(Join(path, closest));
      if (meant->real_containing_oneof() != nullptr) Spoil(Join(path, meant->real_containing_oneof()->name()));
    }
    problems_.Add(Join(path, name), what, line);
  }

  // Why the field cannot be set any more; "" when it can.
  std::string Conflict(const FieldDescriptor& field, const std::string& path) const {
    if (field.is_repeated()) return "";
    if (const auto first = result_.lines.find(Join(path, field.name())); first != result_.lines.end()) {
      return absl::StrCat("is set twice; line ", first->second, " has it already");
    }
    const OneofDescriptor* const oneof = field.real_containing_oneof();
    for (int i = 0; oneof != nullptr && i < oneof->field_count(); ++i) {
      const auto other = result_.lines.find(Join(path, oneof->field(i)->name()));
      if (other == result_.lines.end()) continue;
      return absl::StrCat("excludes ", oneof->field(i)->name(), ", which line ", other->second,
                          " has; keep one of them");
    }
    return "";
  }

  void ReadKnownField(Message& message, const FieldDescriptor& field, const std::string& path, int line) {
    const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    result_.lines.emplace(path, line);
    const bool lacks_colon = !tokens_.TryTake(":") && !is_message;
    if (lacks_colon) problems_.Add(path, absl::StrCat("\":\" is missing after ", Quoted(field.name())), line);
    if (!tokens_.Is("[")) return ReadElement(message, field, path, line, lacks_colon);
    if (!field.is_repeated()) {
      problems_.Add(path, absl::StrCat("takes one value, not a list: expects ", Expected(field)), line);
      Spoil(path);
      return SkipBalanced(path);
    }
    ReadList(message, field, path);
  }

  void ReadList(Message& message, const FieldDescriptor& field, const std::string& path) {
    const int opened = tokens_.line();
    tokens_.Skip();
    if (tokens_.TryTake("]")) return;
    while (!problems_.full()) {
      ReadElement(message, field, path, tokens_.line());
      if (tokens_.TryTake(",")) continue;
      if (tokens_.TryTake("]")) return;
      problems_.Add(path,
                    absl::StrCat("the list of line ", opened, " expects , or ] here, found ", Found(tokens_.text())),
                    tokens_.line());
      while (!tokens_.AtEnd() && !tokens_.Closes()) tokens_.Opens() ? SkipBalanced(path) : tokens_.Skip();
      tokens_.TryTake("]");
      return;
    }
  }

  // One value, or one message, of a field.
  void ReadElement(Message& message, const FieldDescriptor& field, const std::string& field_path, int line,
                   bool lacks_colon = false) {
    const Reflection& reflection = *message.GetReflection();
    std::string path = field_path;
    if (field.is_repeated()) absl::StrAppend(&path, "[", reflection.FieldSize(message, &field), "]");
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
      return ReadScalar(message, field, path, line, lacks_colon);
    const bool lacks_brace = tokens_.IsIdentifier() && field.message_type()->FindFieldByName(tokens_.text()) != nullptr;
    if (!tokens_.Is("{") && !tokens_.Is("<") && !lacks_brace) {
      problems_.Add(path, absl::StrCat("expects { ... }, found ", Found(tokens_.text())), line);
      Spoil(field_path);
      return SkipScalar(line);
    }
    if (open_.size() >= kMaxDepth) {
      problems_.Add(path, absl::StrCat("is nested deeper than ", kMaxDepth, " messages"), line);
      return SkipBalanced(path);
    }
    // Where its first field stands in place of the brace, the brace alone is missing.
    const Opening opening{lacks_brace ? "{" : tokens_.text(), tokens_.line()};
    if (lacks_brace) {
      problems_.Add(path, absl::StrCat("a { is missing before ", Quoted(tokens_.text())), tokens_.line());
    } else {
      tokens_.Skip();
    }
    result_.lines[path] = line;
    ReadFields(
        field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
        path, opening);
  }

  void ReadScalar(Message& message, const FieldDescriptor& field, const std::string& path, int line, bool lacks_colon) {
    const auto refuse = [&](absl::string_view what) {
      if (!tokens_.IsBroken(line)) problems_.Add(path, what, line);
      Spoil(field.is_repeated() ? std::string(Around(path)) : path);
    };
    // A value forgotten at the end of a line must not swallow the next line's field.
    const bool is_next_field = tokens_.IsIdentifier() && tokens_.line() > line &&
                               field.containing_type()->FindFieldByName(tokens_.text()) != nullptr;
    if (tokens_.AtEnd() || tokens_.Closes() || is_next_field) {
      if (lacks_colon) return Spoil(path);
      return refuse(absl::StrCat("has no value; expects ", Expected(field)));
    }
    if (tokens_.Opens()) {
      refuse(absl::StrCat("expects ", Expected(field), ", found ", Quoted(tokens_.text())));
      return SkipBalanced(path);
    }
    const std::string text = tokens_.TakeScalar();
    result_.lines[path] = line;
    const absl::Status status = SetScalar(field, text, message);
    if (!status.ok()) refuse(status.message());
  }

  // A value where a message belongs; a name on the next line is the next field.
  void SkipScalar(int line) {
    if (tokens_.BeginsScalar() && tokens_.line() == line) tokens_.TakeScalar();
  }

  // The value of a field that is not read.
  void SkipValue(const std::string& path) {
    const bool has_colon = tokens_.TryTake(":");
    if (tokens_.Opens()) return SkipBalanced(path);
    if (tokens_.BeginsScalar() && (has_colon || !tokens_.IsIdentifier())) tokens_.TakeScalar();
  }

  // From an opening bracket to the one that closes it.
  void SkipBalanced(const std::string& path) {
    const Opening opening{tokens_.text(), tokens_.line()};
    int depth = 0;
    for (; !tokens_.AtEnd(); tokens_.Skip()) {
      if (tokens_.Opens()) ++depth;
      if (tokens_.Closes() && --depth == 0) return tokens_.Skip();
    }
    ReportUnclosed(path, opening);
  }

  void ReportUnclosed(const std::string& path, const Opening& opening) {
    problems_.Add(path, absl::StrCat("the ", opening.symbol, " here is never closed"), opening.line);
  }

  TextTokens tokens_;
  StudyText& result_;
  ProblemList& problems_;
  std::vector<const Descriptor*> open_;  // the messages around the current token, outermost first
  int unclosed_;                         // braces that are still missing
  int nonsense_line_ = 0;
};

}  // namespace

int StudyText::LineOf(absl::string_view field) const {
  for (absl::string_view at = field; !at.empty(); at = Around(at)) {
    if (const auto found = lines.find(std::string(at)); found != lines.end()) return found->second;
  }
  return 1;
}

StudyText ReadStudyText(absl::string_view text, ProblemList& problems) {
  StudyText result;
  TextReader(text, result, problems).Read(result.spec);
  return result;
}

void ReadMessageText(absl::string_view text, Message& message, ProblemList& problems) {
  StudyText unused;
  TextReader(text, unused, problems).Read(message);
}

}  // namespace parzen
