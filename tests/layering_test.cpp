// The arrows between folders, and what no source of the product may contain. The rules are data; what applies
// them is fed with invented files too, to show that it can fail.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.h"
#include "core/base/text.h"

namespace attune {
namespace layering_test {

namespace fs = std::filesystem;

using Sources = std::map<std::string, std::string>;  // path from the root -> content
using Complaints = std::vector<std::string>;         // "file:line: what"

// --- the rules
// -----------------------------------------------------------------------------------------------

// What a folder may include besides itself: folders, or single headers.
const std::map<std::string, std::vector<std::string>>& arrows() {
  static const std::map<std::string, std::vector<std::string>> table{
      {"core/base", {}},
      {"core/study", {"core/base"}},
      {"core/token", {"core/base"}},
      {"core/hub", {"core/base"}},
      {"core/data", {"core/base", "core/token"}},
      {"core/store", {"core/base", "core/study"}},
      {"core/report", {"core/base", "core/study", "core/store"}},
      {"core/model", {"core/base", "core/study"}},
      {"core/method", {"core/base", "core/study", "core/model"}},
      {"core/train", {"core/base", "core/study", "core/data", "core/model", "core/method"}},
      {"core/eval", {"core/base", "core/study", "core/data", "core/token", "core/model"}},
      {"core/run",
       {"core/base", "core/study", "core/token", "core/hub", "core/data", "core/store", "core/model",
        "core/method", "core/train", "core/eval"}},
      // That nothing of it leads to torch is a rule of its own, below.
      {"ui",
       {"core/base", "core/study", "core/hub", "core/data", "core/store", "core/report", "core/run", "core/model",
        "core/method", "core/eval/catalog.h"}},
      {"app", {"core", "ui"}},
  };
  return table;
}

// A library, told by how its headers begin, and the only places that may include it.
struct Library {
  const char* name;
  std::vector<std::string> headers;
  std::vector<std::string> places;  // folders or files; "ui/*.cpp": the sources but not the headers
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> list{
      {"torch",
       {"ATen/", "torch/", "c10/", "caffe2/"},
       {"core/model", "core/method", "core/train", "core/eval", "core/run/*.cpp"}},
      {"Qt", {"Q", "Qt"}, {"ui", "app/main.cpp", "app/signal_watch.h", "app/signal_watch.cpp"}},
      {"QCustomPlot", {"qcustomplot.h"}, {"ui/*.cpp"}},
      {"the JSON library", {"nlohmann/"}, {"core/base/json.cpp"}},
      // The one exception: app/cli.cpp asks for the version that --version prints.
      {"SQLite", {"sqlite3.h", "SQLiteCpp/"}, {"core/store", "app/cli.cpp"}},
      {"SentencePiece", {"sentencepiece"}, {"core/token/sentencepiece_module.cpp"}},
      {"CLI11", {"CLI/"}, {"app"}},
      {"OpenSSL", {"openssl/"}, {"core/base"}},
      {"ICU", {"unicode/"}, {"core/base", "core/token"}},
      {"libcurl", {"curl/"}, {"core/hub"}},
  };
  return list;
}

// --- reading
// -------------------------------------------------------------------------------------------------

struct Include {
  int line = 0;
  std::string path;
  bool quoted = false;
};

std::vector<Include> includesOf(const std::string& content) {
  std::vector<Include> found;
  int number = 0;
  for (const std::string& raw : splitText(content, '\n')) {
    ++number;
    std::string_view line = trim(raw);
    if (!line.starts_with('#')) continue;
    line = trim(line.substr(1));
    if (!line.starts_with("include")) continue;
    line = trim(line.substr(7));
    if (line.size() < 3 || (line[0] != '"' && line[0] != '<')) continue;
    const auto end = line.find(line[0] == '<' ? '>' : '"', 1);
    if (end == std::string_view::npos) continue;
    found.push_back({number, std::string(line.substr(1, end - 1)), line[0] == '"'});
  }
  return found;
}

// "core/store/series.h" -> "core/store", "ui/widget/x.h" -> "ui".
std::string folderOf(const std::string& path) {
  const auto first = path.find('/');
  if (first == std::string::npos) return path;
  if (!path.starts_with("core/")) return path.substr(0, first);
  const auto second = path.find('/', first + 1);
  return second == std::string::npos ? "core" : path.substr(0, second);
}

bool isAt(const std::string& path, const std::string& place) {
  if (const auto star = place.find("/*"); star != std::string::npos)
    return path.starts_with(place.substr(0, star + 1)) && path.ends_with(place.substr(star + 2));
  return path == place || path.starts_with(place + "/");
}

bool isHeaderOf(const Library& library, const std::string& header) {
  for (const std::string& beginning : library.headers) {
    if (!header.starts_with(beginning)) continue;
    if (beginning != "Q") return true;  // Qt's headers: QString, QtTest, never Quoted.h of ours
    if (header.size() > 1 && header[1] >= 'A' && header[1] <= 'Z') return true;
  }
  return false;
}

const Library& torch() { return libraries().front(); }

std::string at(const std::string& file, int line) { return file + ":" + std::to_string(line) + ": "; }

// --- applying
// ------------------------------------------------------------------------------------------------

Complaints brokenArrows(const Sources& sources) {
  Complaints complaints;
  for (const auto& [file, content] : sources) {
    const std::string from = folderOf(file);
    const auto rule = arrows().find(from);
    if (rule == arrows().end()) {
      complaints.push_back(at(file, 1) + "no rule says what " + from + " may include");
      continue;
    }
    for (const Include& include : includesOf(content)) {
      if (!include.quoted || include.path.ends_with(".moc")) continue;
      const std::string to = folderOf(include.path);
      if (!include.path.starts_with("core/") && !include.path.starts_with("ui/") &&
          !include.path.starts_with("app/"))
        complaints.push_back(at(file, include.line) + "\"" + include.path + "\" does not begin at the root");
      else if (to != from &&
               std::none_of(rule->second.begin(), rule->second.end(),
                            [&](const std::string& place) { return isAt(include.path, place); }))
        complaints.push_back(at(file, include.line) + from + " must not include " + to);
    }
  }
  return complaints;
}

Complaints misplacedLibraries(const Sources& sources) {
  Complaints complaints;
  for (const auto& [file, content] : sources)
    for (const Include& include : includesOf(content))
      for (const Library& library : libraries())
        if (isHeaderOf(library, include.path) &&
            std::none_of(library.places.begin(), library.places.end(),
                         [&](const std::string& place) { return isAt(file, place); }))
          complaints.push_back(at(file, include.line) + folderOf(file) + " must not include " + library.name +
                               " <" + include.path + ">");
  return complaints;
}

// The chain of includes from `file` to a header of torch; empty: there is none.
std::vector<std::string> wayToTorch(const Sources& sources, const std::string& file,
                                    std::set<std::string>& seen) {
  const auto source = sources.find(file);
  if (source == sources.end() || !seen.insert(file).second) return {};
  for (const Include& include : includesOf(source->second)) {
    if (isHeaderOf(torch(), include.path)) return {file, include.path};
    std::vector<std::string> way = wayToTorch(sources, include.path, seen);
    if (way.empty()) continue;
    way.insert(way.begin(), file);
    return way;
  }
  return {};
}

// The window, the programs and every catalog are free of torch, whatever they include.
Complaints torchWithinReach(const Sources& sources) {
  Complaints complaints;
  for (const auto& [file, content] : sources) {
    if (!file.starts_with("ui/") && !file.starts_with("app/") && !file.ends_with("/catalog.h")) continue;
    std::set<std::string> seen;
    if (const auto way = wayToTorch(sources, file, seen); !way.empty()) {
      int line = 1;
      for (const Include& include : includesOf(content))
        if (include.path == way[1]) line = include.line;
      complaints.push_back(at(file, line) + "reaches torch: " + joinText(way, " -> "));
    }
  }
  return complaints;
}

// The command line and its worker need no Qt, so they include nothing of the window either.
Complaints windowInTheCommandLine(const Sources& sources) {
  Complaints complaints;
  for (const auto& [file, content] : sources) {
    if (!file.starts_with("app/") || file == "app/main.cpp" || file.starts_with("app/signal_watch")) continue;
    for (const Include& include : includesOf(content))
      if (include.quoted && include.path.starts_with("ui/"))
        complaints.push_back(at(file, include.line) + "the command line must not include ui");
  }
  return complaints;
}

bool isWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool hasWord(std::string_view line, std::string_view word) {
  for (auto found = line.find(word); found != std::string_view::npos; found = line.find(word, found + 1)) {
    const bool begins = found == 0 || !isWordCharacter(line[found - 1]);
    const auto end = found + word.size();
    if (begins && (end == line.size() || !isWordCharacter(line[end]))) return true;
  }
  return false;
}

// A printf conversion of a floating-point number: "%f", "%.3g", "%-8.2Le".
bool formatsADouble(std::string_view line) {
  if (line.find("printf") == std::string_view::npos) return false;
  for (auto found = line.find('%'); found != std::string_view::npos; found = line.find('%', found + 1)) {
    const auto kind = line.find_first_not_of("-+ #0123456789.*L", found + 1);
    if (kind == std::string_view::npos) return false;
    if (std::string_view("aefgAEFG").find(line[kind]) != std::string_view::npos) return true;
    if (line[kind] == '%') found = kind;
  }
  return false;
}

// std::to_string of something that looks like a double: the type cannot be seen, the habit can.
bool printsADouble(std::string_view line) {
  static const std::vector<std::string_view> kLooks{
      "double>", "float>", "seconds", "Seconds", "loss",   "Loss",  "accuracy", "Accuracy",  "rate)",
      "Rate)",   "gflops", "Gflops",  "ratio)",  "share)", "mean)", "asDouble", "getDouble", "numberOr"};
  for (auto found = line.find("to_string("); found != std::string_view::npos;
       found = line.find("to_string(", found + 1)) {
    std::size_t depth = 1, end = found + 10;
    while (end < line.size() && depth > 0) {
      depth += line[end] == '(' ? 1u : 0u;
      depth -= line[end] == ')' ? 1u : 0u;
      ++end;
    }
    const std::string_view argument = line.substr(found + 10, end - found - 10);
    for (const std::string_view look : kLooks)
      if (argument.find(look) != std::string_view::npos) return true;
    for (std::size_t i = 1; i + 1 < argument.size(); ++i)  // 0.5
      if (argument[i] == '.' && argument[i - 1] >= '0' && argument[i - 1] <= '9') return true;
  }
  return false;
}

Complaints localeDependentCalls(const Sources& sources) {
  Complaints complaints;
  for (const auto& [file, content] : sources) {
    if (!file.starts_with("core/") && !file.starts_with("app/")) continue;
    int number = 0;
    for (const std::string& line : splitText(content, '\n')) {
      ++number;
      for (const char* word : {"strtod", "strtof", "strtold", "stod", "stof", "stold", "atof", "setlocale",
                               "localeconv", "imbue", "put_money", "toupper_l"})
        if (hasWord(line, word))
          complaints.push_back(at(file, number) + "'" + word +
                               "' depends on the locale: see core/base/text.h");
      if (formatsADouble(line))
        complaints.push_back(at(file, number) +
                             "printf of a double depends on the locale: see core/base/text.h");
      if (printsADouble(line))
        complaints.push_back(at(file, number) +
                             "std::to_string of a double depends on the locale: see core/base/text.h");
    }
  }
  return complaints;
}

// Places of one machine. A path begins where no letter stands before the slash.
Complaints machinePaths(const Sources& sources) {
  Complaints complaints;
  for (const auto& [file, content] : sources) {
    if (content.find('\0') != std::string::npos) continue;  // weights, pictures
    int number = 0;
    for (const std::string& line : splitText(content, '\n')) {
      ++number;
      for (const std::string_view place : {"/work", "/tmp", "/root", "/home", "shared/"})
        for (auto found = line.find(place); found != std::string::npos; found = line.find(place, found + 1)) {
          const bool begins = found == 0 || (!isWordCharacter(line[found - 1]) && line[found - 1] != '}' &&
                                             (place != "shared/" ? line[found - 1] != '.' : true));
          const auto end = found + place.size();
          const bool ends = place.back() == '/' || end == line.size() || !isWordCharacter(line[end]);
          if (begins && ends) {
            complaints.push_back(at(file, number) + "names a place of one machine: " + std::string(place));
            break;
          }
        }
    }
  }
  return complaints;
}

// --- the tree
// ------------------------------------------------------------------------------------------------

Sources readTree(const std::vector<std::string>& folders, bool codeOnly) {
  const fs::path root = ATTUNE_SOURCE_DIR;
  Sources sources;
  for (const std::string& folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string extension = entry.path().extension().string();
      if (codeOnly && extension != ".h" && extension != ".cpp") continue;
      sources[entry.path().lexically_relative(root).generic_string()] = readFile(entry.path().string());
    }
  }
  return sources;
}

const Sources& code() {
  static const Sources sources = readTree({"app", "core", "ui"}, true);
  return sources;
}

void expectNone(const Complaints& complaints) {
  for (const std::string& complaint : complaints) ADD_FAILURE() << complaint;
}

TEST(Layering, TheWholeTreeIsRead) {
  EXPECT_GT(code().size(), 100u);
  std::set<std::string> folders;
  for (const auto& [file, content] : code()) folders.insert(folderOf(file));
  for (const auto& [folder, allowed] : arrows())
    EXPECT_TRUE(folders.contains(folder)) << folder << " is empty";
}

TEST(Layering, EveryIncludeFollowsTheArrows) { expectNone(brokenArrows(code())); }
TEST(Layering, EveryLibraryIsIncludedInItsPlaceOnly) { expectNone(misplacedLibraries(code())); }
TEST(Layering, TheWindowAndTheProgramsReachNoTorch) { expectNone(torchWithinReach(code())); }
TEST(Layering, TheCommandLineKnowsNothingOfTheWindow) { expectNone(windowInTheCommandLine(code())); }
TEST(Layering, NothingInCoreOrAppDependsOnTheLocale) { expectNone(localeDependentCalls(code())); }
TEST(Layering, NoSourceNamesAPlaceOfOneMachine) {
  expectNone(machinePaths(readTree({"app", "core", "ui", "resources", "packaging"}, false)));
}

// --- that it can fail
// ----------------------------------------------------------------------------------------

TEST(Layering, BrokenArrowsAreNamedWithFileAndLine) {
  EXPECT_EQ(brokenArrows({{"core/store/store.cpp", "#pragma once\n#include \"core/train/trainer.h\"\n"}}),
            Complaints{"core/store/store.cpp:2: core/store must not include core/train"});
  EXPECT_EQ(brokenArrows({{"core/data/a.h", "  #  include  \"ui/main_window.h\"\n"}}),
            Complaints{"core/data/a.h:1: core/data must not include ui"});
  EXPECT_EQ(brokenArrows({{"core/run/runner.cpp", "#include \"core/report/report.h\"\n"}}),
            Complaints{"core/run/runner.cpp:1: core/run must not include core/report"});
  EXPECT_EQ(brokenArrows({{"ui/flows.cpp",
                           "\n\n#include \"core/train/trainer.h\"\n#include \"core/eval/metric.h\"\n"
                           "#include \"core/eval/catalog.h\"\n#include \"core/run/run_queue.h\"\n"}}),
            (Complaints{"ui/flows.cpp:3: ui must not include core/train",
                        "ui/flows.cpp:4: ui must not include core/eval"}));
  EXPECT_EQ(brokenArrows({{"core/new/a.cpp", ""}}),
            Complaints{"core/new/a.cpp:1: no rule says what core/new may include"});
  EXPECT_EQ(brokenArrows({{"ui/a.cpp", "#include \"selection.h\"\n"}}),
            Complaints{"ui/a.cpp:1: \"selection.h\" does not begin at the root"});
  EXPECT_TRUE(
      brokenArrows(
          {{"core/run/dataset_store.h", "#include \"core/store/store.h\"\n#include \"core/data/import.h\"\n"},
           {"app/cli.cpp", "#include \"core/run/runner.h\"\n#include \"core/train/trainer.h\"\n"},
           {"core/train/a.cpp", "// #include \"ui/theme.h\"\n"}})
          .empty());
}

TEST(Layering, MisplacedLibrariesAreNamed) {
  const auto complaint = [](const std::string& file, const std::string& header) {
    const Complaints found = misplacedLibraries({{file, "#include <" + header + ">\n"}});
    return found.empty() ? std::string() : found.front();
  };
  EXPECT_EQ(complaint("core/report/a.cpp", "QString"),
            "core/report/a.cpp:1: core/report must not include Qt <QString>");
  EXPECT_EQ(complaint("core/base/a.h", "QtCore/qstring.h"),
            "core/base/a.h:1: core/base must not include Qt <QtCore/qstring.h>");
  EXPECT_EQ(complaint("app/cli.cpp", "QCoreApplication"),
            "app/cli.cpp:1: app must not include Qt <QCoreApplication>");
  EXPECT_EQ(complaint("core/store/a.h", "ATen/ATen.h"),
            "core/store/a.h:1: core/store must not include torch <ATen/ATen.h>");
  EXPECT_EQ(complaint("core/run/host.h", "c10/util/Exception.h"),
            "core/run/host.h:1: core/run must not include torch <c10/util/Exception.h>");
  EXPECT_EQ(complaint("core/run/runner.cpp", "torch/torch.h"), "");
  EXPECT_EQ(complaint("core/base/json.h", "nlohmann/json.hpp"),
            "core/base/json.h:1: core/base must not include the JSON library <nlohmann/json.hpp>");
  EXPECT_EQ(complaint("core/base/json.cpp", "nlohmann/json.hpp"), "");
  EXPECT_NE(complaint("ui/a.cpp", "sqlite3.h"), "");
  EXPECT_NE(complaint("core/report/a.cpp", "SQLiteCpp/Database.h"), "");
  EXPECT_EQ(complaint("core/store/a.cpp", "SQLiteCpp/Database.h"), "");
  EXPECT_NE(complaint("ui/widget/curve_plot.h", "qcustomplot.h"), "");
  EXPECT_EQ(complaint("ui/widget/curve_plot.cpp", "qcustomplot.h"), "");
}

TEST(Layering, TorchIsFoundThroughHeadersBetween) {
  const Sources sources{{"ui/a.cpp", "#include \"ui/b.h\"\n#include \"core/run/open_base.h\"\n"},
                        {"ui/b.h", "#include \"ui/a.h\"\n"},
                        {"core/run/open_base.h", "#include \"core/model/base_model.h\"\n"},
                        {"core/model/base_model.h", "#include <ATen/ATen.h>\n"}};
  EXPECT_EQ(torchWithinReach(sources),
            Complaints{"ui/a.cpp:2: reaches torch: ui/a.cpp -> core/run/open_base.h -> "
                       "core/model/base_model.h -> ATen/ATen.h"});
  EXPECT_EQ(torchWithinReach({{"core/eval/catalog.h", "#include <torch/torch.h>\n"}}).size(), 1u);
  EXPECT_EQ(windowInTheCommandLine({{"app/cli_data.cpp", "#include \"ui/text.h\"\n"}}),
            Complaints{"app/cli_data.cpp:1: the command line must not include ui"});
}

TEST(Layering, LocaleDependentCallsAreFound) {
  const auto count = [](const std::string& line) {
    return localeDependentCalls({{"core/base/a.cpp", line}}).size();
  };
  EXPECT_EQ(count("x = std::stod(text);"), 1u);
  EXPECT_EQ(count("x = strtod(text, &end); setlocale(LC_ALL, \"\");"), 2u);
  EXPECT_EQ(count("customStod(text); bistods"), 0u);
  EXPECT_EQ(count("std::snprintf(buffer, sizeof buffer, \"%d of %-8.2f\", n, x);"), 1u);
  EXPECT_EQ(count("std::printf(\"100 %% of %s\", name);"), 0u);
  EXPECT_EQ(count("a + std::to_string(run.cost.trainSeconds) + b"), 1u);
  EXPECT_EQ(count("std::to_string(static_cast<double>(n))"), 1u);
  EXPECT_EQ(count("std::to_string(0.5)"), 1u);
  EXPECT_EQ(count("std::to_string(rows.size()) + accuracyText(x)"), 0u);
  EXPECT_TRUE(localeDependentCalls({{"ui/a.cpp", "std::stod(text)"}}).empty());
}

TEST(Layering, PlacesOfOneMachineAreFound) {
  const auto count = [](const std::string& line) { return machinePaths({{"core/base/a.cpp", line}}).size(); };
  EXPECT_EQ(count("open(\"/tmp/x\")"), 1u);
  EXPECT_EQ(count("cd /work"), 1u);
  EXPECT_EQ(count("\"../shared/fixtures\""), 1u);
  EXPECT_EQ(count("\"app/worker.cpp\" a/work/b $prefix/tmp_name <https://x.org/worker>"), 0u);
  EXPECT_EQ(count("#include <shared_mutex>"), 0u);
  EXPECT_EQ(count(std::string("/tmp\0binary", 11)), 0u);
}

}  // namespace layering_test
}  // namespace attune
