#include "core/run/blas.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

#include "core/base/text.h"

namespace attune {
namespace blas {

template <typename Function>
Function* found(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

}  // namespace blas

std::string blasKernels() {
  const auto name = blas::found<char*()>("openblas_get_corename");
  return name == nullptr ? "" : name();
}

std::string betterBlasKernels() {
#if defined(__x86_64__)
  if (std::getenv("OPENBLAS_CORETYPE") == nullptr && toLowerAscii(blasKernels()) == "prescott") {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
      return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
  }
#endif
  return "";
}

void reserveBlasMemory(int threads) {
  const auto take = blas::found<void*(int)>("blas_memory_alloc");
  const auto give = blas::found<void(void*)>("blas_memory_free");
  if (take == nullptr || give == nullptr) return;
  std::vector<void*> taken;
  for (int i = 0; i < threads; ++i) taken.push_back(take(0));
  for (void* memory : taken) give(memory);
}

}  // namespace attune
