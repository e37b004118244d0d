#include "app/cli_commands.h"
#include "app/services.h"
#include "core/base/text.h"
#include "core/eval/catalog.h"
#include "core/method/catalog.h"
#include "core/model/catalog.h"
#include "core/report/number_text.h"
#include "core/run/usable_base.h"

namespace attune {
namespace {

Json paramJson(const ParamSpec& spec) {
  const bool number = spec.type == ParamType::kInt || spec.type == ParamType::kDouble;
  Json json = Json()
                  .set("name", spec.name)
                  .set("type", paramTypeName(spec.type))
                  .set("default", toJson(spec.defaultValue))
                  .set("min", number ? Json(spec.min) : Json())
                  .set("max", number ? Json(spec.max) : Json())
                  .set("help", spec.help)
                  .set("title", spec.title);
  if (!spec.choices.empty()) json.set("choices", Json::list(spec.choices));
  return json;
}

int methods(const Output& output) {
  Json list = Json::array();
  for (const MethodInfo& info : methodCatalog()) {
    Json parameters = Json::array();
    for (const ParamSpec& spec : info.parameters) parameters.push(paramJson(spec));
    list.push(Json()
                  .set("name", info.name)
                  .set("title", info.title)
                  .set("summary", info.summary)
                  .set("source", info.source)
                  .set("parameters", std::move(parameters)));
    output.line(info.name + "\n  " + info.title + ": " + info.summary + "\n  Source: " + info.source);
    for (const ParamSpec& spec : info.parameters)
      output.line("    " + info.name + "." + spec.name + " = " + formatParamValue(spec.defaultValue) + "  " +
                  spec.help);
  }
  if (output.json) output.document("attune.methods/1", Json().set("methods", std::move(list)));
  return kOk;
}

int metrics(const Output& output) {
  Json list = Json::array();
  for (const MetricInfo& info : metricCatalog()) {
    list.push(Json()
                  .set("name", info.name)
                  .set("title", info.title)
                  .set("summary", info.summary)
                  .set("source", info.source));
    output.line(info.name + "  " + info.summary);
  }
  if (output.json) output.document("attune.metrics/1", Json().set("metrics", std::move(list)));
  return kOk;
}

int families(const Output& output) {
  Json list = Json::array();
  for (const FamilyInfo& info : modelFamilies()) {
    list.push(Json()
                  .set("name", info.name)
                  .set("title", info.title)
                  .set("summary", info.summary)
                  .set("source", info.source)
                  .set("architectures", Json::list(info.architectures)));
    output.line(info.name + "  " + info.summary);
  }
  if (output.json) output.document("attune.families/1", Json().set("families", std::move(list)));
  return kOk;
}

}  // namespace

void addCatalogCommands(CLI::App& app, Action& action) {
  const auto simple = [&](const char* name, const char* summary, int (*run)(const Output&)) {
    addCommand(app, name, summary, std::string("attune-cli ") + name)->callback([run, &action] {
      action = run;
    });
  };
  simple("methods", "List the tuning methods and their parameters.", methods);
  simple("metrics", "List the metrics.", metrics);
  simple("families", "List the families of base models.", families);
}

}  // namespace attune
