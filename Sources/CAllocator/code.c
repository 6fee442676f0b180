#define _GNU_SOURCE
#include "allocator.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// The parts of an object that nothing has written to: its code and its tables.
static int release(struct dl_phdr_info *object, size_t size, void *unused) {
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int number = 0; number < object->dlpi_phnum; number++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[number];
    if (part->p_type != PT_LOAD || (part->p_flags & PF_W)) continue;
    const uintptr_t begin = (object->dlpi_addr + part->p_vaddr) & ~(page - 1);
    const uintptr_t end = object->dlpi_addr + part->p_vaddr + part->p_memsz;
    // It may be refused, as for memory that is locked: then the pages stay.
    madvise((void *)begin, (end - begin + page - 1) & ~(page - 1), MADV_DONTNEED);
  }
  return 0;
}

void code_release(void) { dl_iterate_phdr(release, 0); }
