#ifndef FATAL_H
#define FATAL_H

// What is done inside the handler when a signal comes that ends the process, before it takes its course.

/// In the order in which they are done.
enum fatal_place { FATAL_TERMINAL, FATAL_REPORT, FATAL_PLACES };

/// Must be safe inside a signal handler.
typedef void fatal_step(int number, const char *name);

/// From now on the step is taken; none for NULL. While there is any step, fatal signals are handled here first, then by
/// whoever handled them before. One thread at a time.
void fatal_watch(enum fatal_place place, fatal_step *step);

#endif
