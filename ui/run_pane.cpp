#include "ui/run_pane.h"

#include <QAction>
#include <QComboBox>
#include <QDateTime>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include "ui/actions.h"
#include "ui/context.h"
#include "ui/model/run_tree_model.h"
#include "ui/text.h"
#include "ui/widget/combo_items.h"
#include "ui/widget/empty_state.h"

namespace attune {

namespace {

QString studyTitle(const Study& study) {
  const QString when =
      QLocale().toString(QDateTime::fromMSecsSinceEpoch(study.createdMs), QLocale::ShortFormat);
  return RunPane::tr("%1, %2, %3").arg(toQt(study.name), toQt(study.preset), when);
}

}  // namespace

RunPane::RunPane(Context& context, const Actions& actions, QWidget* parent)
    : QWidget(parent), context_(context) {
  setObjectName(QStringLiteral("runPane"));
  studies_ = new QComboBox;
  studies_->setAccessibleName(tr("Comparison"));
  studies_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  studies_->setMinimumContentsLength(12);
  model_ = new RunTreeModel(context.live(), this);
  tree_ = new QTreeView;
  tree_->setModel(model_);
  tree_->setAccessibleName(tr("Runs"));
  tree_->setUniformRowHeights(true);
  tree_->setAlternatingRowColors(true);
  tree_->setTabKeyNavigation(false);
  tree_->setIndentation(12);
  tree_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  tree_->header()->setResizeContentsPrecision(20);
  tree_->header()->setStretchLastSection(false);
  tree_->header()->setMinimumSectionSize(60);
  tree_->setContextMenuPolicy(Qt::CustomContextMenu);
  detail_ = new QLabel;
  detail_->setTextFormat(Qt::PlainText);
  detail_->setWordWrap(true);
  detail_->setForegroundRole(QPalette::PlaceholderText);
  detail_->hide();

  auto* content = new QWidget;
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(8, 6, 8, 6);
  column->addWidget(studies_);
  column->addWidget(tree_, 1);
  column->addWidget(detail_);
  stack_ = new QStackedWidget;
  stack_->addWidget(new EmptyState(tr("No runs yet. Compare methods to start some."),
                                   actions.get(Command::kCompareMethods)));
  stack_->addWidget(content);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(stack_);
  setMinimumWidth(260);

  auto* menu = new QMenu(this);
  for (const Command command : {Command::kStopKeep, Command::kDiscard, Command::kMoveToFront, Command::kRetry,
                                Command::kCure, Command::kExportAdapter, Command::kSetBaseline}) {
    menu->addAction(actions.get(command));
  }
  connect(tree_, &QWidget::customContextMenuRequested, this,
          [this, menu](const QPoint& at) { menu->popup(tree_->viewport()->mapToGlobal(at)); });
  connect(tree_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            context_.selection().setRun(model_->runOf(index));
            showDetail();
          });
  connect(model_, &QAbstractItemModel::modelReset, this, [this] {
    context_.selection().setRun({});
    showDetail();
  });
  connect(studies_, &QComboBox::activated, this,
          [this](int index) { context_.selection().setStudy({studies_->itemData(index).toLongLong()}); });
  connect(&context, &Context::viewChanged, this, &RunPane::refresh);
  connect(&context.live(), &LiveRuns::changed, model_, &RunTreeModel::liveChanged);
  refresh();
}

QString RunPane::selectedConfiguration() const { return model_->configurationOf(tree_->currentIndex()); }

QWidget* RunPane::firstFocus() const { return tree_; }

void RunPane::refresh() {
  const ProjectView& view = context_.view();
  stack_->setCurrentIndex(view.studies.empty() ? 0 : 1);
  QStringList titles;
  QVariantList ids;
  int current = -1;
  for (auto study = view.studies.rbegin(); study != view.studies.rend(); ++study) {
    if (study->id == context_.selection().study()) current = static_cast<int>(titles.size());
    titles.append(studyTitle(*study));
    ids.append(static_cast<qlonglong>(study->id.value));
  }
  setComboItems(*studies_, titles, ids, current);
  model_->setRuns(context_.study(view.runsOf), view.runs);
  showDetail();
}

void RunPane::showDetail() {
  const Run* run = context_.run(context_.selection().run());
  const bool shown = run != nullptr && !run->reason.empty();
  detail_->setVisible(shown);
  if (shown) detail_->setText(tr("%1: %2").arg(runStateText(run->state), toQt(run->reason)));
}

}  // namespace attune
