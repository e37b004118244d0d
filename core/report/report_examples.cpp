#include "core/base/text.h"
#include "core/report/compare_pairs.h"
#include "core/report/number_text.h"
#include "core/report/report_parts.h"

namespace attune {
namespace {

constexpr std::size_t kShownCodePoints = 400;

class Examples {
 public:
  explicit Examples(const ReportSource& source) : source_(source), comparison_(source.comparison) {
    for (const std::size_t c : {source.choice.recommended, source.choice.rival})
      if (c < comparison_.configurations.size()) shown_.push_back(c);
  }

  // The first rows of those that `belongs` picks.
  template <typename Belongs>
  ReportTable table(const std::string& caption, Belongs belongs) const {
    ReportTable table;
    table.columns = {"Line", "Text", "Right answer"};
    table.numeric = {true, false, false};
    for (const std::size_t c : shown_) {
      table.columns.push_back(comparison_.configurations[c].title);
      table.numeric.push_back(false);
    }
    std::int64_t count = 0;
    for (std::size_t i = 0; i < comparison_.testItems.size(); ++i) {
      if (!belongs(i)) continue;
      if (count++ < source_.options.exampleRows) table.rows.push_back(row(i));
    }
    table.caption = caption + ": " + wholeText(count);
    if (count > source_.options.exampleRows)
      table.caption += ", the first " + std::to_string(source_.options.exampleRows) + " are shown";
    return table;
  }

  bool right(std::size_t configuration, std::size_t item) const {
    return majorityRight(comparison_.configurations[configuration], item);
  }
  bool allWrong(std::size_t item) const {
    for (std::size_t c = 1; c < comparison_.configurations.size(); ++c)
      if (right(c, item)) return false;
    return true;
  }

 private:
  std::string label(std::int64_t index) const {
    const auto& labels = comparison_.dataset.labels;
    return index >= 0 && static_cast<std::size_t>(index) < labels.size()
               ? labels[static_cast<std::size_t>(index)]
               : "?";
  }
  std::vector<std::string> row(std::size_t i) const {
    const StoredExample& item = comparison_.testItems[i];
    std::vector<std::string> cells{std::to_string(item.line), shownText(item.text, source_.options),
                                   label(item.label)};
    for (const std::size_t c : shown_) {
      const Configuration& configuration = comparison_.configurations[c];
      const Vote vote = majorityVote(configuration, i);
      std::string cell = elide(answerText(comparison_, configuration, i), kShownCodePoints) +
                         (vote.label == item.label ? " ✓" : " ✗");
      if (configuration.n() > 1)
        cell += " (" + std::to_string(vote.votes) + " of " + std::to_string(configuration.n()) + ")";
      cells.push_back(std::move(cell));
    }
    return cells;
  }

  const ReportSource& source_;
  const Comparison& comparison_;
  std::vector<std::size_t> shown_;
};

}  // namespace

std::string shownText(const std::string& text, const ReportOptions& options) {
  if (!options.anonymise) return elide(text, kShownCodePoints);
  return "[" + wholeText(static_cast<std::int64_t>(countCodePoints(text))) + " characters]";
}

ReportSection examplesSection(const ReportSource& source) {
  ReportSection section;
  section.heading = "Examples";
  const auto& configurations = source.comparison.configurations;
  const std::size_t r = source.choice.recommended;
  const std::size_t rival = source.choice.rival;
  if (configurations.size() < 2) {
    section.paragraphs.push_back("There is no method to show examples of.");
    return section;
  }
  section.paragraphs.push_back(
      "A method counts as right on an example when more than half of its seeds are. The rows are the first "
      "ones in the order of the file, not chosen.");
  const Examples examples(source);
  if (r < configurations.size() && rival < configurations.size()) {
    const std::string& a = configurations[r].title;
    const std::string& b = configurations[rival].title;
    section.tables.push_back(examples.table("Only " + a + " is right, not " + b, [&](std::size_t i) {
      return examples.right(r, i) && !examples.right(rival, i);
    }));
    section.tables.push_back(examples.table("Only " + b + " is right, not " + a, [&](std::size_t i) {
      return !examples.right(r, i) && examples.right(rival, i);
    }));
  }
  section.tables.push_back(
      examples.table("Every method is wrong", [&](std::size_t i) { return examples.allWrong(i); }));
  return section;
}

}  // namespace attune
