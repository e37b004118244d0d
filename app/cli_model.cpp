#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>

#include "app/cli_base.h"
#include "app/cli_commands.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/data/import.h"
#include "core/report/number_text.h"
#include "core/run/blas.h"
#include "core/run/convert.h"
#include "core/run/forward.h"
#include "core/run/predict.h"
#include "core/store/store.h"
#include "core/token/tokenizer.h"

namespace attune {
namespace {

std::string readText(const std::string& path) {
  if (path != "-") return readFile(path);
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

int tokenize(const Output& output, const std::string& base, const CLI::Option* text, const std::string& file,
             bool plain) {
  const auto tokenizer = openTokenizer(basePath(base));
  std::vector<std::string> texts;
  if (*text) {
    texts.push_back(text->as<std::string>());
  } else if (!file.empty()) {
    std::string content = readText(file);
    if (!content.empty() && content.back() == '\n') content.pop_back();
    texts = splitText(content, '\n');
  } else {
    throw Error(ErrorKind::kUsage, "there is no text",
                "Give --text TEXT or --file FILE ('-' for standard input).");
  }
  Json items = Json::array();
  for (const std::string& t : texts) {
    const auto ids = tokenizer->encode(t, plain ? SpecialTokens::kPlainText : SpecialTokens::kRecognise);
    std::vector<std::string> pieces, shown;
    for (const std::int64_t id : ids) {
      pieces.push_back(tokenizer->piece(id));
      shown.push_back(std::to_string(id));
    }
    items.push(Json().set("text", t).set("ids", Json::list(ids)).set("pieces", Json::list(pieces)));
    output.line(joinText(shown, " ") + "\t" + joinText(pieces, " "));
  }
  if (output.json) output.document("attune.tokenize/1", Json().set("items", std::move(items)));
  return kOk;
}

int detokenize(const Output& output, const std::string& base, const std::string& text) {
  const auto tokenizer = openTokenizer(basePath(base));
  std::vector<std::int64_t> ids;
  std::vector<std::string> pieces;
  for (const std::string& word : splitText(replaceAll(text, ",", " "), ' ')) {
    if (word.empty()) continue;
    const auto id = parseInt(word);
    if (!id)
      throw Error(ErrorKind::kUsage, "'" + word + "' is not an id",
                  "Give whole numbers with blanks between.");
    ids.push_back(*id);
    pieces.push_back(tokenizer->piece(*id));
  }
  const std::string decoded = tokenizer->decode(ids);
  output.line(decoded);
  if (output.json)
    output.document(
        "attune.detokenize/1",
        Json().set(
            "items",
            Json().push(
                Json().set("text", decoded).set("ids", Json::list(ids)).set("pieces", Json::list(pieces)))));
  return kOk;
}

struct PredictOptions {
  std::string base = "bundled", adapter, project, data, labels, textColumn, pattern, words;
  std::int64_t run = 0;
};

int predict(const Output& output, const PredictOptions& o) {
  PredictRequest request;
  request.base = basePath(o.base);
  request.adapter = o.adapter;
  request.pattern = o.pattern;
  request.labelWords = replaceAll(o.words, ";", "\n");
  if (o.run > 0) {
    if (o.project.empty())
      throw Error(ErrorKind::kUsage, "--run needs --project", "Name the project that holds the run.");
    Store store(o.project, OpenMode::kReadOnly);
    const Run run = store.run(RunId{o.run});
    if (run.artifacts.empty() || !run.spec.params.has("template"))
      throw Error(ErrorKind::kUsage, "run " + std::to_string(o.run) + " left no model behind",
                  "Choose a finished run of a method on a language model.");
    request.base = run.spec.base.path;
    request.adapter = store.filesFolder() + "/runs/" + std::to_string(o.run);
    for (const DatasetRecord& record : store.datasets())
      if (record.hash == run.spec.datasetHash) request.labels = record.labels;
  }
  if (!o.labels.empty()) request.labels = splitText(o.labels, ',');
  if (std::find(request.labels.begin(), request.labels.end(), "") != request.labels.end())
    throw Error(ErrorKind::kUsage, "--labels has an empty label", "Write --labels positive,negative.");
  if (request.labels.size() < 2)
    throw Error(ErrorKind::kUsage, "at least two labels are needed", "Write --labels a,b,…");

  TableOptions tableOptions;
  tableOptions.textsAlone = true;
  const Result<Table> table = readTable(o.data, tableOptions);
  if (!table) throwFirstError(table.diagnostics);
  output.diagnostics(table.diagnostics);
  int column = table.value->columns.size() == 1 ? 0 : table.value->textColumn;
  if (!o.textColumn.empty()) {
    const auto& names = table.value->columns;
    const auto found = std::find(names.begin(), names.end(), o.textColumn);
    column = found == names.end() ? -1 : static_cast<int>(found - names.begin());
  }
  if (column < 0)
    throw Error(ErrorKind::kUsage, "no column of texts was found in " + o.data,
                "Name it with --text. Columns: " + joinText(table.value->columns, ", ") + ".");
  for (const auto& row : table.value->rows) request.texts.push_back(row[static_cast<std::size_t>(column)]);

  Json list = Json::array();
  const std::vector<Answer> answers = predictTexts(request);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Json scores = Json::object();
    for (std::size_t k = 0; k < request.labels.size(); ++k)
      scores.set(request.labels[k], answers[i].probabilities[k]);
    list.push(Json()
                  .set("row", table.value->lines[i])
                  .set("label", request.labels[answers[i].label])
                  .set("scores", std::move(scores)));
    output.line(request.labels[answers[i].label] + "\t" +
                percentText(answers[i].probabilities[answers[i].label]) + "\t" +
                replaceAll(request.texts[i], "\n", " "));
  }
  if (output.json) output.document("attune.predict/1", Json().set("predictions", std::move(list)));
  return kOk;
}

}  // namespace

void addModelCommands(CLI::App& app, Action& action) {
  {
    CLI::App* command = addCommand(app, "tokenize", "Text to ids and pieces, one text a line.",
                                   "attune-cli tokenize --text \"Where is my parcel?\"");
    const auto base = std::make_shared<std::string>("bundled");
    const auto file = std::make_shared<std::string>();
    command->add_option("--base", *base, "Base model");
    const CLI::Option* text = command->add_option("--text", "The text");
    command->add_option("--file", *file, "File with one text a line; - for standard input");
    const auto plain = std::make_shared<bool>(false);
    command->add_flag("--plain", *plain, "Special tokens spelled in the text stay text, as in users' data");
    command->callback([=, &action] {
      action = [=](const Output& output) { return tokenize(output, *base, text, *file, *plain); };
    });
  }
  {
    CLI::App* command =
        addCommand(app, "detokenize", "Ids to text.", "attune-cli detokenize --ids \"3571 41\"");
    const auto base = std::make_shared<std::string>("bundled");
    const auto ids = std::make_shared<std::string>();
    command->add_option("--base", *base, "Base model");
    command->add_option("--ids", *ids, "Ids with blanks between")->required();
    command->callback(
        [=, &action] { action = [=](const Output& output) { return detokenize(output, *base, *ids); }; });
  }
  {
    CLI::App* command =
        addCommand(app, "forward", "Logits for given ids, as a safetensors file.",
                   "attune-cli forward --base bundled --ids ids.json --out logits.safetensors");
    const auto request = std::make_shared<ForwardRequest>();
    request->base = "bundled";
    command->add_option("--base", request->base, "Base model");
    command->add_option("--adapter", request->adapter, "Adapter folder in PEFT's layout");
    command->add_option("--ids", request->idsFile, "JSON with input_ids and attention_mask")->required();
    command->add_option("--out", request->outFile, "File to write")->required();
    command->callback([=, &action] {
      action = [=](const Output& output) {
        request->base = basePath(request->base);
        forwardToFile(*request);
        output.say("written: " + request->outFile);
        if (output.json)
          output.document("attune.forward/1",
                          Json().set("file", request->outFile).set("bytes", fileSize(request->outFile)));
        return static_cast<int>(kOk);
      };
    });
  }
  {
    CLI::App* command = addCommand(
        app, "convert", "Write a base, with an adapter merged if you like, as a Hugging Face folder.",
        "attune-cli convert model.gguf --out model-folder");
    const auto request = std::make_shared<ConvertRequest>();
    command->add_option("from", request->from, "GGUF file, model folder or name of a base")->required();
    command->add_option("--adapter", request->adapter, "Adapter folder to merge");
    command->add_option("--out", request->folder, "Folder to make")->required();
    command->callback([=, &action] {
      action = [=](const Output& output) {
        request->from = basePath(request->from);
        std::vector<std::string> files;
        for (const std::string& name : convertModel(*request)) {
          files.push_back((std::filesystem::path(request->folder) / name).string());
          output.line(files.back());
        }
        if (output.json) output.document("attune.convert/1", Json().set("files", filesJson(files)));
        return static_cast<int>(kOk);
      };
    });
  }
  {
    CLI::App* command =
        addCommand(app, "predict", "Label the texts of a file with a base, an adapter or a run.",
                   "attune-cli predict --project reviews.attune --run 7 --data new.csv");
    const auto o = std::make_shared<PredictOptions>();
    command->add_option("--base", o->base, "Base model");
    command->add_option("--adapter", o->adapter, "Adapter folder");
    command->add_option("--run", o->run, "Finished run of the project");
    command->add_option("--project", o->project, "Project file");
    command->add_option("--data", o->data, "File with a column of texts")->required();
    command->add_option("--text", o->textColumn, "Column that holds the text");
    command->add_option("--labels", o->labels, "Labels with commas between");
    command->add_option("--template", o->pattern, "Prompt with {text}");
    command->add_option("--label-words", o->words, "'label = word' with semicolons between");
    command->callback([=, &action] {
      action = [=](const Output& output) {
        restartWithBetterBlasKernels();
        return predict(output, *o);
      };
    });
  }
}

}  // namespace attune
