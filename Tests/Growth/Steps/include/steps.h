#include <stdint.h>

/// How many edges between pieces of code without branches have been passed since the program began, on all threads that
/// run one after another: the same number for the same input on every machine.
uint64_t stepsTaken(void);
