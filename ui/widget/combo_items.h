#pragma once

#include <QComboBox>
#include <QStringList>
#include <QVariantList>

namespace attune {

// Makes a combo box hold these items. One that holds them already is left alone, so that a list that is open
// while runs end does not close. `data` may be empty.
inline void setComboItems(QComboBox& box, const QStringList& texts, const QVariantList& data, int current) {
  bool same = box.count() == texts.size();
  for (int i = 0; same && i < box.count(); ++i) {
    same = box.itemText(i) == texts[i] && (data.isEmpty() || box.itemData(i) == data[i]);
  }
  if (!same) {
    const bool blocked = box.blockSignals(true);
    box.clear();
    for (int i = 0; i < texts.size(); ++i) box.addItem(texts[i], data.isEmpty() ? QVariant() : data[i]);
    box.blockSignals(blocked);
  }
  if (box.currentIndex() != current) box.setCurrentIndex(current);
}

}  // namespace attune
