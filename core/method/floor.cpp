#include "core/method/floor.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "core/method/targets.h"

namespace attune {
namespace method_floor {

// Numbers in the matrices of the stack that reads the texts; an encoder-decoder writes next to nothing.
struct Matrices {
  double all = 0;
  // The last block's but keys and values, and a pooler's: one position of a text goes through them, the one
  // that answers.
  double last = 0;
  double first = 0;  // of a block those that read its input: queries, keys, values

  double lastShare() const { return all > 0 ? last / all : 0; }
};

Matrices matrices(const ModelConfig& base) {
  Matrices count;
  const bool two = base.layout == Layout::kEncoderDecoder;
  const auto ends = [](const std::string& path, std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return path.ends_with(name); });
  };
  for (const LinearShape& shape : linearShapes(base)) {
    if (two && shape.path.starts_with("decoder.")) continue;
    const auto size = static_cast<double>(shape.in * shape.out);
    count.all += size;
    const std::int64_t block = blockOf(shape.path).value_or(-1);
    const bool keysAndValues =
        ends(shape.path, {".k_proj", ".v_proj", ".key", ".value", ".c_attn", ".k", ".v"});
    if (!two && (block < 0 || (block == base.layers - 1 && !keysAndValues))) count.last += size;
    if (block == 0 && (keysAndValues || ends(shape.path, {".q_proj", ".query", ".q"}))) count.first += size;
  }
  return count;
}

struct Sums {
  double texts = 0;
  double tokens = 0;
  double pairs = 0;  // of a query and a key that it sees, a mean over the blocks
  double most = 0;   // the same in every block but the last

  double spared() const { return tokens - texts; }  // in the last block
};

Sums withVirtual(const ModelConfig& base, const TrainingWork& work, const TextLengths& read) {
  const double p = work.tokens;
  Sums sums;
  sums.texts = read.texts;
  sums.tokens = read.tokens + read.texts * p;
  const double squares = read.squares + 2 * p * read.tokens + read.texts * p * p;
  const double pairs =
      (base.layout == Layout::kDecoder ? (squares + sums.tokens) / 2 : squares) + sums.tokens * work.keys;
  const double answering = sums.tokens + sums.texts * work.keys;  // of one query a text
  const auto blocks = static_cast<double>(base.layers);
  sums.most = pairs;
  sums.pairs = base.layout == Layout::kEncoderDecoder ? pairs : (pairs * (blocks - 1) + answering) / blocks;
  return sums;
}

// Of the last blocks, `share` of all.
double attention(const ModelConfig& base, const Sums& sums, double share = 1) {
  return 4 * static_cast<double>(base.layers * base.heads * base.headDim) *
         std::max(0.0, sums.pairs - (1 - share) * sums.most);
}

}  // namespace method_floor

double blockParameters(const ModelConfig& base) {
  double sum = 0;
  for (const LinearShape& shape : linearShapes(base)) sum += static_cast<double>(shape.in * shape.out);
  return sum;
}

double forwardFloor(const ModelConfig& base, const TrainingWork& work, const TextLengths& read) {
  const auto sums = method_floor::withVirtual(base, work, read);
  const auto matrices = method_floor::matrices(base);
  return 2 * (sums.tokens * matrices.all - sums.spared() * matrices.last) +
         2 * (work.extra + work.fixed) * (sums.tokens - sums.spared() * matrices.lastShare()) +
         method_floor::attention(base, sums);
}

double trainingFloor(const ModelConfig& base, const TrainingWork& work, const TextLengths& read) {
  const auto sums = method_floor::withVirtual(base, work, read);
  const auto matrices = method_floor::matrices(base);
  const double through = std::max(0.0, matrices.all * work.through - (work.fromInputs ? 0 : matrices.first));
  double flops = sums.tokens * 2 * (matrices.all * (1 - work.kept) + through + work.own);
  flops -= sums.spared() * 2 * matrices.last * (1 + (work.through > 0 ? 1 : 0) + (work.own > 0 ? 1 : 0));
  flops += (6 * work.extra + 4 * work.fixed) * (sums.tokens - sums.spared() * matrices.lastShare());
  const double seen = method_floor::attention(base, sums, 1 - work.kept);
  return flops + seen + 2 * (work.kept > 0 ? seen : seen * work.through);
}

TrainingWork trainingWork(const MethodInfo& info, const ParamSet& params, const ModelConfig& base) {
  return info.work ? info.work(params, base) : TrainingWork{};
}

}  // namespace attune
