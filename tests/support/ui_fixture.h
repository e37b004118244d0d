#pragma once

#include <gtest/gtest.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTemporaryDir>
#include <QTimer>
#include <functional>
#include <string>

#include "core/data/dataset.h"
#include "core/report/comparison.h"
#include "core/store/store.h"
#include "ui/main_window.h"

namespace attune::testing {

// Runs the event loop until `condition` holds; false when it does not within the time.
inline bool eventually(const std::function<bool()>& condition, int milliseconds = 10000) {
  QElapsedTimer watch;
  watch.start();
  while (!condition()) {
    if (watch.elapsed() > milliseconds) return false;
    QEventLoop loop;
    QTimer::singleShot(10, &loop, &QEventLoop::quit);
    loop.exec();
  }
  return true;
}

// Lets the event loop work off what is there.
inline void settle() {
  QEventLoop loop;
  QTimer::singleShot(20, &loop, &QEventLoop::quit);
  loop.exec();
}

inline std::string resourceFile(const std::string& name) { return ATTUNE_SOURCE_DIR "/resources/" + name; }

inline Places placesIn(const QString& folder) {
  Places places;
  places.projectsFolder = folder;
  places.sampleFile = resourceFile("sample/messages.csv");
  places.bundledBase = resourceFile("base");
  places.basesFile = (folder + QStringLiteral("/bases.json")).toStdString();
  places.queue.inProcess = true;
  places.queue.workers = 1;
  return places;
}

inline MainWindow::Options safeLight() {
  MainWindow::Options options;
  options.safeMode = true;
  options.theme = ThemeChoice::kLight;
  return options;
}

// A comparison of three methods on ten texts, made by hand: A is right on items 0–7, B on 0–4 and 8,
// C (three seeds) on 0–9, 0–8 and 0–8.
inline Comparison smallComparison() {
  Comparison comparison;
  comparison.study.name = "small";
  comparison.dataset.name = "small";
  comparison.dataset.labels = {"no", "yes"};
  for (int i = 0; i < 10; ++i) {
    StoredExample example;
    example.row = i;
    example.line = i + 2;
    example.split = kTestSplit;
    example.text = "text " + std::to_string(i);
    example.label = i % 2;
    comparison.testItems.push_back(example);
  }
  const auto add = [&](const std::string& title, int slot, const std::vector<std::vector<int>>& right) {
    Configuration configuration;
    configuration.method = title;
    configuration.title = title;
    configuration.slot = slot;
    double sum = 0;
    for (std::size_t seed = 0; seed < right.size(); ++seed) {
      std::vector<std::uint8_t> outcomes(10, 0);
      for (const int item : right[seed]) outcomes[static_cast<std::size_t>(item)] = 1;
      std::vector<std::int64_t> predicted;
      for (std::size_t item = 0; item < 10; ++item) {
        const std::int64_t label = comparison.testItems[item].label;
        predicted.push_back(outcomes[item] != 0 ? label : 1 - label);
      }
      configuration.outcomes.push_back(outcomes);
      configuration.predicted.push_back(predicted);
      configuration.accuracies.push_back(static_cast<double>(right[seed].size()) / 10);
      configuration.runs.push_back({static_cast<std::int64_t>(seed) + 1});
      configuration.seeds.push_back(seed + 1);
      sum += configuration.accuracies.back();
    }
    configuration.mean = sum / static_cast<double>(right.size());
    configuration.low = configuration.mean - 0.1;
    configuration.high = configuration.mean + 0.05;
    configuration.cost.activeSeconds = 10;
    configuration.cost.steps = 100;
    configuration.cost.trainSeconds = 8;
    configuration.cost.trainableParameters = 1000 * (slot + 1);
    configuration.cost.totalParameters = 5000000;
    configuration.cost.storedBytes = 4000 * (slot + 1);
    configuration.cost.peakBytes = 100000000;
    comparison.configurations.push_back(configuration);
    MethodChoice choice;
    choice.method = title;
    choice.title = title;
    choice.params.set("r", std::int64_t{slot});
    choice.params.set("learning_rate", 0.001);
    comparison.study.methods.push_back(choice);
  };
  add("A", 1, {{0, 1, 2, 3, 4, 5, 6, 7}});
  add("B", 2, {{0, 1, 2, 3, 4, 8}});
  add("C", 3, {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {0, 1, 2, 3, 4, 5, 6, 7, 8}, {0, 1, 2, 3, 4, 5, 6, 7, 8}});
  ConfigurationPair pair;
  pair.a = 0;
  pair.b = 1;
  pair.difference.mean = 0.2;
  pair.difference.interval = {0.05, 0.35};
  pair.word = PairWord::kBetter;
  comparison.pairs.push_back(pair);
  comparison.verdict.text = "A is the best buy.";
  comparison.verdict.confidence = "low";
  comparison.verdict.flags = {"One seed."};
  comparison.complete = true;
  return comparison;
}

}  // namespace attune::testing
