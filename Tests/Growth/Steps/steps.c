#include "steps.h"

static uint64_t taken;

uint64_t stepsTaken(void) { return taken; }

// What the compiler calls at each edge (https://clang.llvm.org/docs/SanitizerCoverage.html, "Tracing PCs").
void __sanitizer_cov_trace_pc(void) { taken++; }
