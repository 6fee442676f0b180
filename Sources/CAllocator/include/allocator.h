#ifndef CALLOCATOR_H
#define CALLOCATOR_H

// Gives what the C library's allocator keeps of freed memory back to the system; takes some milliseconds.
void allocator_trim(void);

// From now on whatever is larger than 1 MiB goes back to the system as soon as it is freed. The C library raises that
// limit to what was freed last, up to 32 MiB, and keeps such memory: mallopt(3), M_MMAP_THRESHOLD.
void allocator_return_large(void);

// Lets go of the pages of code, the program's and its libraries', which the system maps in pieces of 64 KiB and more
// around each that is asked for: those in use come back from its cache by themselves, half a microsecond each. A
// debugger's breakpoints in them are lost, so it is for optimized builds.
void code_release(void);

#endif
