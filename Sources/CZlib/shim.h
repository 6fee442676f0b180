// Inflate from Debian's zlib.
#include <zlib.h>
