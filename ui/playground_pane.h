#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "core/base/stop_token.h"
#include "core/run/playground.h"

class QLabel;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QVBoxLayout;

namespace attune {

class Actions;
class Context;
class ScoreBars;

// The Playground: one text, and what every tuned variant of the selected comparison makes of it, side by
// side.
class PlaygroundPane : public QWidget {
  Q_OBJECT

 public:
  PlaygroundPane(Context& context, const Actions& actions, QWidget* parent = nullptr);
  ~PlaygroundPane() override;

 private:
  // What a variant's answer is shown in.
  struct Card {
    QWidget* frame = nullptr;
    QLabel* answer = nullptr;
    QLabel* cost = nullptr;
    ScoreBars* bars = nullptr;
  };
  struct Session;  // the models; shared with the background

  void refresh();
  void showVariants(const std::shared_ptr<Session>& session);
  void pickRow();
  void ask();
  void showAnswer(std::size_t card, const Playground::Answer& answer);

  Context& context_;
  QStackedWidget* stack_;
  QPlainTextEdit* text_;
  QLabel* right_;
  QPushButton* ask_;
  QVBoxLayout* cards_;
  std::vector<Card> shown_;
  std::shared_ptr<Session> session_;
  std::shared_ptr<StopToken> asking_;
  StudyId study_;
  int results_ = -1;  // runs with a result when the session was made
};

}  // namespace attune
