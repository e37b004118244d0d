#pragma once

#include <QCoreApplication>
#include <QObject>
#include <QPointer>
#include <QString>
#include <QThreadPool>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace attune {

// What went wrong, as it is shown: what happened, what to do, and the details for a bug report.
struct Failure {
  QString message;
  QString hint;
  QString details;
  bool incomparable = false;  // ErrorKind::kIncomparable
};

Failure failureFrom(const std::exception_ptr& exception);

// Runs `work` on a thread of the pool; its value goes to `done`, an exception to `failed`, both on the UI
// thread and only while `guard` lives. Called from the UI thread; never blocks. `work` must own all that it
// uses.
template <typename Work, typename Done, typename Failed>
void inBackground(QObject* guard, Work work, Done done, Failed failed) {
  using Value = std::invoke_result_t<Work>;
  const QPointer<QObject> alive(guard);
  QThreadPool::globalInstance()->start(
      [alive, work = std::move(work), done = std::move(done), failed = std::move(failed)]() mutable {
        const auto value = std::make_shared<std::optional<Value>>();
        Failure failure;
        try {
          value->emplace(work());
        } catch (...) {
          failure = failureFrom(std::current_exception());
        }
        QCoreApplication* application = QCoreApplication::instance();
        if (application == nullptr) return;
        QMetaObject::invokeMethod(
            application,
            [alive, value, failure, done = std::move(done), failed = std::move(failed)]() mutable {
              if (alive.isNull()) return;
              if (value->has_value()) {
                done(std::move(**value));
              } else {
                failed(failure);
              }
            },
            Qt::QueuedConnection);
      });
}

}  // namespace attune
