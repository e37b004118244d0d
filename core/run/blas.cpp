#include "core/run/blas.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <fstream>
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

void restartWithBetterBlasKernels() {
  const std::string better = betterBlasKernels();
  if (better.empty() || ::setenv("OPENBLAS_CORETYPE", better.c_str(), 1) != 0) return;
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv("/proc/self/exe", arguments.data());
}

int reserveBlasMemory(int threads) {
  constexpr std::size_t kBytes = std::size_t{160}
                                 << 20;  // for a product OpenBLAS takes up to 128 MB and a page
  const auto take = blas::found<void*(int)>("blas_memory_alloc");
  const auto give = blas::found<void(void*)>("blas_memory_free");
  if (take == nullptr || give == nullptr) return threads;
  std::vector<void*> taken;
  for (int i = 0; i < threads; ++i) {
    void* const room = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) break;
    ::munmap(room, kBytes);
    taken.push_back(take(0));
  }
  for (void* memory : taken) give(memory);
  return static_cast<int>(taken.size());
}

}  // namespace attune
