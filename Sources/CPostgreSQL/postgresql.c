#include "postgresql.h"

#include <dlfcn.h>
#include <stddef.h>

const char *postgresql_load(void) {
  static void *library;
  if (library == NULL) library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  return library == NULL ? dlerror() : NULL;
}
