#pragma once

// The widest instructions that the processor has, chosen when the program starts. By level, for g++ takes a
// processor's name ("arch=haswell") to mean that one model alone.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define ATTUNE_WIDEST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ATTUNE_WIDEST
#endif
