// CommonMark with GitHub's extensions from Debian's md4c: small, quick, and it names the place of every text it finds.
#include <md4c.h>
