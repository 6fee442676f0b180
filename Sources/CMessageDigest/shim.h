// SHA-256 from Debian's libmd, a few kilobytes; a whole crypto package would add a third to the build.
#include <sha2.h>
