#define _GNU_SOURCE
#include "cprocess.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>
#endif

int cprocess_die_with_parent(void) {
#ifdef __linux__
  return prctl(PR_SET_PDEATHSIG, SIGKILL);
#else
  return -1;
#endif
}

void cprocess_name_this_thread(const char *name) {
#ifdef __APPLE__
  pthread_setname_np(name);
#else
  pthread_setname_np(pthread_self(), name);
#endif
}

int cprocess_wake_pipe(int descriptors[2]) {
  if (pipe(descriptors) != 0) return -1;
  for (int end = 0; end < 2; end++) {
    fcntl(descriptors[end], F_SETFD, FD_CLOEXEC);
    fcntl(descriptors[end], F_SETFL, fcntl(descriptors[end], F_GETFL) | O_NONBLOCK);
  }
  return 0;
}
