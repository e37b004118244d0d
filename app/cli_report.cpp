#include "app/cli_commands.h"
#include "app/cli_queue.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/report/experiment_judge.h"
#include "core/report/report.h"

namespace attune {
namespace {

struct ReportChoice {
  std::string project, out, from, format = "html";
  std::int64_t study = 0;
  bool anonymise = false;
};

// Of a project's study, or again from what a report was written with.
Report chosenReport(const ReportChoice& o) {
  if (o.from.empty() == o.project.empty())
    throw Error(ErrorKind::kUsage, "a report is made from a project or from a report.json",
                "Give --project or --from-json, one of the two.");
  if (!o.from.empty()) return reportFromJson(parseJson(readFile(o.from), o.from));
  Store store(o.project, OpenMode::kReadOnly);
  ReportOptions options;
  options.anonymise = o.anonymise;
  return makeReport(store, chosenStudy(store, o.study), options);
}

int report(const Output& output, const ReportChoice& o) {
  const std::vector<WrittenFile> files = writeReport(chosenReport(o), o.out, splitList(o.format));
  for (const WrittenFile& file : files) output.line(file.path);
  if (output.json) output.document("attune.report_files/1", Json().set("files", filesJson(files)));
  return kOk;
}

int claims(const Output& output, const std::string& project, std::int64_t study) {
  Store store(project, OpenMode::kReadOnly);
  const StudyId id = chosenStudy(store, study);
  const std::vector<Claim> list = claimBoard(store, Comparison::load(store, id), store.runs(id));
  for (const Claim& claim : list)
    output.line(claim.text + "\n  " + claimWordText(claim.word) + ". " + claim.effect);
  if (output.json) output.document("attune.claims/1", Json().set("claims", claimsToJson(list)));
  return kOk;
}

}  // namespace

void addReportCommands(CLI::App& app, Action& action) {
  CLI::App* board = addCommand(app, "claims", "Hold what the usual article says against a study.",
                               "attune-cli claims --project p.attune");
  const auto c = std::make_shared<ReportChoice>();
  board->add_option("--project", c->project, "Project file")->required();
  board->add_option("--study", c->study, "Number of the study (default: the newest)");
  board->callback(
      [=, &action] { action = [=](const Output& output) { return claims(output, c->project, c->study); }; });
  CLI::App* command = addCommand(app, "report", "Write the report of a study.",
                                 "attune-cli report --project p.attune --out report --format html,md,csv");
  const auto o = std::make_shared<ReportChoice>();
  command->add_option("--project", o->project, "Project file");
  command->add_option("--from-json", o->from, "Instead of a project: the report.json of a report");
  command->add_option("--study", o->study, "Number of the study (default: the newest)");
  command->add_option("--out", o->out, "Folder, or a file when one format is written")->required();
  command->add_option("--format", o->format, "html, md, csv, xlsx, latex, json, svg with commas between");
  command->add_flag("--anonymise", o->anonymise, "Leave the texts out");
  command->callback([=, &action] { action = [=](const Output& output) { return report(output, *o); }; });
}

}  // namespace attune
