#include "ui/launch_dialog.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "core/base/text.h"
#include "core/method/catalog.h"
#include "core/report/crossed.h"
#include "core/report/number_text.h"
#include "core/run/dataset_store.h"
#include "core/run/host.h"
#include "core/run/memory.h"
#include "core/run/plan_experiment.h"
#include "core/run/usable_base.h"
#include "ui/context.h"
#include "ui/model/method_table_model.h"
#include "ui/text.h"
#include "ui/widget/data_table.h"
#include "ui/widget/param_form.h"
#include "ui/widget/prompt_preview.h"

namespace attune {

namespace {
constexpr const char* kPresetNames[] = {"quick", "standard", "thorough"};
}

LaunchDialog::LaunchDialog(Context& context, const DatasetRecord& dataset, QWidget* parent)
    : QDialog(parent), context_(context), record_(dataset) {
  setObjectName(QStringLiteral("launchDialog"));
  setWindowTitle(tr("Compare methods on %1").arg(toQt(dataset.name)));
  model_ = new MethodTableModel(this);
  table_ = new DataTable(tr("Methods to compare; Space ticks one"));
  table_->setModel(model_);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setWordWrap(true);
  table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() * 2 + 10);
  table_->horizontalHeader()->setSectionsMovable(false);
  table_->horizontalHeader()->setSectionResizeMode(MethodTableModel::kSummary, QHeaderView::Stretch);
  table_->setColumnWidth(MethodTableModel::kMethod, 160);
  table_->setColumnWidth(MethodTableModel::kTrained, 74);
  table_->setColumnWidth(MethodTableModel::kTime, 112);
  auto* splitter = new QSplitter;
  splitter->addWidget(table_);
  splitter->addWidget(buildSettings());
  splitter->setStretchFactor(0, 3);
  splitter->setStretchFactor(1, 2);
  splitter->setChildrenCollapsible(false);
  power_ = new QLabel;
  power_->setWordWrap(true);
  needs_ = new QLabel(tr("Estimating…"));
  needs_->setWordWrap(true);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  start_ = buttons->addButton(tr("&Start"), QDialogButtonBox::AcceptRole);
  start_->setDefault(true);
  buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);
  start_->setObjectName(QStringLiteral("start"));
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* column = new QVBoxLayout(this);
  column->addWidget(buildQuestion());
  column->addWidget(buildTop());
  column->addWidget(splitter, 1);
  column->addWidget(power_);
  column->addWidget(needs_);
  column->addWidget(buttons);
  const QSize room = parent == nullptr ? QSize(1200, 700) : parent->window()->size();
  resize(QSize(1140, 660).boundedTo(room - QSize(24, 24)).expandedTo(QSize(760, 480)));

  estimateDelay_.setSingleShot(true);
  estimateDelay_.setInterval(200);
  connect(&estimateDelay_, &QTimer::timeout, this, &LaunchDialog::estimate);
  connect(model_, &MethodTableModel::choiceChanged, this, &LaunchDialog::choiceChanged);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) { showMethod(index.row()); });
  int first = 0;
  for (int row = 0; row < model_->rowCount(); ++row) {
    if (model_->info(row).name == "hand_prompt") first = row;
  }
  table_->setCurrentIndex(model_->index(first, 0));
  setExperiment({});
  start_->setFocus();

  context_.withStore(
      this, [id = record_.id](Store& store) { return loadDataset(store, id); },
      [this](std::shared_ptr<const Dataset> loaded) {
        dataset_ = std::move(loaded);
        const auto& rows = dataset_->rows(Split::kTrain);
        if (!rows.empty()) {
          const Example& example = dataset_->examples()[static_cast<std::size_t>(rows.front())];
          preview_->setExample(example.text, dataset_->labels()[static_cast<std::size_t>(example.label)],
                               dataset_->labels());
        }
        choiceChanged();
      });
  loadBase("bundled", context_.places().bundledBase);
  listBases();
  updateStart();
}

QWidget* LaunchDialog::buildQuestion() {
  experiments_ = new QComboBox;
  experiments_->setAccessibleName(tr("What to measure"));
  experiments_->addItem(tr("Which method is best?"), QString());
  for (const ExperimentInfo& info : experimentCatalog())
    if (!info.fromComparison) experiments_->addItem(toQt(info.title), toQt(info.name));
  claim_ = new QLabel;
  claim_->setTextFormat(Qt::PlainText);
  claim_->setWordWrap(true);
  auto* page = new QWidget;
  auto* row = new QHBoxLayout(page);
  row->setContentsMargins(0, 0, 0, 0);
  auto* label = new QLabel(tr("&Measure:"));
  label->setBuddy(experiments_);
  row->addWidget(label);
  row->addWidget(experiments_);
  row->addWidget(claim_, 1);
  connect(experiments_, &QComboBox::activated, this, [this] { setExperiment(experiment()); });
  return page;
}

std::string LaunchDialog::experiment() const { return fromQt(experiments_->currentData().toString()); }

QString LaunchDialog::refusal() const {
  if (experiment().empty() || base_.hash.empty()) return {};
  return toQt(experimentRefusal(experimentInfo(experiment()), base_.layout, record_.freeAnswers));
}

void LaunchDialog::setExperiment(const std::string& name) {
  const ExperimentInfo* info = name.empty() ? nullptr : &experimentInfo(name);
  // What a comparison answers is measured by one.
  const int index = info == nullptr || info->fromComparison ? 0 : experiments_->findData(toQt(name));
  experiments_->setCurrentIndex(std::max(0, index));
  claim_->setText(info == nullptr ? tr("Compares the methods on all training rows.")
                                  : tr("“%1” %2").arg(toQt(info->claim), toQt(info->summary)));
  model_->setChosen(info == nullptr ? std::vector<std::string>{} : splitList(info->methods));
  if (info != nullptr && preset() == "quick") setPreset("standard");
  choiceChanged();
}

QWidget* LaunchDialog::buildTop() {
  bases_ = new QComboBox;
  bases_->setAccessibleName(tr("Base model"));
  bases_->addItem(tr("bundled"));
  bases_->addItem(tr("Choose a model folder…"));
  baseState_ = new QLabel;
  baseState_->setTextFormat(Qt::PlainText);
  presets_ = new QButtonGroup(this);
  auto* page = new QWidget;
  auto* row = new QHBoxLayout(page);
  row->setContentsMargins(0, 0, 0, 0);
  auto* baseLabel = new QLabel(tr("&Base model:"));
  baseLabel->setBuddy(bases_);
  row->addWidget(baseLabel);
  row->addWidget(bases_);
  row->addWidget(baseState_, 1);
  row->addWidget(new QLabel(tr("How thorough?")));
  const QString texts[] = {tr("&Quick"), tr("S&tandard"), tr("T&horough")};
  const QString tips[] = {tr("1 seed: a first answer in minutes; the luck of training is not measured"),
                          tr("3 seeds: the luck of training is measured"), tr("5 seeds and longer training")};
  for (int i = 0; i < 3; ++i) {
    auto* button = new QRadioButton(texts[i]);
    button->setToolTip(tips[i]);
    button->setAccessibleDescription(tips[i]);
    presets_->addButton(button, i);
    row->addWidget(button);
  }
  presets_->button(0)->setChecked(true);
  connect(presets_, &QButtonGroup::idClicked, this, [this](int id) { setPreset(kPresetNames[id]); });
  connect(bases_, &QComboBox::activated, this, [this](int index) {
    if (index == bases_->count() - 1) {
      chooseBase();
    } else if (index == 0) {
      loadBase("bundled", context_.places().bundledBase);
    } else {
      loadBase(fromQt(bases_->itemText(index)), fromQt(bases_->itemData(index).toString()));
    }
  });
  return page;
}

QWidget* LaunchDialog::buildSettings() {
  settingsTitle_ = new QLabel;
  settingsTitle_->setTextFormat(Qt::PlainText);
  QFont bold = settingsTitle_->font();
  bold.setBold(true);
  settingsTitle_->setFont(bold);
  expert_ = new QPushButton(tr("E&xpert settings"));
  expert_->setCheckable(true);
  expert_->setAutoDefault(false);
  reset_ = new QPushButton(tr("R&eset"));
  reset_->setAutoDefault(false);
  reset_->setToolTip(tr("Back to the settings of the preset"));
  scroll_ = new QScrollArea;
  scroll_->setWidgetResizable(true);
  scroll_->setFrameShape(QFrame::NoFrame);
  scroll_->setFocusPolicy(Qt::NoFocus);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  preview_ = new PromptPreview;
  seeds_ = new QSpinBox;
  seeds_->setRange(1, 50);
  seeds_->setAccessibleName(tr("Seeds"));
  seeds_->setToolTip(tr("How often each trained method is repeated with another seed"));
  rows_ = new QSpinBox;
  const auto trainRows = record_.splitSizes.find(kTrainSplit);
  rows_->setRange(0, trainRows == record_.splitSizes.end() ? 0 : static_cast<int>(trainRows->second));
  rows_->setSingleStep(100);
  rows_->setSpecialValueText(tr("all"));
  rows_->setAccessibleName(tr("Training rows"));
  rows_->setToolTip(
      tr("How many training rows are used at most, balanced by label and drawn anew with every seed"));
  rates_ = new QSpinBox;
  rates_->setRange(1, static_cast<int>(kMaxSearchTrials));
  rates_->setAccessibleName(tr("Rates tried"));
  rates_->setToolTip(
      tr("How many learning rates every trained method tries in every run. The best by validation is kept, "
         "and the time of all is charged to the method"));
  gap_ = new QDoubleSpinBox;
  gap_->setRange(0, 50);
  gap_->setDecimals(1);
  gap_->setValue(1);
  gap_->setSuffix(tr(" points"));
  gap_->setAccessibleName(tr("Smallest gap I care about"));

  auto* page = new QWidget;
  page->setMinimumWidth(300);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(8, 0, 0, 0);
  auto* row = new QHBoxLayout;
  row->addWidget(settingsTitle_, 1);
  row->addWidget(reset_);
  row->addWidget(expert_);
  column->addLayout(row);
  summary_ = new QLabel;
  summary_->setTextFormat(Qt::PlainText);
  summary_->setWordWrap(true);
  column->addWidget(summary_);
  column->addWidget(scroll_, 1);
  column->addWidget(preview_, 0);
  auto* foot = new QHBoxLayout;
  auto* seedsLabel = new QLabel(tr("See&ds:"));
  seedsLabel->setBuddy(seeds_);
  auto* rowsLabel = new QLabel(tr("Ro&ws:"));
  rowsLabel->setBuddy(rows_);
  auto* ratesLabel = new QLabel(tr("Rates &tried:"));
  ratesLabel->setBuddy(rates_);
  auto* gapLabel = new QLabel(tr("Smallest &gap:"));
  gapLabel->setBuddy(gap_);
  foot->addWidget(seedsLabel);
  foot->addWidget(seeds_);
  foot->addStretch(1);
  foot->addWidget(rowsLabel);
  foot->addWidget(rows_);
  foot->addStretch(1);
  foot->addWidget(ratesLabel);
  foot->addWidget(rates_);
  foot->addStretch(1);
  foot->addWidget(gapLabel);
  foot->addWidget(gap_);
  column->addLayout(foot);
  connect(expert_, &QPushButton::toggled, this, [this](bool on) {
    if (form_ != nullptr) form_->setExpertVisible(on);
    showMethod(shownRow_);
  });
  connect(seeds_, &QSpinBox::valueChanged, this, &LaunchDialog::choiceChanged);
  connect(rows_, &QSpinBox::valueChanged, this, &LaunchDialog::choiceChanged);
  connect(rates_, &QSpinBox::valueChanged, this, &LaunchDialog::choiceChanged);
  return page;
}

void LaunchDialog::setPreset(const std::string& preset) {
  for (int i = 0; i < 3; ++i) {
    if (preset == kPresetNames[i]) presets_->button(i)->setChecked(true);
  }
  seeds_->setValue(presetSeeds(preset));
  model_->setPreset(preset);
  showAgain();
}

// The form of the shown method, whose settings have changed beneath it.
void LaunchDialog::showAgain() {
  const int row = shownRow_;
  shownRow_ = -1;
  showMethod(row);
}

void LaunchDialog::loadBase(const std::string& name, const std::string& folder) {
  base_ = {};
  baseName_ = name;
  updateStart();
  if (folder.empty()) {
    baseState_->setText(tr("✖ not installed: choose a model folder"));
    return;
  }
  baseState_->setText(tr("looking…"));
  inBackground(
      this, [folder] { return usableBase(folder); },
      [this, name](ModelInfo info) {
        if (name != baseName_) return;
        base_ = std::move(info);
        model_->setBase(base_.layout, record_.freeAnswers);
        if (form_ != nullptr && form_->values() != model_->params(shownRow_)) showAgain();
        baseState_->setText(tr("✓ found, %1 numbers").arg(toQt(countText(base_.parameters))));
        choiceChanged();
      },
      [this](const Failure& failure) {
        baseState_->setText(tr("✖ %1").arg(failure.message));
        baseState_->setToolTip(failure.hint);
      });
}

void LaunchDialog::chooseBase() {
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder of a base model"));
  bases_->setCurrentIndex(0);
  if (folder.isEmpty()) return;
  const QString name = QFileInfo(folder).fileName();
  bases_->insertItem(1, name, folder);
  bases_->setCurrentIndex(1);
  loadBase(fromQt(name), fromQt(folder));
}

void LaunchDialog::listBases() {
  inBackground(
      this, [library = context_.places().baseLibrary()] { return library.list(); },
      [this](const std::vector<KnownBase>& known) {
        int place = 1;
        for (const KnownBase& base : known)
          if (base.source != "bundled") bases_->insertItem(place++, toQt(base.name), toQt(base.path));
      },
      [](const Failure&) {});  // a damaged list is shown on its own page
}

void LaunchDialog::showMethod(int row) {
  if (row < 0 || row >= model_->rowCount()) return;
  const MethodInfo& info = model_->info(row);
  if (row != shownRow_) {
    shownRow_ = row;
    form_ = new ParamForm(info.parameters, model_->params(row));
    scroll_->setWidget(form_);  // deletes the form before
    settingsTitle_->setText(toQt(info.title));
    summary_->setText(toQt(info.summary) +
                      (info.parameters.empty() ? QLatin1Char(' ') + tr("It has no settings.") : QString()));
    form_->setExpertVisible(expert_->isChecked());
    connect(form_, &ParamForm::changed, this, [this, row] {
      if (form_->isValid()) model_->setParams(row, form_->values());
      if (preview_->isVisible() && form_->values().has("template")) {
        preview_->setPattern(form_->values().getString("template"), form_->values().getString("label_words"));
      }
      updateStart();
    });
    disconnect(reset_, nullptr, this, nullptr);
    connect(reset_, &QPushButton::clicked, this, [this] { form_->setValues(model_->presetOf(shownRow_)); });
    expert_->setEnabled(form_->hasExpert());
    reset_->setEnabled(!info.parameters.empty());
  }
  const bool asked = form_->values().has("template") && form_->values().has("label_words");
  const bool promptShown = asked && (info.name == "hand_prompt" || expert_->isChecked());
  preview_->setVisible(promptShown);
  if (promptShown) {
    preview_->setPattern(form_->values().getString("template"), form_->values().getString("label_words"));
  }
  updateStart();
}

LaunchDialog::~LaunchDialog() { stopMeasuring_->request(StopKind::kDiscard); }

StudyRequest LaunchDialog::request() const {
  StudyRequest request;
  request.dataset = record_;
  request.base = base_;
  request.base.name = baseName_;
  request.methods = model_->chosen();
  request.preset = preset();
  request.seeds = seeds_->value();
  request.budget.trainRows = rows_->value();
  request.budget.search = rates_->value() > 1 ? rates_->value() : 0;
  request.smallestGap = gap_->value() / 100.0;
  request.projectPath = context_.storePath();
  return request;
}

std::string LaunchDialog::preset() const { return kPresetNames[std::max(0, presets_->checkedId())]; }

std::vector<Study> LaunchDialog::studies() const {
  if (base_.hash.empty()) return {};
  if (experiment().empty()) return {makeStudy(request())};
  if (!refusal().isEmpty() || model_->chosen().empty()) return {};
  return planExperiment({experiment(), request(), {}});
}

bool LaunchDialog::isReady() const { return start_->isEnabled(); }

void LaunchDialog::choiceChanged() {
  updateStart();
  estimateDelay_.start();
}

void LaunchDialog::updateStart() {
  const bool valid =
      (form_ == nullptr || form_->isValid()) && (!preview_->isVisible() || preview_->isValid());
  int runs = 0;
  if (base_.hash.empty())
    runs = static_cast<int>(countRuns(model_->chosen(), seeds_->value()));
  else
    for (const Study& study : studies()) runs += static_cast<int>(expand(study).size());
  start_->setText(runs == 1 ? tr("&Start 1 run") : tr("&Start %1 runs").arg(runs));
  const bool was = start_->isEnabled();
  start_->setEnabled(valid && fits_ && runs > 0 && dataset_ != nullptr && !base_.hash.empty());
  start_->setToolTip(valid ? refusal() : tr("A setting is not valid: see the red text."));
  if (!refusal().isEmpty()) needs_->setText(refusal());
  if (!was && start_->isEnabled()) {
    start_->setDefault(true);
    if (focusWidget() == nullptr || qobject_cast<QPushButton*>(focusWidget()) != nullptr) start_->setFocus();
    Q_EMIT ready();
  }
}

void LaunchDialog::estimate() {
  if (dataset_ == nullptr || studies().empty()) return;
  const int generation = ++generation_;
  const int workers = workerCount(context_.places().queue.workers);
  struct Answer {
    StudyEstimate estimate;
    double gflops = 0;
  };
  inBackground(
      this,
      [studies = studies(), dataset = dataset_, base = base_, known = gflops_, workers,
       measured = measured_] {
        const double gflops = known > 0 ? known : measureGflops();
        Answer answer{{}, gflops};
        for (const Study& study : studies)
          answer.estimate += estimateStudy(study, *dataset, base, gflops, workers, measured);
        return answer;
      },
      [this, generation](Answer answer) {
        gflops_ = answer.gflops;
        if (generation == generation_) showEstimate(answer.estimate);
      },
      [this](const Failure& failure) { needs_->setText(tr("No estimate: %1").arg(failure.message)); });
}

void LaunchDialog::showEstimate(const StudyEstimate& estimate) {
  model_->setEstimate(estimate);
  const auto items = dataset_->rows(Split::kTest).size();
  const bool oneSeed = seeds_->value() == 1;
  const double gap =
      oneSeed ? detectableWithOneSeed(estimate.smallestDetectableGap) : estimate.smallestDetectableGap;
  power_->setText(
      (oneSeed ? tr("Test set: %1 examples, one seed → gaps under about %2 points cannot be told from luck.")
               : tr("Test set: %1 examples → gaps under about %2 points cannot be told from luck."))
          .arg(items)
          .arg(QString::number(gap * 100, 'f', 1)));
  QString needs = tr("Needs %1 to %2, up to %3 of memory and %4 of disk space.")
                      .arg(toQt(durationText(estimate.secondsLow)), toQt(durationText(estimate.secondsHigh)),
                           toQt(bytesText(estimate.peakBytes)), toQt(bytesText(estimate.storedBytes)));
  int measured = 0;
  for (const auto& [title, method] : estimate.methods) measured += method.measured ? 1 : 0;
  if (measured > 0)
    needs += QStringLiteral(" ") + (measured == 1
                                        ? tr("The first steps of 1 method were measured.")
                                        : tr("The first steps of %1 methods were measured.").arg(measured));
  const std::string refusal =
      whatDoesNotFit(estimate, freeMemoryBytes(), freeDiskBytes(context_.storePath()));
  fits_ = refusal.empty();
  needs_->setText(fits_ ? needs : toQt(refusal));
  updateStart();
  measureNext();
}

void LaunchDialog::measureNext() {
  const std::string& program = context_.places().queue.workerProgram;
  if (measuring_ || program.empty() || dataset_ == nullptr) return;
  const std::vector<Study> planned = studies();
  if (planned.empty()) return;
  const Study& wanted = planned.back();
  for (const MethodChoice& choice : wanted.methods) {
    const RunSpec spec = runOf(wanted, choice, 0);
    const std::string key = costKey(spec);
    if (!methodInfo(choice.method).needsBase || measured_.contains(key) || notMeasurable_.contains(key))
      continue;
    measuring_ = true;
    RunRequest wish;
    wish.spec = spec;
    wish.projectPath = context_.storePath();
    inBackground(
        this,
        [program, wish, stop = stopMeasuring_] {
          constexpr double kSeconds = 1;
          return measureInChild(program, wish, kSeconds, *stop);
        },
        [this, key](Measured measured) {
          measuring_ = false;
          measured_[key] = measured;
          estimate();
        },
        [this, key](const Failure&) {  // the formulas stay
          measuring_ = false;
          notMeasurable_.insert(key);
          measureNext();
        });
    return;
  }
}

}  // namespace attune
