#define _GNU_SOURCE
#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach/mach.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef __linux__
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
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

int cprocess_timer(void) {
#ifdef __linux__
  return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
#else
  return -1;
#endif
}

void cprocess_timer_set(int timer, int64_t nanoseconds) {
#ifdef __linux__
  // A time of zero would stop the timer.
  if (nanoseconds < 1) nanoseconds = 1;
  struct itimerspec time = {.it_value = {nanoseconds / 1000000000, nanoseconds % 1000000000}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, NULL);
#endif
}

int64_t cprocess_processor_time(int process) {
#ifdef __linux__
  clockid_t clock;
  struct timespec time;
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return -1;
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
#else
  return -1;
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

int cprocess_cores(int *cores, int room) {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return -1;
  int count = 0;
  for (int core = 0; core < CPU_SETSIZE; core++) {
    if (!CPU_ISSET(core, &set)) continue;
    if (count < room) cores[count] = core;
    count++;
  }
  return count;
#else
  return -1;
#endif
}

int cprocess_stay_on_cores(const int *cores, int count) {
#ifdef __linux__
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int index = 0; index < count; index++) {
    if (cores[index] < 0 || cores[index] >= CPU_SETSIZE) return -1;
    CPU_SET(cores[index], &set);
  }
  return sched_setaffinity(0, sizeof set, &set);
#else
  return -1;
#endif
}

int64_t cprocess_resident_bytes(void) {
#if defined(__linux__)
  // Opened for each question: a descriptor that is kept could be closed by others, or inherited.
  int descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  char text[128];
  ssize_t length = read(descriptor, text, sizeof text - 1);
  close(descriptor);
  if (length <= 0) return 0;
  text[length] = 0;
  // The second number is what is resident, in pages.
  char *rest = NULL;
  strtoll(text, &rest, 10);
  return strtoll(rest, NULL, 10) * sysconf(_SC_PAGESIZE);
#elif defined(__APPLE__)
  mach_task_basic_info_data_t info;
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  if (task_info(mach_task_self(), MACH_TASK_BASIC_INFO, (task_info_t)&info, &count) != KERN_SUCCESS) return 0;
  return (int64_t)info.resident_size;
#else
  return 0;
#endif
}

void cprocess_release_free_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

// Makes a new socket ready for a loop: small pieces go out at once, and a closed peer is an error and no signal.
static int prepared(int socket) {
  if (socket < 0) return -1;
#ifndef __linux__
  fcntl(socket, F_SETFD, FD_CLOEXEC);
  fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
#endif
  int yes = 1;
#ifdef SO_NOSIGPIPE
  setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes);
#endif
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return socket;
}

static int tcp_socket(void) {
#ifdef __linux__
  // In one step, so that a child started meanwhile by another thread does not inherit it.
  return prepared(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
#else
  return prepared(socket(AF_INET, SOCK_STREAM, 0));
#endif
}

static struct sockaddr_in loopback(uint16_t port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Closes a socket that could not be used and keeps the reason.
static int give_up(int socket) {
  int reason = errno;
  close(socket);
  errno = reason;
  return -1;
}

int cprocess_tcp_listen(uint16_t *port) {
  int listener = tcp_socket();
  if (listener < 0) return -1;
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 128) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) != 0)
    return give_up(listener);
  *port = ntohs(address.sin_port);
  return listener;
}

int cprocess_tcp_accept(int listener) {
#ifdef __linux__
  return prepared(accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
#else
  return prepared(accept(listener, NULL, NULL));
#endif
}

int cprocess_tcp_connect(uint16_t port) {
  int socket = tcp_socket();
  if (socket < 0) return -1;
  struct sockaddr_in address = loopback(port);
  if (connect(socket, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) return give_up(socket);
  return socket;
}

int cprocess_tcp_error(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

int64_t cprocess_tcp_write(int socket, const void *bytes, int64_t count) {
#ifdef MSG_NOSIGNAL
  return send(socket, bytes, count, MSG_NOSIGNAL);
#else
  return send(socket, bytes, count, 0);
#endif
}

void cprocess_tcp_reset(int socket) {
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(socket);
}
