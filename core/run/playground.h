#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/stop_token.h"
#include "core/store/store.h"

// Free of torch.
namespace attune {

// The models that a study left behind, to be asked by hand: one a configuration, of its first seed that has a
// result. Models are loaded when first asked and kept. One object, one thread at a time; every function may
// block.
class Playground {
 public:
  // Throws Error as Store does.
  Playground(Store& store, StudyId study);
  ~Playground();
  Playground(const Playground&) = delete;
  Playground& operator=(const Playground&) = delete;

  struct Variant {
    std::string title;
    RunId run;
    int slot = 0;  // colour and marker, as in the comparison
  };
  const std::vector<Variant>& variants() const;
  // Empty: free answers are written.
  const std::vector<std::string>& labels() const;

  struct Answer {
    std::string text;                   // the label, or what was written
    std::vector<double> probabilities;  // one a label; empty for free answers
    double seconds = 0;                 // of the answer alone, the loading left out
    std::int64_t promptTokens = 0;      // of all that was read, virtual tokens included
    std::int64_t extraTokens = 0;       // of these not from the text: template and virtual tokens
  };
  // `onText` is told what has been written so far, from this thread. Throws Error.
  Answer ask(std::size_t variant, const std::string& text, const StopToken& stop,
             const std::function<void(const std::string&)>& onText = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace attune
