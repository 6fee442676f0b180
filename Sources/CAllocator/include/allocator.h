#ifndef CALLOCATOR_H
#define CALLOCATOR_H

// Gives what the C library's allocator keeps of freed memory back to the system; takes some milliseconds.
void allocator_trim(void);

#endif
