#pragma once

#include <string>

// Where the parts of an installation lie. Shared by the window and the command line; free of Qt and torch.
namespace attune {

// Folder of the running program, without a slash at the end.
std::string programFolder();
// $ATTUNE_DATA, else share/attune of the prefix the program is installed in, else the source tree's
// resources. Empty: nothing was found.
std::string dataFolder();
// The sample's messages.csv; empty: not installed.
std::string sampleFile();
// The folder of the base model called "bundled"; empty: not installed.
std::string bundledBase();
// Activations are freed and allocated again in every step of a training: this process keeps their pages.
void keepFreedPages();
// attune-cli, which hosts runs as child processes; empty: not found, then runs stay in this process.
std::string findWorkerProgram();

}  // namespace attune
