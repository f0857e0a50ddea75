// The few system calls that Swift's C library module does not show: macros, variadic functions and Linux extensions.
#ifndef CPROCESS_H
#define CPROCESS_H

#include <stdint.h>

/// Asks the kernel to end this process when the thread that started it ends. Returns 0, or -1 where the system has no
/// such service.
int cprocess_die_with_parent(void);

/// Names the calling thread, for debuggers and `top`. Linux keeps the first 15 bytes.
void cprocess_name_this_thread(const char *name);

/// Makes a pair of descriptors, close-on-exec and non-blocking, for waking a poller: what is written to the second can
/// be read from the first. Returns 0, or -1 with errno.
int cprocess_wake_pipe(int descriptors[2]);

/// Makes a descriptor, close-on-exec and non-blocking, that becomes readable at a time of the monotonic clock: a poller
/// counts in milliseconds. Returns -1 where the system has no such thing.
int cprocess_timer(void);

/// Sets the time, in nanoseconds, at which a timer becomes readable, in place of the one that it was set to.
void cprocess_timer_set(int timer, int64_t nanoseconds);

/// Reads the processor time that a process of this user has taken, in nanoseconds; -1 where that cannot be told.
int64_t cprocess_processor_time(int process);

/// Starts a thread that runs `body(context)`, and puts its identity in `thread`. Returns 0 or an errno code.
int cprocess_thread_start(uintptr_t *thread, void (*body)(void *), void *context);

/// Waits until a thread has ended. A thread is joined or let go, once.
void cprocess_thread_join(uintptr_t thread);

/// Lets a thread run on by itself.
void cprocess_thread_detach(uintptr_t thread);

/// Puts the numbers of the processor cores that the calling thread may run on in `cores`, at most `room`. Returns how many
/// there are, or -1 where the system does not tell.
int cprocess_cores(int *cores, int room);

/// Has the calling thread, and every thread and process that it starts from now on, run on these processor cores only.
/// Returns 0, or -1 where that cannot be.
int cprocess_stay_on_cores(const int *cores, int count);

/// The memory of this process that is resident, in bytes; 0 where the system does not tell.
int64_t cprocess_resident_bytes(void);

/// Gives memory that was freed back to the system, where the allocator keeps it.
void cprocess_release_free_memory(void);

/// Opens a TCP socket that listens on a free port of the loopback address, close-on-exec and non-blocking, and puts the
/// port in `port`. Returns it, or -1 with errno.
int cprocess_tcp_listen(uint16_t *port);

/// Accepts a connection, close-on-exec and non-blocking, without delays of small pieces. Returns it, or -1 with errno.
int cprocess_tcp_accept(int listener);

/// Begins a connection to a port of the loopback address, likewise; it stands once the socket is writable. Returns it, or
/// -1 with errno.
int cprocess_tcp_connect(uint16_t port);

/// Takes the error of a socket, 0 if there is none.
int cprocess_tcp_error(int socket);

/// Writes to a socket; a closed one is an error and no signal. Returns the number of bytes, or -1 with errno.
int64_t cprocess_tcp_write(int socket, const void *bytes, int64_t count);

/// Closes a connection with a reset: what neither side has taken in yet is lost.
void cprocess_tcp_reset(int socket);

#endif
