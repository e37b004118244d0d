#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/paraphrases.h"
#include "core/data/wordings.h"
#include "core/method/catalog.h"
#include "core/method/method.h"
#include "core/run/open_base.h"
#include "core/run/questions.h"
#include "core/study/run_spec.h"
#include "core/train/trainer.h"

namespace attune {

// What a run on a language model needs before it computes: base, questions and the model at its start.
class PreparedRun {
 public:
  // `filesFolder`: of the project, for an adapter that was trained elsewhere. All three outlive this. Throws
  // Error for a base, method or device that does not fit.
  PreparedRun(const RunSpec& spec, const Dataset& data, const std::string& filesFolder);
  PreparedRun(const PreparedRun&) = delete;
  PreparedRun& operator=(const PreparedRun&) = delete;

  const MethodInfo& info() const { return info_; }
  bool trains() const { return info_.kind == MethodKind::kTuned && !spec_.isImported(); }
  const OpenedBase& base() const { return base_; }
  Questions& questions() { return *questions_; }
  const std::vector<std::int64_t>& trainRows() const { return trainRows_; }
  // Of an adapter that was trained elsewhere; empty: there is none.
  const std::string& adapterFolder() const { return adapter_; }
  // The same questions in other words.
  std::unique_ptr<Questions> reworded(const Wording& wording) const;
  // The same questions about texts put otherwise; the examples shown stay as they are.
  std::unique_ptr<Questions> paraphrased(const Paraphrase& paraphrase) const;
  // A model at its start, the same whenever it is called.
  std::unique_ptr<TunedModel> attach() const;
  std::unique_ptr<TunedModel> untuned() const;  // the base as it is, without what the method adds

 private:
  const RunSpec& spec_;
  const Dataset& data_;
  const MethodInfo& info_;
  std::string adapter_;  // folder; empty: none
  OpenedBase base_;
  std::int64_t virtualTokens_ = 0;
  std::vector<std::int64_t> trainRows_;
  std::unique_ptr<Questions> questions_;
  AttachRequest request_;
};

// How a run's training multiplies, and this machine's rates.
struct Precision {
  bool half = false;
  double gflops = 0;      // in fp32
  double halfGflops = 0;  // in bfloat16; 0: not measured, or not for this processor

  double rate() const { return half && halfGflops > 0 ? halfGflops : gflops; }
};
Precision choosePrecision(const RunSpec& spec);

// What training does with the memory that is free now.
struct MemoryPlan {
  // Activations are worked out twice: as the settings say, or because more would be needed. Where it can be.
  bool recomputes = false;
  std::int64_t room = 0;  // bytes for weights in fp32 as products want them (products.h)
};
MemoryPlan planMemory(const RunSpec& spec, const PreparedRun& prepared,
                      const std::vector<TrainingExample>& examples, std::int64_t labels);

}  // namespace attune
