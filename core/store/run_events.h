#pragma once

#include "core/base/id.h"
#include "core/store/database.h"
#include "core/study/run_event.h"

namespace attune {

// Writes what the event says, in one transaction; see Store::apply.
void applyEvent(Database& database, RunId id, const RunEvent& event);

}  // namespace attune
