#include "core/data/columns.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "core/base/text.h"

namespace attune {
namespace {

constexpr std::size_t kSampleRows = 1000;

// The likelier name first.
constexpr std::array kTextNames = {"text",        "sentence",  "review", "message",   "question", "content",
                                   "comment",     "body",      "tweet",  "utterance", "document", "query",
                                   "description", "phrase",    "input",  "prompt",    "headline", "abstract",
                                   "summary",     "post",      "sms",    "title",     "texte",    "texto",
                                   "testo",       "nachricht", "satz"};
constexpr std::array kLabelNames = {"label",  "labels",   "class",    "category", "topic",    "sentiment",
                                    "intent", "target",   "tag",      "emotion",  "polarity", "rating",
                                    "stars",  "score",    "answer",   "output",   "classe",   "kategorie",
                                    "klasse", "etiqueta", "categoria"};

// Lower case, the words of the name separated by one blank: "Review_Text" -> "review text".
std::string normalName(std::string_view name) {
  std::string normal = toLowerAscii(trim(name));
  std::replace_if(
      normal.begin(), normal.end(), [](char c) { return c == '_' || c == '-' || c == '.'; }, ' ');
  return normal;
}

bool hasWord(const std::string& normal, const char* word) {
  return (" " + normal + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

template <typename Names>
bool hasAnyWord(const std::string& normal, const Names& names) {
  return std::any_of(names.begin(), names.end(), [&](const char* name) { return hasWord(normal, name); });
}

// The column with the likeliest name: one that is the name, else the only one that has it as a word.
// `other`: a column that has a word of these as well, such as "label_text", is too unclear.
template <typename Names, typename OtherNames>
int columnByName(const std::vector<std::string>& normals, const Names& names, const OtherNames& other) {
  for (const char* name : names)
    for (std::size_t c = 0; c < normals.size(); ++c)
      if (normals[c] == name) return static_cast<int>(c);
  for (const char* name : names) {
    int found = -1;
    for (std::size_t c = 0; c < normals.size(); ++c) {
      if (!hasWord(normals[c], name) || hasAnyWord(normals[c], other)) continue;
      if (found >= 0) return -1;
      found = static_cast<int>(c);
    }
    if (found >= 0) return found;
  }
  return -1;
}

struct ColumnContent {
  double averageLength = 0;
  std::size_t rows = 0;
  std::size_t distinct = 0;
};

ColumnContent contentOf(const Table& table, std::size_t column) {
  ColumnContent content;
  content.rows = std::min(table.rows.size(), kSampleRows);
  std::unordered_set<std::string_view> seen;
  double bytes = 0;
  for (std::size_t r = 0; r < content.rows; ++r) {
    const std::string& cell = table.rows[r][column];
    bytes += static_cast<double>(cell.size());
    if (!cell.empty()) seen.insert(cell);
  }
  content.distinct = seen.size();
  if (content.rows > 0) content.averageLength = bytes / static_cast<double>(content.rows);
  return content;
}

// The column with by far the longest cells, most of them different.
int textByContent(const std::vector<ColumnContent>& columns, const Table& table, int taken) {
  int longest = -1;
  double first = 0, second = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (static_cast<int>(c) == taken || table.nested.contains(static_cast<int>(c))) continue;
    if (columns[c].averageLength > first) {
      second = first;
      first = columns[c].averageLength;
      longest = static_cast<int>(c);
    } else {
      second = std::max(second, columns[c].averageLength);
    }
  }
  if (longest < 0) return -1;
  const ColumnContent& best = columns[static_cast<std::size_t>(longest)];
  return first >= 1.5 * second && first >= 8 && best.distinct * 2 > best.rows ? longest : -1;
}

// The only column with few values, short ones.
int labelByContent(const std::vector<ColumnContent>& columns, const Table& table, int taken) {
  int found = -1;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (static_cast<int>(c) == taken || table.nested.contains(static_cast<int>(c))) continue;
    const ColumnContent& content = columns[c];
    const bool few = content.distinct >= 2 && content.distinct <= std::max<std::size_t>(2, content.rows / 3);
    if (!few || content.averageLength > 60) continue;
    if (found >= 0) return -1;
    found = static_cast<int>(c);
  }
  return found;
}

}  // namespace

void guessColumns(Table& table) {
  std::vector<std::string> normals;
  for (const std::string& name : table.columns) normals.push_back(normalName(name));
  table.textColumn = columnByName(normals, kTextNames, kLabelNames);
  table.labelColumn = columnByName(normals, kLabelNames, kTextNames);
  if (table.textColumn >= 0 && table.labelColumn >= 0) return;

  std::vector<ColumnContent> contents;
  for (std::size_t c = 0; c < table.columns.size(); ++c) contents.push_back(contentOf(table, c));
  if (table.textColumn < 0) table.textColumn = textByContent(contents, table, table.labelColumn);
  if (table.labelColumn < 0) table.labelColumn = labelByContent(contents, table, table.textColumn);
}

bool isKnownColumnName(std::string_view name) {
  const std::string normal = normalName(name);
  // A sentence may well contain "review".
  if (std::count(normal.begin(), normal.end(), ' ') > 2) return false;
  return hasAnyWord(normal, kTextNames) || hasAnyWord(normal, kLabelNames);
}

bool firstRowLooksLikeData(const Table& table) {
  const std::vector<std::string>& first = table.rows.front();
  const std::size_t end = std::min(table.rows.size(), kSampleRows + 1);
  int known = 0;
  bool recurs = false, whole = false, dataLike = false, countsColumns = true, anyWords = false;
  for (std::size_t c = 0; c < first.size(); ++c) {
    const std::string_view cell = trim(first[c]);
    countsColumns = countsColumns && cell == std::to_string(c);
    if (cell.empty()) continue;
    if (isKnownColumnName(cell)) ++known;
    bool allNumbers = end > 1 && parseDouble(cell).has_value();
    for (std::size_t r = 1; r < end; ++r) {
      const std::string_view below = trim(table.rows[r][c]);
      if (below == cell) recurs = true;
      if ((allNumbers || countsColumns) && !below.empty() && !parseDouble(below)) {
        allNumbers = false;
        anyWords = true;
      }
    }
    dataLike = dataLike || allNumbers || cell.size() > 60 || std::count(cell.begin(), cell.end(), ' ') >= 5;
  }
  for (std::size_t r = 1; r < end && !whole; ++r) whole = table.rows[r] == first;
  if (known >= 2) return false;
  if (countsColumns && anyWords) return false;  // written by a program that numbers columns from 0
  if (recurs && !(known == 1 && whole)) return true;
  return dataLike && known == 0;
}

}  // namespace attune
