#pragma once

#include <string>

// The BLAS that libtorch has brought along, where it is OpenBLAS; with another one nothing is known or done.
// Free of torch.
namespace attune {

// What OpenBLAS calls the kernels that it has chosen for this processor ("Haswell"); empty: not known.
std::string blasKernels();

// What OPENBLAS_CORETYPE should be when a program starts; empty: leave it. For a processor younger than
// itself OpenBLAS takes its oldest kernels, which are six times as slow as those for the instructions that
// the processor has.
std::string betterBlasKernels();
// Starts this program anew with the same arguments where OpenBLAS should take others: it chose them when it
// was loaded. Returns where there is nothing to gain. For programs that compute themselves and have done
// nothing yet, so that they are as quick as a worker and their last digits are the same.
void restartWithBetterBlasKernels();

// Memory for as many products at a time. OpenBLAS takes it when it first needs it and, should there be none,
// tries for ever; taken early, a run that is short of memory ends with an error. Returns for how many there
// was memory: no more threads should multiply at a time.
int reserveBlasMemory(int threads);

}  // namespace attune
