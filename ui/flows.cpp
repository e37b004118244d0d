#include "ui/flows.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QTimer>
#include <utility>

#include "core/base/error.h"
#include "core/report/export_run.h"
#include "core/run/dataset_store.h"
#include "core/run/make_study.h"
#include "ui/bases_dialog.h"
#include "ui/command_palette.h"
#include "ui/comparison_loader.h"
#include "ui/error_view.h"
#include "ui/help_dialogs.h"
#include "ui/import_dialog.h"
#include "ui/launch_dialog.h"
#include "ui/report_dialog.h"
#include "ui/settings.h"
#include "ui/text.h"

namespace attune {

Flows::Flows(const Parts& parts, QWidget* window)
    : QObject(window), parts_(parts), context_(parts.context), window_(window) {
  connectCommands();
  connect(&context_, &Context::failed, this, [this](const Failure& failure) {
    afterOpen_ = nullptr;
    parts_.errors.show(failure);
  });
  connect(&context_, &Context::leftOverFound, this, &Flows::offerLeftOver);
  connect(&context_, &Context::projectOpened, this, [this] {
    parts_.settings.addRecentProject(context_.projectPath());
    if (const auto act = std::exchange(afterOpen_, nullptr)) act();
  });
  connect(&context_, &Context::viewChanged, this, &Flows::updateCommands);
  connect(&context_.selection(), &Selection::runChanged, this, &Flows::updateCommands);
  connect(&context_.live(), &LiveRuns::runEnded, this, &Flows::finished);
  connect(&parts_.loader, &ComparisonLoader::changed, this, &Flows::updateCommands);
  updateCommands();
}

void Flows::connectCommands() {
  const auto on = [this](Command command, auto act) {
    connect(parts_.actions.get(command), &QAction::triggered, this, act);
  };
  on(Command::kNewProject, [this] { newProject(); });
  on(Command::kOpenProject, [this] { chooseProject(); });
  on(Command::kTrySample, [this] { trySample(); });
  on(Command::kImportData, [this] { chooseImport(); });
  on(Command::kExportReport, [this] { exportReport(); });
  on(Command::kCloseProject, [this] { endRunsThen([this] { context_.closeProject(); }); });
  on(Command::kPalette, [this] { open(new CommandPalette(parts_.actions, window_)); });
  on(Command::kCompareMethods, [this] { compareMethods(); });
  on(Command::kBaseModels, [this] { baseModels(); });
  on(Command::kExperiments, [this] { compareMethods("data_efficiency"); });
  on(Command::kMakeComparable, [this] { makeComparable(); });
  on(Command::kAddSeeds, [this] { addSeeds(); });
  const auto selected = [this] {
    RunId run = context_.selection().run();
    if (!run && context_.queue() != nullptr && !context_.queue()->working().empty()) {
      run = context_.queue()->working().front();
    }
    return run;
  };
  on(Command::kStopKeep, [this, selected] {
    if (context_.queue() != nullptr) context_.queue()->stopAndKeep(selected());
    context_.reload();
  });
  on(Command::kDiscard, [this, selected] {
    if (context_.queue() != nullptr) context_.queue()->discard(selected());
    context_.reload();
  });
  on(Command::kMoveToFront, [this, selected] {
    if (context_.queue() != nullptr) context_.queue()->moveToFront(selected());
    context_.reload();
  });
  on(Command::kRetry, [this] { runAgain({context_.selection().run()}); });
  on(Command::kCure, [this] { tryCure(); });
  on(Command::kExportAdapter, [this] { exportAdapter(); });
  on(Command::kStopAll, [this] {
    if (context_.queue() != nullptr) context_.queue()->stopAndKeepAll();
    context_.reload();
  });
  QAction* pause = parts_.actions.get(Command::kPause);
  pause->setCheckable(true);
  connect(pause, &QAction::toggled, this, [this](bool paused) {
    if (context_.queue() != nullptr) context_.queue()->setPaused(paused);
    Q_EMIT context_.message(paused ? tr("The queue is paused: no new run starts.")
                                   : tr("The queue goes on."));
  });
  on(Command::kHelp, [this] { makeHelpDialog(window_)->open(); });
  on(Command::kShortcuts, [this] { makeShortcutsDialog(parts_.actions, window_)->open(); });
  on(Command::kAbout, [this] { makeAboutDialog(window_)->open(); });
  on(Command::kCopySystemInfo, [this] {
    QApplication::clipboard()->setText(systemInfo());
    Q_EMIT context_.message(tr("Copied: versions and system."));
  });
}

void Flows::updateCommands() {
  Actions& actions = parts_.actions;
  const bool project = context_.hasProject();
  const bool data = context_.dataset(context_.selection().dataset()) != nullptr;
  const bool compared = parts_.loader.comparison() != nullptr;
  const Run* run = context_.run(context_.selection().run());
  const auto working = context_.queue() == nullptr ? std::vector<RunId>{} : context_.queue()->working();
  const auto waiting = context_.queue() == nullptr ? std::vector<RunId>{} : context_.queue()->waiting();
  const bool busy = !working.empty() || !waiting.empty();
  const bool runOpen = (run != nullptr && !isEnded(run->state)) || (run == nullptr && !working.empty());
  actions.setEnabled(Command::kTrySample, !context_.places().sampleFile.empty(),
                     tr("The sample is not installed."));
  actions.setEnabled(Command::kCloseProject, project, tr("No project is open."));
  actions.setEnabled(Command::kCompareMethods, data, tr("Import data first."));
  actions.setEnabled(Command::kExperiments, data, tr("Import data first."));
  actions.setEnabled(Command::kMakeComparable, parts_.loader.isIncomparable(),
                     tr("The runs are comparable, or there are none."));
  actions.setEnabled(Command::kAddSeeds, compared, tr("Compare methods first."));
  actions.setEnabled(Command::kExportReport, compared, tr("Compare methods first: there is no result yet."));
  actions.setEnabled(Command::kStopKeep, runOpen, tr("Select a run that works or waits."));
  actions.setEnabled(Command::kDiscard, runOpen, tr("Select a run that works or waits."));
  actions.setEnabled(Command::kMoveToFront, run != nullptr && run->state == RunState::kQueued,
                     tr("Select a run that waits."));
  actions.setEnabled(Command::kRetry, run != nullptr && isEnded(run->state) && !hasResult(run->state),
                     tr("Select a run that failed, was interrupted or discarded."));
  const RunFinding* cure = compared && run != nullptr ? curableFinding(*run) : nullptr;
  actions.setEnabled(Command::kCure, cure != nullptr,
                     tr("Select a run in which something curable was found."));
  if (cure != nullptr) actions.get(Command::kCure)->setToolTip(toQt(cure->text + " " + cure->cure));
  actions.setEnabled(Command::kExportAdapter, run != nullptr && hasResult(run->state),
                     tr("Select a finished run."));
  actions.setEnabled(Command::kStopAll, busy, tr("Nothing is running."));
  actions.setEnabled(Command::kPause, project, tr("No project is open."));
  actions.setEnabled(Command::kSetBaseline, compared, tr("Compare methods first."));
  actions.setEnabled(Command::kWhy, compared, tr("There is no verdict yet."));
  for (const Command command :
       {Command::kShowSummary, Command::kShowCurves, Command::kShowExamples, Command::kShowSettings,
        Command::kShowCost, Command::kShowConfusion, Command::kShowSlices, Command::kShowClaims,
        Command::kStarExample, Command::kNoteExample, Command::kNextExample, Command::kPreviousExample,
        Command::kBothRight, Command::kOnlyA, Command::kOnlyB, Command::kBothWrong}) {
    actions.setEnabled(command, compared, tr("Compare methods first."));
  }
  for (const Command command :
       {Command::kLayoutOverview, Command::kLayoutData, Command::kLayoutRuns, Command::kLayoutCompare,
        Command::kResetLayout, Command::kNextPane, Command::kPreviousPane, Command::kFind}) {
    actions.setEnabled(command, project, tr("Open a project first."));
  }
}

void Flows::open(QDialog* dialog) {
  if (dialog_ != nullptr) dialog_->reject();
  dialog_ = dialog;
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

void Flows::newProject() {
  Settings& settings = parts_.settings;
  QString path = QFileDialog::getSaveFileName(
      window_, tr("New project"), settings.folder(QStringLiteral("project")) + tr("/Untitled.attune"),
      tr("Attune projects (*.attune)"));
  if (path.isEmpty()) return;
  if (!path.endsWith(QLatin1String(".attune"))) path += QLatin1String(".attune");
  settings.setFolder(QStringLiteral("project"), QFileInfo(path).path());
  endRunsThen([this, path] { context_.openProject(path, OpenMode::kCreateOrOpen); });
}

void Flows::chooseProject() {
  Settings& settings = parts_.settings;
  const QString path =
      QFileDialog::getOpenFileName(window_, tr("Open project"), settings.folder(QStringLiteral("project")),
                                   tr("Attune projects (*.attune)"));
  if (path.isEmpty()) return;
  settings.setFolder(QStringLiteral("project"), QFileInfo(path).path());
  openProject(path);
}

void Flows::openProject(const QString& path) {
  endRunsThen([this, path] { context_.openProject(path, OpenMode::kOpen); });
}

void Flows::baseModels(const QString& path) {
  if (bases_.isNull()) {
    bases_ = new BasesDialog(context_.places().baseLibrary(), window_);
    bases_->setAttribute(Qt::WA_DeleteOnClose);
  }
  bases_->show();
  bases_->raise();
  bases_->activateWindow();
  if (!path.isEmpty()) bases_->add(path);
}

bool Flows::canTake(const QString& path) {
  if (BasesDialog::canTake(path)) return true;
  static const QStringList kSuffixes{QStringLiteral("csv"),  QStringLiteral("tsv"),
                                     QStringLiteral("txt"),  QStringLiteral("jsonl"),
                                     QStringLiteral("json"), QStringLiteral("attune")};
  return kSuffixes.contains(QFileInfo(path).suffix().toLower());
}

void Flows::take(const QString& path) {
  if (path.endsWith(QLatin1String(".attune"), Qt::CaseInsensitive)) {
    openProject(path);
  } else if (BasesDialog::canTake(path)) {
    baseModels(path);
  } else {
    importFile(path);
  }
}

void Flows::chooseImport() {
  Settings& settings = parts_.settings;
  const QString path =
      QFileDialog::getOpenFileName(window_, tr("Import data"), settings.folder(QStringLiteral("import")),
                                   tr("Labelled texts (*.csv *.tsv *.txt *.jsonl *.json)"));
  if (path.isEmpty()) return;
  settings.setFolder(QStringLiteral("import"), QFileInfo(path).path());
  importFile(path);
}

void Flows::importFile(const QString& path) {
  auto* dialog = new ImportDialog(context_, path, window_);
  connect(dialog, &QDialog::accepted, this, [this, dialog, path] {
    const auto imported = dialog->imported();
    const auto diagnostics = dialog->diagnostics();
    if (imported == nullptr) return;
    if (context_.hasProject()) {
      saveImported(imported, diagnostics);
      return;
    }
    afterOpen_ = [this, imported, diagnostics] { saveImported(imported, diagnostics); };
    context_.openProject(context_.freshProjectPath(QFileInfo(path).completeBaseName()),
                         OpenMode::kCreateOrOpen);
  });
  open(dialog);
}

void Flows::saveImported(std::shared_ptr<const ImportedDataset> imported,
                         const std::vector<Diagnostic>& diagnostics) {
  context_.withStore(
      this, [imported, diagnostics](Store& store) { return saveDataset(store, *imported, diagnostics); },
      [this](DatasetId id) {
        context_.selection().setDataset(id);
        context_.reload();
        Q_EMIT context_.message(tr("Imported. Next: compare methods (Ctrl+R)."));
      });
}

void Flows::trySample() {
  endRunsThen([this] {
    const QString path = context_.freshProjectPath(tr("Sample"));
    context_.inBackground(
        this,
        [file = fromQt(path), sample = context_.places().sampleFile] {
          const Result<ImportedDataset> imported = importDataset(sample);
          if (!imported) {
            throw Error(ErrorKind::kInvalidInput, imported.diagnostics.empty()
                                                      ? "The sample cannot be read."
                                                      : imported.diagnostics.front().message);
          }
          Store store(file, OpenMode::kCreateOrOpen);
          return saveDataset(store, *imported.value, imported.diagnostics);
        },
        [this, path](DatasetId) {
          afterOpen_ = [this] { compareMethods(); };
          context_.openProject(path, OpenMode::kOpen);
        });
  });
}

void Flows::compareMethods(const std::string& experiment) {
  const DatasetRecord* record = context_.dataset(context_.selection().dataset());
  if (record == nullptr) return;
  auto* dialog = new LaunchDialog(context_, *record, window_);
  dialog->setExperiment(experiment);
  connect(dialog, &QDialog::accepted, this, [this, dialog] { start(dialog->studies()); });
  open(dialog);
}

void Flows::start(const std::vector<Study>& studies) {
  struct Started {
    StudyId study;
    std::vector<RunId> queued;
    std::size_t known = 0;
  };
  context_.withStore(
      this,
      [studies](Store& store) {
        Started started;
        for (const Study& study : studies) {
          started.study = store.addStudy(study);
          store.addRuns(started.study, expand(study));
          for (const Run& run : store.runs(started.study)) {
            if (run.state == RunState::kQueued) {
              started.queued.push_back(run.id);
            } else {
              ++started.known;
            }
          }
        }
        return started;
      },
      [this](const Started& started) {
        context_.selection().setBaseline({});
        context_.selection().setStudy(started.study);
        context_.submit(started.queued);
        Q_EMIT context_.message(started.known == 0
                                    ? tr("%1 runs are on their way.").arg(started.queued.size())
                                    : tr("%1 runs are on their way; %2 were known already.")
                                          .arg(started.queued.size())
                                          .arg(started.known));
      });
}

void Flows::makeComparable() {
  context_.withStore(
      this,
      [id = context_.selection().study()](Store& store) {
        const Study study = store.study(id);
        return comparableStudy(study, store.dataset(study.dataset));
      },
      [this](const Study& study) { start({study}); });
}

void Flows::addSeeds() {
  if (parts_.loader.comparison() == nullptr) return;
  Study study = studyAnew(parts_.loader.comparison()->comparison.study);
  study.seeds += 2;
  const std::string before = "--seeds " + std::to_string(study.seeds - 2);
  const auto place = study.repeatCommand.find(before);
  if (place != std::string::npos) {
    study.repeatCommand.replace(place, before.size(), "--seeds " + std::to_string(study.seeds));
  }
  start({study});
}

// The same comparison and the run's method once more, with the setting that was proposed.
void Flows::tryCure() {
  const Run* run = context_.run(context_.selection().run());
  const RunFinding* cure = run == nullptr ? nullptr : curableFinding(*run);
  if (cure == nullptr || parts_.loader.comparison() == nullptr) return;
  const Study& study = parts_.loader.comparison()->comparison.study;
  if (study.choiceOf(run->spec) == nullptr) return;
  try {
    start({curedStudy(study, run->spec, *cure)});
  } catch (const Error& e) {
    Q_EMIT context_.message(toQt(e.what()));
  }
}

void Flows::exportAdapter() {
  const RunId run = context_.selection().run();
  const QString chosen = QFileDialog::getSaveFileName(
      window_, tr("Export what the run learned"),
      parts_.settings.folder(QStringLiteral("export")) + tr("/run %1").arg(run.value), tr("Folder (*)"));
  if (!run || chosen.isEmpty()) return;
  parts_.settings.setFolder(QStringLiteral("export"), QFileInfo(chosen).path());
  context_.withStore(
      this, [run, folder = fromQt(chosen)](Store& store) { return exportRun(store, run, folder); },
      [this, chosen](const std::vector<WrittenFile>& files) {
        Q_EMIT context_.message(tr("%1 files were written to %2").arg(files.size()).arg(chosen));
      });
}

void Flows::exportReport() {
  const StudyId study = context_.selection().study();
  if (!study || parts_.loader.comparison() == nullptr) return;
  const QFileInfo project(context_.projectPath());
  const QString folder = parts_.settings.folder(QStringLiteral("export"));
  auto* dialog =
      new ReportDialog(context_, study, folder + tr("/%1 report").arg(project.completeBaseName()), window_);
  connect(dialog, &ReportDialog::written, this, [this](const QString& written, int files) {
    parts_.settings.setFolder(QStringLiteral("export"), QFileInfo(written).path());
    Q_EMIT context_.message(tr("%1 files were written to %2").arg(files).arg(written));
  });
  open(dialog);
}

void Flows::runAgain(const std::vector<RunId>& runs) {
  context_.withStore(
      this,
      [runs](Store& store) {
        std::vector<RunId> queued;
        for (const RunId id : runs) {
          const Run run = store.run(id);
          if (run.state == RunState::kQueued || store.changeState(id, run.state, RunState::kQueued)) {
            queued.push_back(id);
          }
        }
        return queued;
      },
      [this](const std::vector<RunId>& queued) { context_.submit(queued); });
}

void Flows::offerLeftOver(int interrupted, int waiting) {
  QString text;
  if (interrupted > 0) {
    text = interrupted == 1 ? tr("1 run was interrupted.") : tr("%1 runs were interrupted.").arg(interrupted);
  }
  if (waiting > 0) {
    if (!text.isEmpty()) text += QLatin1Char(' ');
    text += waiting == 1 ? tr("1 run still waits.") : tr("%1 runs still wait.").arg(waiting);
  }
  parts_.errors.offer(text, tr("Go on"), [this] {
    context_.withStore(
        this,
        [](Store& store) {
          std::vector<RunId> runs;
          for (const Run& run : store.allRuns()) {
            if (run.state == RunState::kInterrupted || run.state == RunState::kQueued) runs.push_back(run.id);
          }
          return runs;
        },
        [this](const std::vector<RunId>& runs) { runAgain(runs); });
  });
}

void Flows::endRunsThen(const std::function<void()>& then) {
  if (context_.queue() == nullptr || context_.queue()->isIdle()) {
    then();
    return;
  }
  auto* box = new QMessageBox(window_);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setObjectName(QStringLiteral("endRunsQuestion"));
  box->setIcon(QMessageBox::Question);
  box->setWindowTitle(tr("Runs are still working"));
  box->setText(tr("%1 runs work or wait. What shall happen to them?")
                   .arg(context_.queue()->working().size() + context_.queue()->waiting().size()));
  box->setInformativeText(
      tr("Go on later: they are put aside and go on from there when you open the project again. Stop and "
         "keep: what they learned so far is evaluated and kept; it takes a moment. Discard: their work is "
         "lost. Finished runs are kept in any case."));
  auto* later = box->addButton(tr("&Go on later"), QMessageBox::AcceptRole);
  auto* keep = box->addButton(tr("&Stop and keep"), QMessageBox::AcceptRole);
  auto* discard = box->addButton(tr("&Discard"), QMessageBox::DestructiveRole);
  box->addButton(QMessageBox::Cancel);
  box->setDefaultButton(later);
  if (dialog_ != nullptr) dialog_->reject();
  dialog_ = box;
  question_ = box;
  connect(box, &QMessageBox::finished, this, [this, box, later, keep, discard, then] {
    if (box->clickedButton() == later) {
      then();
    } else if (box->clickedButton() == keep) {
      keepRunsThen(then);
    } else if (box->clickedButton() == discard) {
      context_.queue()->discardAll();
      whenIdle(then);
    }
  });
  box->open();
}

void Flows::keepRunsThen(const std::function<void()>& then) {
  if (context_.queue() == nullptr) {
    then();
    return;
  }
  context_.queue()->stopAndKeepAll();
  Q_EMIT context_.message(tr("Keeping what was learned…"));
  whenIdle(then);
}

void Flows::whenIdle(const std::function<void()>& then) {
  if (context_.queue() == nullptr || context_.queue()->isIdle()) {
    then();
    return;
  }
  QTimer::singleShot(100, this, [this, then] { whenIdle(then); });
}

void Flows::finished(RunId run, RunState state) {
  updateCommands();
  if (context_.queue() != nullptr && context_.queue()->isIdle()) {
    Q_EMIT context_.message(tr("All runs have ended."));
    QApplication::alert(window_);
  } else if (state == RunState::kFailed || state == RunState::kDiverged) {
    const LiveRun* live = context_.live().find(run);
    Q_EMIT context_.message(tr("A run failed: %1").arg(live == nullptr ? QString() : toQt(live->reason)));
  }
}

}  // namespace attune
