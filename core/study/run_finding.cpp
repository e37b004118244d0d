#include "core/study/run_finding.h"

namespace attune {

Json toJson(const std::vector<RunFinding>& findings) {
  Json list = Json::array();
  for (const RunFinding& f : findings)
    list.push(Json()
                  .set("rule", f.rule)
                  .set("text", f.text)
                  .set("cure", f.cure)
                  .set("setting", f.setting)
                  .set("value", f.value));
  return list;
}

std::vector<RunFinding> findingsFromJson(const Json& json) {
  std::vector<RunFinding> findings;
  if (!json.isArray()) return findings;
  for (const Json& f : json.items())
    findings.push_back({f.stringOr("rule", ""), f.stringOr("text", ""), f.stringOr("cure", ""),
                        f.stringOr("setting", ""), f.stringOr("value", "")});
  return findings;
}

}  // namespace attune
