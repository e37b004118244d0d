#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/catalog.h"

// Free of torch.
namespace attune {

// A base model that the user has made known, or the bundled one.
struct KnownBase {
  std::string name;    // unique
  std::string path;    // model folder or GGUF file
  std::string source;  // "bundled", "folder", "gguf", or "hub:ORG/NAME@COMMIT"
  std::int64_t addedMs = 0;
};

// A look at one of them.
struct BaseDetails {
  KnownBase base;
  ModelInfo info;       // without hash; empty when there is a problem
  std::string licence;  // from the model card; empty: not given
  std::int64_t bytes = 0;
  std::string problem;  // why it cannot be opened, with the cure; empty: it can
};

// Peak memory of one run by method name ("lora"), in bytes; methods that the base does not allow are missing.
using MemoryNeeds = std::map<std::string, std::int64_t>;

// The user's list of base models: a small file of names and places. The models themselves are never touched.
// May block on the disk; safe to use from several processes.
class BaseLibrary {
 public:
  // `file` is made on the first change; `bundled` may be empty.
  BaseLibrary(std::string file, std::string bundled);
  // bases.json in the user's data folder.
  static BaseLibrary ofUser(const std::string& bundled);

  // The bundled one first, then by name. Throws Error(kInvalidInput) for a damaged list, which is never
  // overwritten.
  std::vector<KnownBase> list() const;
  // After a look at all of it (as usableBase, so seconds for a large one). The name is the folder's, or the
  // given one, made unique; a place that is known keeps its entry. Findings such as weights that are not
  // numbers are appended. Throws Error for what is no usable model.
  KnownBase add(const std::string& path, std::vector<Diagnostic>& warnings, const std::string& source = {},
                const std::string& name = {});
  // Throws Error(kNotFound) naming the nearest; Error(kUsage) for the bundled one.
  void remove(const std::string& name);
  // The path of a known name, or the argument itself where it is a path. Throws Error(kNotFound) for a bare
  // name that nobody knows.
  std::string resolve(const std::string& nameOrPath) const;

 private:
  void write(const std::vector<KnownBase>& bases) const;
  std::vector<KnownBase> read() const;

  std::string file_;
  std::string bundled_;
};

// Never throws for what is wrong with the model: that becomes its problem.
BaseDetails describeBase(const KnownBase& base);
// From the sizes alone, for the usual batch of short texts; see estimateStudy for a study's own.
MemoryNeeds memoryNeeds(const ModelInfo& info);

}  // namespace attune
