#include <algorithm>
#include <cmath>

#include "core/base/text.h"
#include "core/report/number_text.h"
#include "core/report/report_parts.h"

namespace attune {
namespace {

std::string titleOf(const Configuration& configuration) {
  return configuration.title + (configuration.provisional ? " (provisional)" : "");
}

// Right answers, with a decimal where they are means over seeds.
std::string rightText(const Configuration& configuration, std::size_t items, int decimals) {
  return formatFixed(configuration.mean * static_cast<double>(items), decimals);
}

ReportTable accuracyTable(const ReportSource& source) {
  const Comparison& c = source.comparison;
  const std::size_t reference = source.choice.recommended;
  const bool hasReference = reference < c.configurations.size();
  const std::string items = wholeText(static_cast<std::int64_t>(c.testItems.size()));
  ReportTable table;
  table.caption = "How often each method is right on the test split";
  table.columns = {"Method", "Correct of " + items, mainMetricTitle(c), "95 % interval"};
  table.numeric = {false, true, true, true};
  if (hasReference) {
    table.columns.push_back("Against " + c.configurations[reference].title);
    table.numeric.push_back(false);
  }
  for (const std::string& column : {sideMetricTitle(c), std::string("Spread over seeds"),
                                    std::string("Validation"), std::string("Seeds")}) {
    table.columns.push_back(column);
    table.numeric.push_back(true);
  }
  if (!c.configurations.empty())
    for (const auto& [title, value] : furtherScores(c, c.configurations.front())) {
      table.columns.push_back(title);
      table.numeric.push_back(true);
    }
  int most = 1;
  for (const Configuration& configuration : c.configurations) most = std::max(most, configuration.n());
  for (std::size_t k = 0; k < c.configurations.size(); ++k) {
    const Configuration& configuration = c.configurations[k];
    std::vector<std::string> row{
        titleOf(configuration), rightText(configuration, c.testItems.size(), most > 1 ? 1 : 0),
        percentText(configuration.mean), percentIntervalText(configuration.low, configuration.high)};
    if (hasReference) {
      const PairWord word = c.word(k, reference);
      row.push_back(k == reference ? "–" : pairWordSymbol(word) + " " + pairWordText(word));
    }
    row.push_back(percentText(configuration.macroF1));
    row.push_back(configuration.n() > 1 ? formatFixed(configuration.spread * 100, 1) + " points" : "–");
    row.push_back(percentText(configuration.validation));
    row.push_back(std::to_string(configuration.n()));
    for (const auto& [title, value] : furtherScores(c, configuration)) row.push_back(value);
    table.rows.push_back(std::move(row));
    const bool settled = source.choice.best < c.configurations.size();
    table.strong.push_back(settled &&
                           (k == source.choice.best || c.word(source.choice.best, k) != PairWord::kBetter));
  }
  return table;
}

ReportTable costTable(const ReportSource& source) {
  ReportTable table;
  table.caption = "What each method costs (means over seeds; memory: the largest)";
  table.columns = {"Method",        "Trained numbers", "Of the model",   "Training time",
                   "Stored a task", "Peak memory",     "Time an answer", "Extra input tokens"};
  table.numeric.assign(table.columns.size(), true);
  table.numeric[0] = false;
  for (const Configuration& configuration : source.comparison.configurations) {
    const RunCost& cost = configuration.cost;
    const bool share = cost.totalParameters > 0 && cost.trainableParameters > 0;
    table.rows.push_back(
        {titleOf(configuration), countText(cost.trainableParameters),
         share ? smallShareText(static_cast<double>(cost.trainableParameters) /
                                static_cast<double>(cost.totalParameters))
               : "–",
         durationText(cost.knownTrainSeconds()), bytesText(cost.storedBytes),
         cost.peakBytes > 0 ? bytesText(cost.peakBytes) : "–",
         cost.secondsPerPrediction > 0 ? formatFixed(cost.secondsPerPrediction * 1000, 1) + " ms" : "–",
         formatFixed(cost.promptTokensPerRequest, 0)});
  }
  return table;
}

}  // namespace

ReportSection answerSection(const ReportSource& source) {
  const Verdict& verdict = source.comparison.verdict;
  ReportSection section;
  section.heading = "Answer";
  section.paragraphs.push_back(verdict.text);
  std::string confidence = "Confidence: " + verdict.confidence + ".";
  if (!verdict.flags.empty()) confidence += " What lowers it or should be known:";
  section.paragraphs.push_back(confidence);
  for (const std::string& flag : verdict.flags) section.paragraphs.push_back("• " + flag);
  section.figures = {"comparison"};
  section.tables.push_back(accuracyTable(source));
  section.tables.push_back(costTable(source));
  return section;
}

}  // namespace attune
