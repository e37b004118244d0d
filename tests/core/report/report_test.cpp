#include "core/report/report.h"

#include <gtest/gtest.h>
#include <minizip/unzip.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "tests/support/report_support.h"

namespace attune {
namespace {

using test::fillStore;
using test::InventedStudy;

const std::string kAttack = "\"><img src=x onerror=alert(1)></script><script>alert(2)</script>'";

// A strict reader of what the writers make: every element is closed in order, every attribute quoted, no bare
// "<" or "&". Returns the names of all elements, or what is wrong.
struct Reading {
  std::vector<std::string> elements;
  std::string fault;
};
Reading readMarkup(std::string_view text) {
  Reading reading;
  std::vector<std::string> open;
  const auto fault = [&](std::size_t at) {
    reading.fault = std::string(text.substr(at, 80));
    return reading;
  };
  if (text.starts_with("<!DOCTYPE html>")) text.remove_prefix(15);
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '&') {
      const std::size_t end = text.find(';', i);
      if (end == std::string_view::npos || end - i > 7) return fault(i);
      i = end;
    } else if (text[i] == '>') {
      return fault(i);
    } else if (text[i] == '<') {
      std::size_t end = i;
      bool quoted = false;
      while (end < text.size() && (quoted || text[end] != '>')) {
        if (text[end] == '"') quoted = !quoted;
        if (quoted && text[end] == '<') return fault(end);
        ++end;
      }
      std::string_view inside = text.substr(i + 1, end - i - 1);
      const std::string name(
          inside.substr(inside.starts_with('/') ? 1 : 0)
              .substr(0, inside.find_first_of(" /", 1) - (inside.starts_with('/') ? 1 : 0)));
      if (inside.starts_with('/')) {
        if (open.empty() || open.back() != name) return fault(i);
        open.pop_back();
      } else {
        reading.elements.push_back(name);
        if (!inside.ends_with('/')) open.push_back(name);
        if (name == "style") {  // no markup within
          end = text.find("</style>", end) - 1;
        }
      }
      i = end;
    }
    ++i;
  }
  if (!open.empty()) reading.fault = "not closed: " + open.back();
  return reading;
}

class ReportOfAStudy : public testing::Test {
 protected:
  Report make(const InventedStudy& invented = {}, const ReportOptions& options = {}) {
    return makeReport(store_, fillStore(store_, invented).study, options);
  }
  static InventedStudy hostile() {
    InventedStudy invented;
    invented.name = kAttack;
    invented.dataset = kAttack;
    invented.text = kAttack;
    invented.labels = {kAttack + "0", kAttack + "1"};
    for (auto& method : invented.methods) method.title += kAttack;
    invented.diagnostics = Json().push(
        Json().set("severity", "warning").set("rule", kAttack).set("message", kAttack).set("row", 3));
    return invented;
  }

  test::ReportFolder folder_;
  Store store_{folder_.file("p.attune"), OpenMode::kCreateOrOpen};
};

TEST_F(ReportOfAStudy, HasItsPagesInOrder) {
  const Report report = make();
  EXPECT_EQ(report.title, "Comparison of tuning methods: Invented");
  EXPECT_EQ(report.question, "Which method answers our messages best?");
  ASSERT_EQ(report.sections.size(), 6U);
  EXPECT_EQ(report.sections[0].heading, "Answer");
  EXPECT_EQ(report.sections[0].figures, std::vector<std::string>{"comparison"});
  EXPECT_EQ(report.sections[1].heading, "Examples");
  EXPECT_EQ(report.sections[2].heading, "What the usual article says");
  EXPECT_EQ(report.sections[3].heading, "How it was done");
  EXPECT_EQ(report.sections[4].heading, "Limits");
  EXPECT_EQ(report.sections[5].heading, "Where the numbers come from");
  EXPECT_EQ(report.figure.size(), 4U);
  EXPECT_EQ(report.curves.size(), 6U);  // three seeds of two methods that train
  for (const ReportSection& section : report.sections)
    for (const ReportTable& table : section.tables) {
      EXPECT_EQ(table.columns.size(), table.numeric.size()) << table.caption;
      for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size()) << table.caption;
    }
}

TEST_F(ReportOfAStudy, NamesWhatIsNeededToRepeatIt) {
  const std::string text = writeMarkdown(make());
  for (const char* part : {"2024-02-29T12:00:00Z", "attune-cli compare --data messages.csv", "Invented CPU",
                           "1, 2, 3", "learning\\_rate", "test 60 rows", "opened by 1 comparison."})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  EXPECT_EQ(text.find("somewhere/"), std::string::npos) << "folders of the computer are not told";
}

TEST_F(ReportOfAStudy, ExampleCountsEqualTheStatistics) {
  const test::FilledStudy filled = fillStore(store_);
  const Comparison c = Comparison::load(store_, filled.study);
  const Choice choice = choose(c);
  const ConfigurationPair& pair = *c.pair(choice.recommended, choice.rival);
  const bool forward = pair.a == choice.recommended;
  const Report report = makeReport(store_, filled.study);
  const auto& tables = report.sections[1].tables;
  ASSERT_EQ(tables.size(), 3U);
  EXPECT_EQ(tables[0].caption,
            "Only LoRA is right, not Full fine-tuning: " + std::to_string(forward ? pair.onlyA : pair.onlyB));
  EXPECT_EQ(tables[1].caption,
            "Only Full fine-tuning is right, not LoRA: " + std::to_string(forward ? pair.onlyB : pair.onlyA));
}

TEST_F(ReportOfAStudy, ShowsTheFirstRowsAndSaysHowManyThereAre) {
  InventedStudy invented;
  for (auto& method : invented.methods) method.accuracy = 0.15;
  const Report report = make(invented, {.exampleRows = 2, .anonymise = false});
  ASSERT_EQ(report.sections[1].tables.size(), 1U);  // nothing is recommended, so there are no two to compare
  const ReportTable& wrong = report.sections[1].tables[0];
  EXPECT_EQ(wrong.rows.size(), 2U);
  EXPECT_NE(wrong.caption.find(", the first 2 are shown"), std::string::npos) << wrong.caption;
}

TEST_F(ReportOfAStudy, AnonymisedHoldsNoText) {
  InventedStudy invented;
  invented.text = "secret words";
  const Report report = make(invented, {.exampleRows = 12, .anonymise = true});
  for (const std::string& text :
       {writeHtml(report), writeMarkdown(report), writeCsv(report), report.data.dump()})
    EXPECT_EQ(text.find("secret words"), std::string::npos);
  EXPECT_NE(writeHtml(report).find(" characters]"), std::string::npos);
}

TEST_F(ReportOfAStudy, IsTheSameByteForByteWhenMadeAgain) {
  const test::FilledStudy filled = fillStore(store_);
  const Report first = makeReport(store_, filled.study);
  const Report second = makeReport(store_, filled.study);
  EXPECT_EQ(writeHtml(first), writeHtml(second));
  EXPECT_EQ(writeMarkdown(first), writeMarkdown(second));
  EXPECT_EQ(writeCsv(first), writeCsv(second));
  EXPECT_EQ(first.data.dump(), second.data.dump());
}

TEST_F(ReportOfAStudy, AllFormatsSayTheSameNumbers) {
  const Report report = make();
  const std::string html = writeHtml(report);
  const std::string markdown = writeMarkdown(report);
  for (const auto& row : report.sections[0].tables[0].rows) {
    EXPECT_NE(html.find(">" + row[2] + "<"), std::string::npos) << row[2];
    EXPECT_NE(markdown.find("| " + row[2] + " |"), std::string::npos) << row[2];
    EXPECT_NE(figureSvg(report.figure).find(">" + row[2] + "<"), std::string::npos) << row[2];
  }
}

TEST_F(ReportOfAStudy, WorksBeforeTheFirstResult) {
  const test::FilledStudy filled = fillStore(store_, {}, {0, 1, 2, 3, 4, 5, 6});
  const Report report = makeReport(store_, filled.study);
  EXPECT_EQ(readMarkup(writeHtml(report)).fault, "");
  EXPECT_FALSE(writeMarkdown(report).empty());
}

TEST_F(ReportOfAStudy, DataHoldsEveryNumberAndAnswer) {
  const Json data = parseJson(make().data.dump(), "report.json");
  EXPECT_EQ(data.at("schema").asString(), "attune.report/1");
  EXPECT_EQ(data.at("configurations").items().size(), 4U);
  EXPECT_EQ(data.at("configurations").items()[2].at("against_recommended").asString(), "");
  EXPECT_EQ(data.at("items").items().size(), 60U);
  EXPECT_EQ(data.at("answers").items()[2].at("seeds").items()[2].at("predicted").items().size(), 60U);
  EXPECT_EQ(data.at("curves").items().size(), 6U);
  // The mean can be worked out again from the answers.
  double right = 0;
  for (const Json& seed : data.at("answers").items()[2].at("seeds").items())
    for (std::size_t i = 0; i < 60; ++i)
      right += seed.at("predicted").items()[i].asInt() == data.at("items").items()[i].at("label").asInt();
  EXPECT_NEAR(right / 180, data.at("configurations").items()[2].at("mean").asDouble(), 1e-12);
}

TEST_F(ReportOfAStudy, HtmlIsOneFileWithoutScripts) {
  const std::string html = writeHtml(make());
  const Reading reading = readMarkup(html);
  EXPECT_EQ(reading.fault, "");
  for (const std::string& element : reading.elements)
    for (const char* never : {"script", "img", "link", "iframe", "object", "a", "form", "base"})
      EXPECT_NE(element, never);
  for (const char* part :
       {"http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; style-src "
        "&#39;unsafe-inline&#39;; img-src data:\"",
        "<meta charset=\"utf-8\"/>", "prefers-color-scheme:dark", "@media print", "<th scope=\"col\"",
        "scope=\"row\"", "<caption>", "<svg xmlns=\"http://www.w3.org/2000/svg\"", "<desc>"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
}

TEST_F(ReportOfAStudy, HtmlTakesHostileTextsAsTexts) {
  const Report report = make(hostile());
  for (const std::string& markup : {writeHtml(report), figureSvg(report.figure), curvesSvg(report.curves)}) {
    const Reading reading = readMarkup(markup);
    EXPECT_EQ(reading.fault, "");
    for (const std::string& element : reading.elements) {
      EXPECT_NE(element, "img");
      EXPECT_NE(element, "script");
    }
  }
  const std::string html = writeHtml(report);
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_NE(html.find("&lt;img src=x onerror=alert(1)&gt;"), std::string::npos);
}

// The same in the browser that most people have: it makes no element of the data and asks nobody for
// anything.
TEST_F(ReportOfAStudy, ABrowserMakesNothingOfHostileTexts) {
  if (std::system("command -v chromium > /dev/null 2>&1") != 0) GTEST_SKIP() << "chromium is not installed";
  InventedStudy invented = hostile();
  invented.text += " <img src=http://attacker.invalid/x.png onerror=\"document.title='taken'\">";
  const std::string page = folder_.file("hostile.html"), log = folder_.file("net.json"),
                    dom = folder_.file("dom.html");
  writeFileAtomically(page, writeHtml(make(invented)));
  const std::string command =
      "timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-background-networking "
      "--disable-component-update --disable-sync --no-first-run --user-data-dir=" +
      folder_.file("profile") + " --log-net-log=" + log + " --dump-dom file://" + page + " > " + dom +
      " 2> /dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string seen = readFile(dom);
  ASSERT_NE(seen.find("<h1"), std::string::npos);
  for (const char* never : {"<img", "<script", "<iframe", "<title>taken"})
    EXPECT_EQ(seen.find(never), std::string::npos) << never;
  EXPECT_NE(seen.find("&lt;img src=http://attacker.invalid/x.png"), std::string::npos);
  const std::string requests = readFile(log);
  EXPECT_NE(requests.find("hostile.html"), std::string::npos);  // the log holds what is asked for
  EXPECT_EQ(requests.find("attacker.invalid"), std::string::npos);
}

TEST_F(ReportOfAStudy, MarkdownTakesHostileTextsAsTexts) {
  InventedStudy invented = hostile();
  invented.methods[1].title = "a|b\n# c";
  const std::string text = writeMarkdown(make(invented));
  EXPECT_EQ(text.find("<img"), std::string::npos);
  EXPECT_EQ(text.find("<script"), std::string::npos);
  EXPECT_NE(text.find("a\\|b \\# c"), std::string::npos);
  // Every line of a table has as many cells as its head.
  std::size_t cells = 0;
  for (const std::string& line : splitText(text, '\n')) {
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    if (!line.starts_with("|"))
      cells = 0;
    else if (cells == 0)
      cells = bars;
    else
      EXPECT_EQ(bars, cells) << line;
  }
}

TEST_F(ReportOfAStudy, CsvIsTheTableWithPlainNumbers) {
  const Report report = make();
  const std::vector<std::string> lines = splitText(writeCsv(report), '\n');
  ASSERT_EQ(lines.size(), 6U);  // head, four methods, nothing after the last line end
  EXPECT_EQ(lines[0],
            "title,method,n,mean,low,high,spread,macro_f1,validation,against_recommended,provisional,"
            "trainable_parameters,total_parameters,train_seconds,active_seconds,peak_bytes,stored_bytes,"
            "tokens_per_second,seconds_per_prediction,prompt_tokens_per_request\r");
  EXPECT_TRUE(lines[1].starts_with("Always ‘calm’,majority,1,0.6,")) << lines[1];
  EXPECT_TRUE(lines[3].starts_with("LoRA,lora,3,")) << lines[3];
  EXPECT_TRUE(lines[3].ends_with(",290000,60500000,182,0,900000000,1200000,1000,0.004,0\r")) << lines[3];
}

TEST_F(ReportOfAStudy, CsvNeverBeginsAFormula) {
  InventedStudy invented;
  invented.methods[0].title = "=1+1";
  invented.methods[1].title = "@SUM(\"x\",1)";
  invented.methods[2].title = "-5";
  const std::vector<std::string> lines = splitText(writeCsv(make(invented)), '\n');
  EXPECT_TRUE(lines[2].starts_with("'=1+1,untuned,")) << lines[2];
  EXPECT_TRUE(lines[3].starts_with("\"'@SUM(\"\"x\"\",1)\",lora,")) << lines[3];
  EXPECT_TRUE(lines[4].starts_with("-5,full,")) << lines[4];
}

// The parts of a workbook by name.
std::map<std::string, std::string> partsOf(const std::string& path) {
  std::map<std::string, std::string> parts;
  unzFile zip = unzOpen(path.c_str());
  for (int more = unzGoToFirstFile(zip); more == UNZ_OK; more = unzGoToNextFile(zip)) {
    char name[256];
    unz_file_info info;
    unzGetCurrentFileInfo(zip, &info, name, sizeof name, nullptr, 0, nullptr, 0);
    std::string content(info.uncompressed_size, '\0');
    unzOpenCurrentFile(zip);
    unzReadCurrentFile(zip, content.data(), static_cast<unsigned>(content.size()));
    unzCloseCurrentFile(zip);
    parts[name] = content;
  }
  unzClose(zip);
  return parts;
}

TEST_F(ReportOfAStudy, XlsxHoldsNumbersAndTextsAndNoFormula) {
  InventedStudy invented = hostile();
  invented.methods[0].title = "=1+1";
  invented.methods[1].title = "@SUM(A1)";
  const Report report = make(invented);
  const std::string path = folder_.file("r.xlsx");
  writeFileAtomically(path, writeXlsx(report));
  EXPECT_EQ(readFile(path), writeXlsx(report));
  const auto parts = partsOf(path);
  for (int sheet = 1; sheet <= 6; ++sheet) {
    const std::string& text = parts.at("xl/worksheets/sheet" + std::to_string(sheet) + ".xml");
    EXPECT_EQ(text.find("<f>"), std::string::npos);
    EXPECT_EQ(text.find("<img"), std::string::npos);
    EXPECT_NE(text.find("state=\"frozen\""), std::string::npos);
  }
  EXPECT_EQ(parts.count("xl/worksheets/sheet7.xml"), 0U);
  const std::string& strings = parts.at("xl/sharedStrings.xml");
  EXPECT_NE(strings.find("=1+1"), std::string::npos);
  EXPECT_EQ(strings.find("<img"), std::string::npos);
  // The mean of the majority class is a number: 60 of 100.
  EXPECT_NE(parts.at("xl/worksheets/sheet1.xml").find("<c r=\"D2\"><v>0.6</v></c>"), std::string::npos);
}

TEST_F(ReportOfAStudy, LatexTakesHostileTextsAsTexts) {
  InventedStudy invented = hostile();
  invented.methods[0].title = "\\input{/etc/passwd} $x$ 100% & #1_2^3~ \xE6\x97\xA5 \xC3\xA9 <b>";
  const Report report = make(invented);
  const std::string text = writeLatex(report);
  EXPECT_EQ(text, writeLatex(report));
  EXPECT_NE(text.find("\\textbackslash{}input\\{/etc/passwd\\} \\$x\\$ 100\\% \\& "
                      "\\#1\\_2\\textasciicircum{}3\\textasciitilde{} \\attunechar{65E5} \xC3\xA9 "
                      "\\textless{}b\\textgreater{}"),
            std::string::npos);
  EXPECT_EQ(text.find("\\input{/"), std::string::npos);
  EXPECT_NE(text.find("\\toprule"), std::string::npos);
  EXPECT_NE(text.find("\\textbf{"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\\end{document}\n"));
}

// A report is made again from its JSON alone, in every format, byte for byte.
TEST_F(ReportOfAStudy, IsMadeAgainFromItsJsonAlone) {
  for (const InventedStudy& invented : {InventedStudy{}, hostile()}) {
    Store store(folder_.file(invented.text == InventedStudy{}.text ? "plain.attune" : "hostile.attune"),
                OpenMode::kCreateOrOpen);
    const Report first = makeReport(store, fillStore(store, invented).study);
    const Report again = reportFromJson(parseJson(first.data.dump(1), "report.json"));
    EXPECT_EQ(writeHtml(again), writeHtml(first));
    EXPECT_EQ(writeMarkdown(again), writeMarkdown(first));
    EXPECT_EQ(writeCsv(again), writeCsv(first));
    EXPECT_EQ(writeLatex(again), writeLatex(first));
    EXPECT_EQ(writeXlsx(again), writeXlsx(first));
    EXPECT_EQ(again.data.dump(), first.data.dump());
    ASSERT_EQ(again.figures.size(), first.figures.size());
    for (std::size_t k = 0; k < first.figures.size(); ++k) {
      EXPECT_EQ(again.figures[k].svg, first.figures[k].svg);
      EXPECT_EQ(again.figures[k].csv, first.figures[k].csv);
    }
  }
  EXPECT_THROW(reportFromJson(parseJson("{\"schema\": \"attune.compare/1\"}", "x")), Error);
  EXPECT_THROW(reportFromJson(parseJson("{\"schema\": \"attune.report/1\", \"title\": 3}", "x")), Error);
}

// Eight methods with five seeds each on 2,000 examples: every format, every number of it there. With
// ATTUNE_SIMULATIONS it says how long that took.
TEST_F(ReportOfAStudy, OfALargeStudyIsWhole) {
  const InventedStudy invented = test::largeStudy();
  const test::FilledStudy filled = test::fillStore(store_, invented);
  const double begin = monotonicSeconds();
  const Report report = makeReport(store_, filled.study);
  const double made = monotonicSeconds();
  const auto files =
      writeReport(report, folder_.file("large"), {"html", "md", "csv", "xlsx", "latex", "json", "svg"});
  const double written = monotonicSeconds();
  EXPECT_EQ(report.data.at("items").items().size(), 2000U);
  EXPECT_EQ(report.data.at("answers").items().size(), 9U);
  EXPECT_EQ(report.data.at("pairs").items().size(), 36U);
  EXPECT_GT(files.size(), 8U);
  if (std::getenv("ATTUNE_SIMULATIONS"))
    std::printf("8 methods, 5 seeds, 2,000 examples: made in %.2f s, written in %.2f s\n", made - begin,
                written - made);
}

TEST_F(ReportOfAStudy, IsWrittenToAFolderOrToOneFile) {
  const Report report = make();
  const std::vector<WrittenFile> files =
      writeReport(report, folder_.file("out"), {"html", "md", "csv", "xlsx", "latex", "json", "svg", "html"});
  std::vector<std::string> names;
  for (const WrittenFile& file : files) {
    names.push_back(file.path.substr(folder_.file("out").size()));
    EXPECT_EQ(readFile(file.path).size(), static_cast<std::size_t>(file.bytes));
    EXPECT_EQ(sha256File(file.path), file.sha256);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"/report.html", "/report.md", "/plots/comparison.svg",
                                      "/plots/comparison.csv", "/plots/curves.svg", "/plots/curves.csv",
                                      "/report.csv", "/report.xlsx", "/report.tex", "/report.json"}));
  EXPECT_NE(readFile(folder_.file("out/report.md")).find("](plots/curves.svg)"), std::string::npos);

  const auto one = writeReport(report, folder_.file("deep/one.html"), {"html"});
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(readFile(folder_.file("deep/one.html")), writeHtml(report));
}

TEST_F(ReportOfAStudy, RefusesFormatsThatItCannotWrite) {
  const Report report = make();
  for (const auto& formats : {std::vector<std::string>{"pdf"}, std::vector<std::string>{}}) {
    try {
      writeReport(report, folder_.file("out"), formats);
      FAIL() << "not refused";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_NE(error.hint().find("html, md, csv, xlsx, latex, json, svg"), std::string::npos);
    }
  }
}

TEST(FigureSvg, DrawsEveryRowWithItsNumbers) {
  const std::vector<FigureRow> rows{
      {"Untuned", 1, 0.62, 0.55, 0.69, {0.62}, 0, 0, 0, 0},
      {"LoRA", 2, 0.915, 0.864, 0.947, {0.905, 0.915, 0.925}, 294'912, 182, 9e8, 1.2e6}};
  const std::string svg = figureSvg(rows);
  const Reading reading = readMarkup(svg);
  EXPECT_EQ(reading.fault, "");
  for (const char* part :
       {"<title>Accuracy and cost of 2 methods</title>",
        "LoRA: 91.5 % (86.4 to 94.7 %), 3 seeds, 295 k trained numbers, 3:02 min training, 1.2 MB stored.",
        "correct answers (%)", "log scale", "seconds", ">91.5 %</text>", ">295 k</text>", ">3:02 min</text>"})
    EXPECT_NE(svg.find(part), std::string::npos) << part;
  EXPECT_EQ(figureSvg(rows), svg);
}

TEST(FigureSvg, PlacesTheDotOnItsAxis) {
  // The axis begins at 50 % (the lowest bound, 55 %, taken down to tens) in x = 190 and ends at 100 % in 480.
  const std::string svg = figureSvg({{"Untuned", 1, 0.75, 0.55, 0.9, {0.75}, 0, 0, 0, 0}});
  EXPECT_NE(svg.find("<circle class=\"af-f1\" cx=\"335\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("x1=\"219\" y1=\"75\" x2=\"422\" y2=\"75\""), std::string::npos) << svg;
}

TEST(FigureSvg, NothingToDrawIsSaid) {
  EXPECT_EQ(readMarkup(figureSvg({})).fault, "");
  EXPECT_NE(figureSvg({}).find("No method has a result yet."), std::string::npos);
  EXPECT_EQ(readMarkup(curvesSvg({})).fault, "");
}

TEST(CurvesSvg, DrawsTheSeedsThinAndTheMeanOverTheirCommonSteps) {
  const std::string svg =
      curvesSvg({{"LoRA", 2, 1, {10, 20, 30}, {0.5, 0.7, 0.9}}, {"LoRA", 2, 2, {10, 20}, {0.6, 0.8}}});
  EXPECT_EQ(readMarkup(svg).fault, "");
  EXPECT_NE(svg.find("LoRA: from 55.0 % to 75.0 % after 20 steps."), std::string::npos) << svg;
  EXPECT_NE(svg.find("optimiser step"), std::string::npos);
  EXPECT_NE(svg.find("correct on the validation split (%)"), std::string::npos);
}

}  // namespace
}  // namespace attune
