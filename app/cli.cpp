// attune-cli: everything the window does, without a display.
#include <sqlite3.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

#include "app/cli_commands.h"
#include "core/base/text.h"

namespace attune {

namespace {

// Help that begins with an example of the command.
class ExampleFormatter final : public CLI::Formatter {
 public:
  void add(const CLI::App* command, const std::string& example) { examples_[command] = example; }
  std::string make_description(const CLI::App* app) const override {
    const auto found = examples_.find(app);
    return (found == examples_.end() ? "" : "Example: " + found->second + "\n\n") +
           CLI::Formatter::make_description(app);
  }

 private:
  std::map<const CLI::App*, std::string> examples_;
};

}  // namespace

CLI::App* addCommand(CLI::App& app, const std::string& name, const std::string& summary,
                     const std::string& example) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->fallthrough();
  if (const auto formatter = std::dynamic_pointer_cast<ExampleFormatter>(app.get_formatter()))
    formatter->add(command, example);
  return command;
}

namespace {

std::vector<std::string> optionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// One line of what is wrong and one of what to do.
int usageError(const CLI::ParseError& e, const CLI::App& app, const Output& output, int argc, char** argv) {
  std::string message = e.what(), hint = "See attune-cli --help.";
  const CLI::App* command = &app;
  for (const CLI::App* chosen : app.get_subcommands()) command = chosen;
  std::vector<std::string> known = optionNames(*command), commands;
  for (const std::string& name : optionNames(app)) known.push_back(name);
  for (const CLI::App* c : app.get_subcommands([](const CLI::App*) { return true; }))
    commands.push_back(c->get_name());
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("--")) {
      const std::string name = word.substr(0, word.find('='));
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      message = "there is no option " + name;
      if (const std::string nearest = nearestName(name, known); !nearest.empty())
        hint = "Did you mean " + nearest + "?";
      break;
    }
    if (i == 1 && command == &app && !word.starts_with("-"))
      if (const std::string nearest = nearestName(word, commands); !nearest.empty())
        hint = "Did you mean " + nearest + "?";
  }
  output.error(Error(ErrorKind::kUsage, message, hint));
  return kUsage;
}

int run(int argc, char** argv) {
  CLI::App app{"Compare ways of tuning a language model on your own labelled data."};
  app.name("attune-cli");
  const auto formatter = std::make_shared<ExampleFormatter>();
  formatter->add(&app, "attune-cli demo");
  app.formatter(formatter);
  app.require_subcommand(0, 1);
  Output output;
  bool noInput = false;
  app.add_flag("--json", output.json, "Print one JSON document");
  app.add_flag("-q,--quiet", output.quiet, "No talk, only data and errors");
  app.add_flag("--no-input", noInput, "Never ask (nothing is asked at present)");
  app.set_version_flag("--version",
                       std::string("attune ") + ATTUNE_VERSION + " (SQLite " + sqlite3_libversion() + ")");

  Action action;
  addCompareCommands(app, action);
  addExperimentCommands(app, action);
  addDataCommands(app, action);
  addCatalogCommands(app, action);
  addBaseCommands(app, action);
  addModelCommands(app, action);
  addRunCommands(app, action);
  addReportCommands(app, action);
  addDoctorCommands(app, action);
  addBenchCommands(app, action);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);  // --help, --version
  } catch (const CLI::ParseError& e) {
    for (int i = 1; i < argc; ++i) output.json = output.json || std::strcmp(argv[i], "--json") == 0;
    return usageError(e, app, output, argc, argv);
  }
  if (!action) {
    std::fputs(app.help().c_str(), stdout);
    return kOk;
  }
  try {
    return action(output);
  } catch (const Error& e) {
    output.error(e);
    return exitCodeFor(e);
  } catch (const std::exception& e) {
    output.error(Error(ErrorKind::kInternal, e.what(), "This is a fault of the program: please report it."));
    return kFailed;
  }
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 2 && std::strcmp(argv[1], "worker") == 0) return attune::runWorker();
  return attune::run(argc, argv);
}
