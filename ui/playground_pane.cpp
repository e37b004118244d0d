#include "ui/playground_pane.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPointer>
#include <QPushButton>
#include <QRandomGenerator>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <mutex>

#include "core/report/number_text.h"
#include "ui/actions.h"
#include "ui/context.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widget/empty_state.h"
#include "ui/widget/score_bars.h"

namespace attune {

// Used by one background job at a time.
struct PlaygroundPane::Session {
  std::mutex mutex;
  Store store;
  Playground playground;
  std::vector<StoredExample> testRows;

  Session(const std::string& path, StudyId study)
      : store(path, OpenMode::kOpen),
        playground(store, study),
        testRows(store.examples(store.study(study).dataset, kTestSplit)) {}
};

PlaygroundPane::PlaygroundPane(Context& context, const Actions& actions, QWidget* parent)
    : QWidget(parent), context_(context) {
  setObjectName(QStringLiteral("playgroundPane"));
  text_ = new QPlainTextEdit;
  text_->setAccessibleName(tr("Text to ask about"));
  text_->setPlaceholderText(tr("Write a text, or pick one of the test split"));
  text_->setTabChangesFocus(true);
  text_->setMaximumHeight(fontMetrics().height() * 5);
  right_ = new QLabel;
  right_->setTextFormat(Qt::PlainText);
  right_->setWordWrap(true);
  ask_ = new QPushButton(tr("&Ask all"));
  ask_->setShortcut(QKeySequence(QStringLiteral("Ctrl+Return")));
  ask_->setToolTip(tr("Ask every method of the comparison (Ctrl+Return)"));
  auto* pick = new QPushButton(tr("&Pick a test row"));
  auto* row = new QHBoxLayout;
  row->addWidget(ask_);
  row->addWidget(pick);
  row->addWidget(right_, 1);
  auto* list = new QWidget;
  cards_ = new QVBoxLayout(list);
  cards_->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidget(list);
  auto* content = new QWidget;
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(8, 6, 8, 6);
  column->addWidget(text_);
  column->addLayout(row);
  column->addWidget(scroll, 1);
  stack_ = new QStackedWidget;
  stack_->addWidget(
      new EmptyState(tr("Nothing to ask yet: it takes a finished run of a method on a language model."),
                     actions.get(Command::kCompareMethods)));
  stack_->addWidget(content);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(stack_);
  connect(ask_, &QPushButton::clicked, this, &PlaygroundPane::ask);
  connect(pick, &QPushButton::clicked, this, &PlaygroundPane::pickRow);
  connect(&context, &Context::viewChanged, this, &PlaygroundPane::refresh);
  connect(&context.selection(), &Selection::studyChanged, this, &PlaygroundPane::refresh);
  refresh();
}

PlaygroundPane::~PlaygroundPane() {
  if (asking_) asking_->request(StopKind::kDiscard);
}

// The models belong to the selected comparison, and there are more of them when another run has ended.
void PlaygroundPane::refresh() {
  const StudyId study = context_.selection().study();
  int results = 0;
  for (const Run& run : context_.view().runs) results += hasResult(run.state) ? 1 : 0;
  if (!context_.hasProject() || !study || results == 0) {
    session_.reset();
    results_ = -1;
    return stack_->setCurrentIndex(0);
  }
  if (study == study_ && results == results_) return;
  study_ = study;
  results_ = results;
  context_.inBackground(
      this, [path = context_.storePath(), study] { return std::make_shared<Session>(path, study); },
      [this, study](const std::shared_ptr<Session>& session) {
        if (study == context_.selection().study()) showVariants(session);
      });
}

void PlaygroundPane::showVariants(const std::shared_ptr<Session>& session) {
  if (asking_) asking_->request(StopKind::kDiscard);
  session_ = session;
  for (const Card& card : shown_) card.frame->deleteLater();
  shown_.clear();
  while (QLayoutItem* item = cards_->takeAt(0)) delete item;
  for (const Playground::Variant& variant : session->playground.variants()) {
    Card card;
    auto* frame = new QFrame;
    frame->setFrameShape(QFrame::StyledPanel);
    card.frame = frame;
    auto* title = new QLabel(toQt(variant.title));
    title->setTextFormat(Qt::PlainText);
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);
    card.answer = new QLabel(tr("not asked yet"));
    card.answer->setTextFormat(Qt::PlainText);
    card.answer->setWordWrap(true);
    card.answer->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    card.answer->setAccessibleName(tr("Answer of %1").arg(title->text()));
    card.cost = new QLabel;
    card.cost->setTextFormat(Qt::PlainText);
    card.cost->setForegroundRole(QPalette::PlaceholderText);
    card.bars = new ScoreBars;
    card.bars->setAccessibleName(tr("Label scores of %1").arg(title->text()));
    card.bars->hide();
    auto* top = new QHBoxLayout;
    top->addWidget(title);
    top->addStretch(1);
    top->addWidget(card.cost);
    auto* column = new QVBoxLayout(frame);
    column->setContentsMargins(8, 6, 8, 6);
    column->addLayout(top);
    column->addWidget(card.answer);
    column->addWidget(card.bars);
    cards_->addWidget(frame);
    shown_.push_back(card);
  }
  cards_->addStretch(1);
  stack_->setCurrentIndex(shown_.empty() ? 0 : 1);
}

void PlaygroundPane::pickRow() {
  if (!session_ || session_->testRows.empty()) return;
  const auto place = QRandomGenerator::global()->bounded(static_cast<int>(session_->testRows.size()));
  const StoredExample& example = session_->testRows[static_cast<std::size_t>(place)];
  text_->setPlainText(toQt(example.text));
  const DatasetRecord* dataset = nullptr;
  if (const Study* study = context_.study(study_)) dataset = context_.dataset(study->dataset);
  right_->setText(dataset == nullptr
                      ? QString()
                      : tr("Line %1; right answer: %2")
                            .arg(example.line)
                            .arg(toQt(dataset->labels[static_cast<std::size_t>(example.label)])));
  ask();
}

void PlaygroundPane::ask() {
  const std::string text = fromQt(text_->toPlainText());
  if (!session_ || text.empty()) return text_->setFocus();
  if (asking_) asking_->request(StopKind::kDiscard);
  asking_ = std::make_shared<StopToken>();
  for (const Card& card : shown_) {
    card.answer->setText(tr("…"));
    card.cost->clear();
  }
  const QPointer<PlaygroundPane> self(this);
  const auto onWindow = [self, stop = asking_](auto act) {
    QMetaObject::invokeMethod(
        QCoreApplication::instance(),
        [self, stop, act = std::move(act)] {
          if (self && !stop->requested()) act(*self);
        },
        Qt::QueuedConnection);
  };
  inBackground(
      this,
      [session = session_, stop = asking_, text, onWindow] {
        const std::lock_guard lock(session->mutex);
        for (std::size_t i = 0; i < session->playground.variants().size() && !stop->requested(); ++i) {
          try {
            const auto answer = session->playground.ask(i, text, *stop, [&](const std::string& soFar) {
              onWindow([i, soFar](PlaygroundPane& pane) { pane.shown_[i].answer->setText(toQt(soFar)); });
            });
            onWindow([i, answer](PlaygroundPane& pane) { pane.showAnswer(i, answer); });
          } catch (...) {
            const Failure failure = failureFrom(std::current_exception());
            onWindow([i, failure](PlaygroundPane& pane) {
              pane.shown_[i].answer->setText(tr("✖ %1 %2").arg(failure.message, failure.hint));
            });
          }
        }
        return 0;
      },
      [](int) {}, [](const Failure&) {});
}

void PlaygroundPane::showAnswer(std::size_t place, const Playground::Answer& answer) {
  const Card& card = shown_[place];
  card.answer->setText(answer.text.empty() ? tr("(nothing)") : toQt(answer.text));
  card.cost->setText(tr("%1 ms · %2 tokens read, %3 of them beside the text")
                         .arg(QString::number(answer.seconds * 1000, 'f', answer.seconds < 0.1 ? 1 : 0))
                         .arg(answer.promptTokens)
                         .arg(answer.extraTokens));
  card.bars->setVisible(!answer.probabilities.empty());
  if (answer.probabilities.empty()) return;
  QStringList labels;
  for (const std::string& label : session_->playground.labels()) labels.append(toQt(label));
  const int slot = session_->playground.variants()[place].slot;
  card.bars->setScores(labels, answer.probabilities, slotColor(slot, palette()));
}

}  // namespace attune
