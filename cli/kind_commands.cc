// parzen model, dataset, sampler, ...: list, show. What there is, from the comments of the protos.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "nlohmann/json.hpp"
#include "studies/option_docs.h"

namespace parzen {
namespace {

// One extension point: a command, and the oneof whose members it shows.
struct Extension {
  const char* command;
  const char* plural;
  const char* message;
  const char* oneof;
  const char* example;
  const char* user = "study files";
};

constexpr Extension kExtensions[] = {
    {"model", "models", "TrainSpec", "model", "random_forest"},
    {"dataset", "dataset formats", "DatasetSpec", "format", "digits"},
    {"transform", "transforms", "TransformSpec", "kind", "scale"},
    {"function", "test functions", "FunctionSpec", "kind", "branin"},
    {"sampler", "samplers", "SamplerSpec", "kind", "grid"},
    {"pruner", "pruners", "PrunerSpec", "kind", "median"},
    {"evaluator", "importance evaluators", "ImportanceSpec", "evaluator", "fanova", "`parzen importance`"}};

struct Options {
  Extension extension;
  std::string name;
  Format format = Format::kTable;
};

absl::Status ListKinds(const Options& options, const Stop&) {
  Table table({"name", "options", "meaning"});
  for (const KindDoc& kind : DescribeKinds(options.extension.message, options.extension.oneof)) {
    table.AddRow({kind.name, kind.options.size(), kind.meaning});
  }
  return PrintTable(table, options.format);
}

Table OptionTable(const KindDoc& kind) {
  Table table({"option", "type", "default", "accepts", "meaning"});
  for (const OptionDoc& option : kind.options) {
    table.AddRow({option.name, option.type, option.fallback, option.accepts, option.meaning});
  }
  return table;
}

// One option for people: its name and what it takes, and below what it means.
std::string DescribeOption(const OptionDoc& option) {
  std::vector<std::string> facts = {option.type};
  if (!option.fallback.empty()) facts.push_back(absl::StrCat("default ", option.fallback));
  if (!option.accepts.empty()) facts.push_back(option.accepts);
  return absl::StrCat("  ", option.name, "  (", absl::StrJoin(facts, "; "), ")\n      ", option.meaning, "\n");
}

absl::Status ShowKind(const Options& options, const Stop&) {
  const Extension& extension = options.extension;
  ASSIGN_OR_RETURN(const KindDoc kind,
                   DescribeKind(extension.message, extension.oneof, options.name, extension.command));
  if (options.format != Format::kTable) return PrintTable(OptionTable(kind), options.format);
  std::string text = absl::StrCat(kind.name, "\n  ", kind.meaning, "\n");
  if (kind.options.empty()) return PrintResult(absl::StrCat(text, "\nIt has no options.\n"));
  absl::StrAppend(&text, "\nOptions:\n");
  for (const OptionDoc& option : kind.options) absl::StrAppend(&text, DescribeOption(option));
  return PrintResult(text);
}

void AddExtension(CLI::App& app, const Extension& extension, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>(Options{extension, "", Format::kTable});
  const std::string name = extension.command;
  CLI::App& parent =
      AddCommand(app, name, absl::StrCat("The ", extension.plural, " that ", extension.user, " can use."),
                 absl::StrCat("  parzen ", name, " list\n  parzen ", name, " show ", extension.example));
  TakeCommand(parent);
  CLI::App& list = AddCommand(parent, "list", absl::StrCat("Lists the ", extension.plural, "."),
                              absl::StrCat("  parzen ", name, " list"));
  AddFormatOption(list, options->format);
  Choose(list, chosen, options, &ListKinds);
  CLI::App& show = AddCommand(
      parent, "show", absl::StrCat("Shows what one of the ", extension.plural, " does and every option it has."),
      absl::StrCat("  parzen ", name, " show ", extension.example, "\n  parzen ", name, " show ", extension.example,
                   " -f json"));
  AddArgument(show, "NAME", options->name, absl::StrCat("One of `parzen ", name, " list`")).Required();
  AddFormatOption(show, options->format);
  Choose(show, chosen, options, &ShowKind);
  if (name == "model") AddModelCommands(parent, chosen);
}

}  // namespace

std::vector<std::string> KindNames(const std::string& kind) {
  std::vector<std::string> names;
  for (const Extension& extension : kExtensions) {
    if (extension.command != kind) continue;
    for (const KindDoc& doc : DescribeKinds(extension.message, extension.oneof)) names.push_back(doc.name);
  }
  return names;
}

void AddKindCommands(CLI::App& app, ChosenCommand& chosen) {
  for (const Extension& extension : kExtensions) AddExtension(app, extension, chosen);
}

}  // namespace parzen
