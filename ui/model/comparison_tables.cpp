#include "ui/model/comparison_tables.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <set>

#include "core/method/catalog.h"
#include "core/report/compare_pairs.h"
#include "core/report/number_text.h"
#include "core/report/slices.h"
#include "ui/text.h"

namespace attune {

namespace {

QString text(const char* source) { return QCoreApplication::translate("ComparisonTables", source); }

QString dash() { return QStringLiteral("–"); }

bool isMeasured(const Configuration& configuration) { return configuration.cost.activeSeconds > 0; }

Cell notMeasured() { return missingCell(text("Not measured: no model is used.")); }

Cell titleCell(const Configuration& configuration) {
  Cell cell = textCell(toQt(configuration.title));
  cell.slot = configuration.slot;
  if (configuration.provisional) {
    cell.text += text(" (provisional)");
    cell.tip = text("Some of its runs have not ended yet.");
  }
  return cell;
}

Cell wordCell(const Comparison& comparison, std::size_t i, std::size_t baseline) {
  if (i == baseline) {
    Cell cell = textCell(text("baseline"));
    cell.tone = Tone::kQuiet;
    return cell;
  }
  const PairWord word = comparison.word(i, baseline);
  Cell cell = textCell(toQt(pairWordSymbol(word) + " " + pairWordText(word)));
  cell.tone = word == PairWord::kBetter ? Tone::kGood : word == PairWord::kWorse ? Tone::kBad : Tone::kQuiet;
  if (const ConfigurationPair* pair = comparison.pair(i, baseline)) {
    cell.tip = text("Adjusted p = %1").arg(QString::number(pair->adjustedP, 'g', 3));
  }
  return cell;
}

Cell differenceCell(const Comparison& comparison, std::size_t i, std::size_t baseline) {
  const ConfigurationPair* pair = comparison.pair(i, baseline);
  if (pair == nullptr) return missingCell(text("This is the baseline."));
  const double sign = pair->a == i ? 1 : -1;
  const double mean = sign * pair->difference.mean;
  const double low = sign > 0 ? pair->difference.interval.low : -pair->difference.interval.high;
  const double high = sign > 0 ? pair->difference.interval.high : -pair->difference.interval.low;
  Cell cell = numberCell(toQt(pointsText(mean)), mean);
  cell.tip = text("95 % interval %1 to %2").arg(toQt(pointsText(low)), toQt(pointsText(high)));
  return cell;
}

QString paramTitle(const std::string& name) {
  for (const MethodInfo& info : methodCatalog()) {
    for (const ParamSpec& spec : info.parameters) {
      if (spec.name == name && !spec.title.empty()) return toQt(spec.title);
    }
  }
  return toQt(name);
}

const MethodChoice* choiceOf(const Comparison& comparison, const Configuration& configuration) {
  for (const MethodChoice& choice : comparison.study.methods) {
    if (choice.method == configuration.method && choice.title == configuration.title) return &choice;
  }
  return nullptr;
}

}  // namespace

CellTable summaryTable(const Comparison& comparison, std::size_t baseline) {
  CellTable table;
  table.columns = {text("Method"),
                   comparison.dataset.freeAnswers ? text("Exact match") : text("Right on test"),
                   text("95 % interval"),
                   text("Spread (seeds)"),
                   toQt(sideMetricTitle(comparison)),
                   text("Difference"),
                   text("Against baseline"),
                   text("Trained numbers"),
                   text("Training"),
                   text("Memory"),
                   text("Stored")};
  table.numeric = {false, true, true, true, true, true, false, true, true, true, true};
  if (!comparison.configurations.empty())
    for (const auto& [title, value] : furtherScores(comparison, comparison.configurations.front())) {
      table.columns.append(toQt(title));
      table.numeric.push_back(true);
    }
  for (std::size_t i = 0; i < comparison.configurations.size(); ++i) {
    const Configuration& c = comparison.configurations[i];
    CellRow row;
    row.key = toQt(c.title);
    row.cells.push_back(titleCell(c));
    row.cells.push_back(numberCell(toQt(percentText(c.mean)), c.mean));
    row.cells.push_back(numberCell(toQt(percentIntervalText(c.low, c.high)), c.low));
    if (c.n() > 1) {
      row.cells.push_back(
          numberCell(text("± %1 (%2)").arg(QString::number(c.spread * 100, 'f', 1)).arg(c.n()), c.spread));
    } else {
      row.cells.push_back(missingCell(text("One seed: the luck of training is not measured.")));
    }
    row.cells.push_back(numberCell(toQt(percentText(c.macroF1)), c.macroF1));
    row.cells.push_back(differenceCell(comparison, i, baseline));
    row.cells.push_back(wordCell(comparison, i, baseline));
    const bool measured = isMeasured(c);
    const auto cost = [&](const std::string& shown, double value) {
      row.cells.push_back(measured ? numberCell(toQt(shown), value) : notMeasured());
    };
    cost(countText(c.cost.trainableParameters), static_cast<double>(c.cost.trainableParameters));
    cost(durationText(c.cost.knownTrainSeconds()), c.cost.trainSeconds);
    cost(bytesText(c.cost.peakBytes), static_cast<double>(c.cost.peakBytes));
    cost(bytesText(c.cost.storedBytes), static_cast<double>(c.cost.storedBytes));
    for (const auto& [title, value] : furtherScores(comparison, c))
      row.cells.push_back({toQt(value), {}, {}});
    table.rows.push_back(std::move(row));
  }
  return table;
}

CellTable costTable(const Comparison& comparison) {
  CellTable table;
  table.columns = {text("Method"),
                   text("Training"),
                   text("Whole run"),
                   text("Memory, peak"),
                   text("Stored"),
                   text("One answer"),
                   text("Extra tokens a request"),
                   text("Trained numbers"),
                   text("Share of model"),
                   text("Steps"),
                   text("Tokens/s"),
                   text("Kernel efficiency"),
                   text("Useful share"),
                   text("Floor ratio"),
                   text("Energy, machine")};
  table.numeric = std::vector<bool>(static_cast<std::size_t>(table.columns.size()), true);
  table.numeric[0] = false;
  for (const Configuration& c : comparison.configurations) {
    CellRow row;
    row.key = toQt(c.title);
    row.cells.push_back(titleCell(c));
    const bool measured = isMeasured(c);
    const auto add = [&](const QString& shown, double value, bool known = true) {
      row.cells.push_back(measured && known ? numberCell(shown, value) : notMeasured());
    };
    const RunCost& cost = c.cost;
    add(toQt(durationText(cost.knownTrainSeconds())), cost.trainSeconds);
    add(toQt(durationText(cost.activeSeconds)), cost.activeSeconds);
    add(toQt(bytesText(cost.peakBytes)), static_cast<double>(cost.peakBytes));
    add(toQt(bytesText(cost.storedBytes)), static_cast<double>(cost.storedBytes));
    add(text("%1 ms").arg(QString::number(cost.secondsPerPrediction * 1000, 'f', 1)),
        cost.secondsPerPrediction);
    add(QString::number(cost.promptTokensPerRequest, 'f', 1), cost.promptTokensPerRequest);
    add(toQt(countText(cost.trainableParameters)), static_cast<double>(cost.trainableParameters));
    const double share = cost.totalParameters > 0 ? static_cast<double>(cost.trainableParameters) /
                                                        static_cast<double>(cost.totalParameters)
                                                  : 0;
    add(QString::number(share * 100, 'f', 2) + QStringLiteral(" %"), share, cost.totalParameters > 0);
    add(QString::number(cost.steps), static_cast<double>(cost.steps));
    add(QString::number(cost.tokensPerSecond, 'f', 0), cost.tokensPerSecond, cost.tokensPerSecond > 0);
    for (const double part : {cost.kernelEfficiency, cost.usefulShare, cost.floorRatio})
      add(toQt(percentText(part)), part, part > 0);
    add(toQt(energyText(cost.energyJoules)), cost.energyJoules, cost.energyJoules > 0);
    table.rows.push_back(std::move(row));
  }
  return table;
}

CellTable settingsTable(const Comparison& comparison, bool onlyDifferent) {
  CellTable table;
  table.columns = {text("Setting")};
  table.numeric = {false};
  std::vector<std::string> names;
  std::vector<const MethodChoice*> choices;
  for (const Configuration& configuration : comparison.configurations) {
    const MethodChoice* choice = choiceOf(comparison, configuration);
    if (choice == nullptr) continue;
    choices.push_back(choice);
    table.columns.append(toQt(choice->title));
    table.numeric.push_back(false);
    for (const auto& [name, value] : choice->params.values()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  for (const std::string& name : names) {
    CellRow row;
    row.key = toQt(name);
    Cell title = textCell(paramTitle(name));
    title.tip = toQt(name);
    row.cells.push_back(title);
    std::set<std::string> values;
    for (const MethodChoice* choice : choices) {
      const auto found = choice->params.values().find(name);
      if (found == choice->params.values().end()) {
        row.cells.push_back(missingCell(text("%1 has no such setting.").arg(toQt(choice->title))));
        continue;
      }
      const std::string shown = formatParamValue(found->second);
      values.insert(shown);
      row.cells.push_back(textCell(shown.empty() ? text("(empty)") : toQt(shown).simplified()));
      row.cells.back().tip = toQt(shown);
      if (shown.empty()) row.cells.back().tone = Tone::kQuiet;
    }
    // A setting that only some methods have tells them apart as well.
    const bool everywhere = std::none_of(row.cells.begin(), row.cells.end(), [](const Cell& cell) {
      return cell.text == dash() && !cell.sort.isValid();
    });
    if (!onlyDifferent || values.size() > 1 || !everywhere) table.rows.push_back(std::move(row));
  }
  return table;
}

CellTable slicesTable(const Comparison& comparison) {
  CellTable table;
  table.columns = {text("Part"), text("Examples")};
  table.numeric = {false, true};
  for (const Configuration& c : comparison.configurations) {
    table.columns.append(toQt(c.title));
    table.numeric.push_back(true);
  }
  for (const Slice& slice : slicesOf(comparison)) {
    CellRow row;
    const QString kind = slice.kind == "Label"    ? text("Label")
                         : slice.kind == "Length" ? text("Length")
                                                  : toQt(slice.kind);
    row.key = kind + QLatin1Char(' ') + toQt(slice.name);
    row.cells.push_back(textCell(text("%1: %2").arg(kind, toQt(slice.name))));
    row.cells.push_back(numberCell(toQt(wholeText(static_cast<std::int64_t>(slice.items.size()))),
                                   static_cast<double>(slice.items.size())));
    for (const Slice::Share& share : slice.shares) {
      Cell cell =
          numberCell(text("%1 (%2)").arg(toQt(percentText(share.mean)),
                                         toQt(percentIntervalText(share.interval.low, share.interval.high))),
                     share.mean);
      if (slice.tooFew()) {
        cell.tone = Tone::kQuiet;
        cell.tip = text("Too few examples for an interval that says something.");
      }
      row.cells.push_back(std::move(cell));
    }
    if (slice.tooFew())
      for (Cell& cell : row.cells) cell.tone = Tone::kQuiet;
    table.rows.push_back(std::move(row));
  }
  return table;
}

CellTable confusionTable(const Comparison& comparison, std::size_t configuration) {
  CellTable table;
  table.columns = {text("Right label")};
  table.numeric = {false};
  if (comparison.dataset.freeAnswers) return table;
  const auto& labels = comparison.dataset.labels;
  for (const std::string& label : labels) {
    table.columns.append(toQt(label));
    table.numeric.push_back(true);
  }
  const Configuration& shown = comparison.configurations[configuration];
  const auto counts = confusionOf(comparison, shown);
  for (std::size_t right = 0; right < labels.size(); ++right) {
    CellRow row;
    row.key = toQt(labels[right]);
    row.cells.push_back(textCell(toQt(labels[right])));
    double all = 0;
    for (const double count : counts[right]) all += count;
    for (std::size_t answered = 0; answered < labels.size(); ++answered) {
      const double count = counts[right][answered];
      Cell cell = numberCell(QString::number(count, 'f', shown.n() > 1 ? 1 : 0), count);
      cell.heat = all > 0 ? count / all : 0;
      if (count == 0) cell.tone = Tone::kQuiet;
      cell.tip = text("%1 answered where %2 is right: %3 of the row")
                     .arg(toQt(labels[answered]), toQt(labels[right]), toQt(percentText(cell.heat)));
      row.cells.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Agreement agreementOf(const Comparison& comparison, std::size_t a, std::size_t b, std::size_t item) {
  const bool rightA = majorityRight(comparison.configurations[a], item);
  const bool rightB = majorityRight(comparison.configurations[b], item);
  if (rightA) return rightB ? Agreement::kBothRight : Agreement::kOnlyA;
  return rightB ? Agreement::kOnlyB : Agreement::kBothWrong;
}

CellTable answersTable(const Comparison& comparison, const std::map<std::int64_t, ExampleMark>& marks) {
  CellTable table;
  table.columns = {text("#"), text("Text"), text("Right answer")};
  table.numeric = {true, false, false};
  for (const Configuration& configuration : comparison.configurations) {
    table.columns.append(toQt(configuration.title));
    table.numeric.push_back(false);
  }
  const auto label = [&](std::int64_t index) {
    const auto place = static_cast<std::size_t>(index);
    return place < comparison.dataset.labels.size() ? toQt(comparison.dataset.labels[place]) : dash();
  };
  for (std::size_t item = 0; item < comparison.testItems.size(); ++item) {
    const StoredExample& example = comparison.testItems[item];
    CellRow row;
    row.key = QString::number(item);
    const auto mark = marks.find(example.row);
    const bool starred = mark != marks.end() && mark->second.starred;
    row.cells.push_back(
        numberCell((starred ? QStringLiteral("★ ") : QString()) + QString::number(example.row + 1),
                   static_cast<double>(example.row)));
    row.cells.push_back(textCell(toQt(example.text).simplified()));
    row.cells.back().tip = toQt(example.text);
    if (mark != marks.end() && !mark->second.note.empty()) row.cells.front().tip = toQt(mark->second.note);
    row.cells.push_back(textCell(label(example.label)));
    for (const Configuration& configuration : comparison.configurations) {
      const bool right = majorityRight(configuration, item);
      QString shown =
          (right ? text("✓ %1") : text("✗ %1")).arg(toQt(answerText(comparison, configuration, item)));
      if (configuration.n() > 1) {
        int rightSeeds = 0;
        for (const auto& outcomes : configuration.outcomes) rightSeeds += outcomes[item];
        shown += text(" (%1 of %2)").arg(rightSeeds).arg(configuration.n());
      }
      Cell cell = textCell(shown);
      cell.tone = right ? Tone::kGood : Tone::kBad;
      row.cells.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace attune
