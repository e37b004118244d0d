#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "app/cli_output.h"

namespace attune {

// What the chosen command will do once the whole command line has been read; returns the exit code.
using Action = std::function<int(const Output&)>;

// Each adds the commands of one group and sets `action` when one of them is chosen.
void addDataCommands(CLI::App& app, Action& action);     // import, check
void addCatalogCommands(CLI::App& app, Action& action);  // methods, metrics, families
void addBaseCommands(CLI::App& app, Action& action);     // bases
void addBenchCommands(CLI::App& app, Action& action);    // bench
void addModelCommands(CLI::App& app, Action& action);    // tokenize, detokenize, forward, predict
void addCompareCommands(CLI::App& app, Action& action);  // compare, demo
void addExperimentCommands(CLI::App& app, Action& action);  // experiment, experiments
void addRunCommands(CLI::App& app, Action& action);      // run, resume, cancel, list, show
void addReportCommands(CLI::App& app, Action& action);   // report
void addDoctorCommands(CLI::App& app, Action& action);   // doctor

// The process side of ProcessHost: reads a run request, writes events, obeys "stop" and "discard".
int runWorker();

// A command with its help text beginning with an example.
CLI::App* addCommand(CLI::App& app, const std::string& name, const std::string& summary,
                     const std::string& example);

// Options that say how a data file is read, shared by import, check and compare.
struct DataOptions {
  std::string name, textColumn, labelColumn, validationFile, testFile, split = "70/15/15", encoding,
                                                                       delimiter, task;
  void addTo(CLI::App& command);
};
struct ImportOptions;
ImportOptions importOptions(const DataOptions& options);

}  // namespace attune
