#pragma once

namespace attune {

// Tells assistive technology that Attune's plots are charts; their name and description are the accessible
// name and description of the widget. Called once, before the first window.
void installChartAccess();

}  // namespace attune
