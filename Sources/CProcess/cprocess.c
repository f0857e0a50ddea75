#define _GNU_SOURCE
#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
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
  // A name of more than 15 bytes is refused, not cut.
  char head[16];
  strncpy(head, name, sizeof head - 1);
  head[sizeof head - 1] = 0;
  pthread_setname_np(pthread_self(), head);
#endif
}

int cprocess_wake_pipe(int descriptors[2]) {
#ifdef __linux__
  // In one step, so that a child started meanwhile by another thread does not inherit the pipe.
  return pipe2(descriptors, O_CLOEXEC | O_NONBLOCK);
#else
  if (pipe(descriptors) != 0) return -1;
  for (int end = 0; end < 2; end++) {
    fcntl(descriptors[end], F_SETFD, FD_CLOEXEC);
    fcntl(descriptors[end], F_SETFL, fcntl(descriptors[end], F_GETFL) | O_NONBLOCK);
  }
  return 0;
#endif
}

struct body {
  void (*run)(void *);
  void *context;
};

static void *run_body(void *argument) {
  struct body body = *(struct body *)argument;
  free(argument);
  body.run(body.context);
  return NULL;
}

int cprocess_thread_start(uintptr_t *thread, void (*run)(void *), void *context) {
  struct body *body = malloc(sizeof *body);
  if (!body) return ENOMEM;
  body->run = run;
  body->context = context;
  pthread_t id;
  int code = pthread_create(&id, NULL, run_body, body);
  if (code == 0) {
    *thread = (uintptr_t)id;
  } else {
    free(body);
  }
  return code;
}

void cprocess_thread_join(uintptr_t thread) { pthread_join((pthread_t)thread, NULL); }

void cprocess_thread_detach(uintptr_t thread) { pthread_detach((pthread_t)thread); }
