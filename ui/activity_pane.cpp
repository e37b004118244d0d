#include "ui/activity_pane.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QVBoxLayout>
#include <algorithm>

#include "core/report/number_text.h"
#include "ui/actions.h"
#include "ui/context.h"
#include "ui/model/activity_table_model.h"
#include "ui/text.h"
#include "ui/widget/action_button.h"
#include "ui/widget/data_table.h"
#include "ui/widget/progress_delegate.h"

namespace attune {

ActivityPane::ActivityPane(Context& context, const Actions& actions, QWidget* parent)
    : QWidget(parent), context_(context) {
  setObjectName(QStringLiteral("activityPane"));
  text_ = new QLabel;
  text_->setTextFormat(Qt::PlainText);
  bar_ = new QProgressBar;
  bar_->setRange(0, 1000);
  bar_->setTextVisible(false);
  bar_->setAccessibleName(tr("Progress of all runs"));
  bar_->setMaximumHeight(14);
  model_ = new ActivityTableModel(context.live(), this);
  table_ = new DataTable(tr("Runs that work or wait"));
  table_->setModel(model_);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setItemDelegateForColumn(ActivityTableModel::kProgress, new ProgressDelegate(table_));
  table_->setEmptyText(tr("Nothing is running."));
  table_->horizontalHeader()->setSectionResizeMode(ActivityTableModel::kProgress, QHeaderView::Stretch);
  table_->setColumnWidth(ActivityTableModel::kRun, 220);
  table_->setColumnWidth(ActivityTableModel::kState, 110);

  idle_ = new QLabel(tr("Nothing is running."));
  idle_->setForegroundRole(QPalette::PlaceholderText);
  busy_ = new QWidget;
  auto* row = new QHBoxLayout;
  row->addWidget(text_);
  row->addWidget(bar_, 1);
  row->addWidget(new ActionButton(actions.get(Command::kStopKeep)));
  row->addWidget(new ActionButton(actions.get(Command::kDiscard)));
  auto* column = new QVBoxLayout(busy_);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(row);
  column->addWidget(table_, 1);
  table_->setMinimumHeight(50);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(8, 4, 8, 4);
  outer->addWidget(idle_, 0, Qt::AlignTop);
  outer->addWidget(busy_, 1);

  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) { context_.selection().setRun(model_->runOf(index)); });
  connect(&context, &Context::viewChanged, this, &ActivityPane::refresh);
  connect(&context.live(), &LiveRuns::changed, this, &ActivityPane::refreshLive);
  refresh();
}

QSize ActivityPane::sizeHint() const { return {600, 130}; }

void ActivityPane::refresh() {
  const ProjectView& view = context_.view();
  std::vector<RunId> working;
  std::vector<RunId> waiting;
  if (context_.queue() != nullptr) {
    working = context_.queue()->working();
    waiting = context_.queue()->waiting();
  }
  model_->setRuns(context_.study(view.runsOf), view.runs, working, waiting);
  refreshLive();
}

void ActivityPane::refreshLive() {
  // A run that has just begun is not yet among the working ones that the model knows.
  if (context_.queue() != nullptr) {
    const auto now = context_.queue()->working().size() + context_.queue()->waiting().size();
    if (static_cast<int>(now) != model_->rowCount()) {
      const ProjectView& view = context_.view();
      model_->setRuns(context_.study(view.runsOf), view.runs, context_.queue()->working(),
                      context_.queue()->waiting());
    }
  }
  model_->liveChanged();
  const std::vector<Run>& runs = context_.view().runs;
  double done = 0;
  int ended = 0;
  for (const Run& run : runs) {
    const LiveRun* live = context_.live().find(run.id);
    const bool over = isEnded(run.state) || (live != nullptr && isEnded(live->state));
    ended += over ? 1 : 0;
    done += over ? 1 : (live != nullptr ? 0.95 * live->progress() : 0);
  }
  const bool busy = model_->rowCount() > 0;
  busy_->setVisible(busy);
  idle_->setVisible(!busy);
  // An idle pane leaves its room to the others.
  setMaximumHeight(busy ? QWIDGETSIZE_MAX : idle_->sizeHint().height() + 10);
  bar_->setValue(runs.empty() ? 0 : static_cast<int>(1000 * done / static_cast<double>(runs.size())));
  const QString why = obstacle();
  text_->setWordWrap(!why.isEmpty());
  text_->setText(!why.isEmpty() ? why
                 : busy         ? tr("%1 of %2 runs done").arg(ended).arg(runs.size())
                                : QString());
  bar_->setAccessibleDescription(text_->text());
  Q_EMIT summaryChanged(summary());
}

QString ActivityPane::obstacle() const {
  const std::string why = context_.queue() == nullptr ? std::string() : context_.queue()->obstacle();
  return why.empty() ? QString() : tr("Waiting: %1").arg(toQt(why));
}

QString ActivityPane::summary() const {
  if (const QString why = obstacle(); !why.isEmpty()) return why;
  if (model_->rowCount() == 0) return {};
  const QModelIndex first = model_->index(0, ActivityTableModel::kRun);
  const QString left = model_->index(0, ActivityTableModel::kTimeLeft).data().toString();
  QString text = tr("%1, %2").arg(first.data().toString(),
                                  model_->index(0, ActivityTableModel::kState).data().toString());
  const double progress = first.data(ActivityTableModel::kProgressRole).toDouble();
  if (progress >= 0) text += tr(" %1 %").arg(static_cast<int>(progress * 100));
  if (left != QStringLiteral("–")) text += tr(", %1 left").arg(left);
  return text + tr(" · %1 runs to go").arg(model_->rowCount());
}

}  // namespace attune
