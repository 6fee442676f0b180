// Preloaded into tests that are built for the thread sanitizer, it tells that of the locks of `Synchronization.Mutex`.
//
// The sanitizer sees a lock that is taken at once, for that is an atomic operation in our own code. Where a thread has
// to wait, two functions of Swift's library, which nobody compiled for it, hand the lock over by a futex; without this
// file every access behind such a wait is taken for a race. Each is wrapped by the edge that it makes: what the one
// that unlocks has done comes before what the one that locks does next. Their names are those that Swift 6 gives them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

// Not there in a process without the sanitizer, such as the one that starts the tests.
__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

typedef SWIFT void lock_slow(uint32_t, SELF void *);
typedef SWIFT void unlock_slow(SELF void *);
SWIFT void wait_and_lock(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void unlock_and_wake(SELF void *mutex) __asm__(UNLOCK);

static lock_slow *real_lock;
static unlock_slow *real_unlock;

__attribute__((constructor)) static void find(void) {
  real_lock = (lock_slow *)dlsym(RTLD_NEXT, LOCK);
  real_unlock = (unlock_slow *)dlsym(RTLD_NEXT, UNLOCK);
  if (__tsan_acquire && !(real_lock && real_unlock)) {
    fputs("locks.c: this Swift names the slow ways of its mutex otherwise\n", stderr);
    _exit(2);
  }
}

SWIFT void wait_and_lock(uint32_t thread, SELF void *mutex) {
  real_lock(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_and_wake(SELF void *mutex) {
  if (__tsan_release) __tsan_release(mutex);
  real_unlock(mutex);
}
