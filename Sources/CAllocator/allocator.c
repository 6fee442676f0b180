#include "allocator.h"

#include <malloc.h>

void allocator_trim(void) { malloc_trim(0); }

void allocator_return_large(void) { mallopt(M_MMAP_THRESHOLD, 1 << 20); }
