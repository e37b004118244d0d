#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <map>
#include <memory>
#include <vector>

#include "core/report/claims.h"
#include "core/report/comparison.h"
#include "core/report/report.h"
#include "ui/context.h"

namespace attune {

// A study's comparison together with what its plots show.
struct LoadedComparison {
  Comparison comparison;
  std::vector<Run> runs;
  std::vector<Curve> curves;  // validation curves of all seeds, also of runs that have not ended
  std::map<std::int64_t, ExampleMark> marks;  // of the dataset's examples, by row

  // Index into comparison.configurations of the one that others are compared with.
  std::size_t baselineIndex(const QString& title) const;
};
using ComparisonPtr = std::shared_ptr<const LoadedComparison>;

// Loads the selected study's comparison in the background whenever a run ended; calls that come while one is
// under way are taken together.
class ComparisonLoader : public QObject {
  Q_OBJECT

 public:
  explicit ComparisonLoader(Context& context, QObject* parent = nullptr);

  const ComparisonPtr& comparison() const { return comparison_; }  // nullptr: nothing to show
  const QString& reason() const { return reason_; }                // why there is nothing
  bool isIncomparable() const { return incomparable_; }            // because runs cannot be ranked

  // Works out the claim board of what is shown, unless that was done: it reads every experiment on the same
  // data and base. Empty until claimsChanged().
  void requestClaims();
  const std::vector<Claim>& claims() const { return claims_; }

 Q_SIGNALS:
  void changed();
  void claimsChanged();

 private:
  void request();
  void load();
  void take(ComparisonPtr comparison, const QString& reason, bool incomparable = false);

  Context& context_;
  ComparisonPtr comparison_;
  ComparisonPtr claimsOf_;  // what the claims are, or will be, of
  std::vector<Claim> claims_;
  QString reason_;
  QTimer delay_;
  bool incomparable_ = false;
  bool loading_ = false;
  bool again_ = false;
};

}  // namespace attune
