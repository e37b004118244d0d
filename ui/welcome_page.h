#pragma once

#include <QWidget>

class QVBoxLayout;

class QLabel;

namespace attune {

class Actions;

// The first thing that is seen: three ways to begin, and the projects worked on last.
class WelcomePage : public QWidget {
  Q_OBJECT

 public:
  explicit WelcomePage(const Actions& actions, QWidget* parent = nullptr);

  void setRecent(const QStringList& paths);

 Q_SIGNALS:
  void openRequested(const QString& path);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void drawPicture();

  QLabel* picture_;
  QVBoxLayout* recent_;
};

}  // namespace attune
