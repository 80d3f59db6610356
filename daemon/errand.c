/*
 * Runs blocking calls in one thread and brings their results back to the loop
 * through an eventfd.  Called by cancel and backend.  It refuses errands past
 * its limit; a caller then does without.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "errand.h"

enum { FAREWELL_SECONDS = 2 };	/* errands_free() waits that long */

struct errand_list {
	struct errand	*first, *last;
	unsigned	 n;
};

struct errands {
	pthread_t		 thread;
	pthread_mutex_t		 mutex;
	pthread_cond_t		 wake;
	struct event		 event;
	int			 fd;
	unsigned		 most;
	/* Under the mutex: */
	struct errand_list	 todo, finished;
	bool			 stop;
};

static void
list_push(struct errand_list *list, struct errand *errand)
{
	errand->next = NULL;
	if (list->last != NULL)
		list->last->next = errand;
	else
		list->first = errand;
	list->last = errand;
	list->n++;
}

static struct errand *
list_shift(struct errand_list *list)
{
	struct errand	*errand = list->first;

	if (errand == NULL)
		return NULL;
	if ((list->first = errand->next) == NULL)
		list->last = NULL;
	list->n--;
	return errand;
}

static void
nudge(const struct errands *errands)
{
	uint64_t	one = 1;

	/* It fails only when 2^64 - 2 nudges wait: then one more is moot. */
	while (write(errands->fd, &one, sizeof(one)) == -1 && errno == EINTR)
		;
}

static void *
errands_run(void *arg)
{
	struct errands	*errands = arg;
	struct errand	*errand;

	pthread_mutex_lock(&errands->mutex);
	while (!errands->stop) {
		if ((errand = list_shift(&errands->todo)) == NULL) {
			pthread_cond_wait(&errands->wake, &errands->mutex);
			continue;
		}
		pthread_mutex_unlock(&errands->mutex);
		errand->run(errand);
		pthread_mutex_lock(&errands->mutex);
		errand->ran = true;
		list_push(&errands->finished, errand);
		nudge(errands);
	}
	pthread_mutex_unlock(&errands->mutex);
	return NULL;
}

static void
finished_tell(struct errands *errands)
{
	struct errand_list	 finished;
	struct errand		*errand;

	pthread_mutex_lock(&errands->mutex);
	finished = errands->finished;
	memset(&errands->finished, 0, sizeof(errands->finished));
	pthread_mutex_unlock(&errands->mutex);
	while ((errand = list_shift(&finished)) != NULL)
		errand->done(errand);
}

static void
errands_ready(evutil_socket_t fd, short what, void *arg)
{
	uint64_t	count;

	(void)what;
	if (read(fd, &count, sizeof(count)) == sizeof(count))
		finished_tell(arg);
}

/* All signals are the loop's; also SIGPIPE, which libpq does not hold off. */
static int
thread_start(struct errands *errands)
{
	sigset_t	all, before;
	int		error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&errands->thread, NULL, errands_run, errands);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return error == 0 ? 0 : -1;
}

struct errands *
errands_new(struct loop *loop, unsigned most)
{
	struct errands	*errands;
	int		 saved;

	if ((errands = calloc(1, sizeof(*errands))) == NULL)
		return NULL;
	errands->most = most;
	pthread_mutex_init(&errands->mutex, NULL);
	pthread_cond_init(&errands->wake, NULL);
	if ((errands->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) == -1)
		goto fail;
	if (event_assign(&errands->event, loop->base, errands->fd,
	    EV_READ | EV_PERSIST, errands_ready, errands) == -1 ||
	    event_add(&errands->event, NULL) == -1)
		goto fail;
	if (thread_start(errands) == 0)
		return errands;
	event_del(&errands->event);
fail:
	saved = errno;
	if (errands->fd != -1)
		close(errands->fd);
	free(errands);
	errno = saved;
	return NULL;
}

int
errands_send(struct errands *errands, struct errand *errand)
{
	int	r = -1;

	pthread_mutex_lock(&errands->mutex);
	if (errands->todo.n < errands->most) {
		errand->ran = false;
		list_push(&errands->todo, errand);
		pthread_cond_signal(&errands->wake);
		r = 0;
	}
	pthread_mutex_unlock(&errands->mutex);
	return r;
}

int
errands_free(struct errands *errands)
{
	struct errand_list	 todo;
	struct errand		*errand;
	struct timespec		 until;

	if (errands == NULL)
		return 0;
	event_del(&errands->event);
	pthread_mutex_lock(&errands->mutex);
	errands->stop = true;
	todo = errands->todo;
	memset(&errands->todo, 0, sizeof(errands->todo));
	pthread_cond_signal(&errands->wake);
	pthread_mutex_unlock(&errands->mutex);
	while ((errand = list_shift(&todo)) != NULL)
		errand->done(errand);

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += FAREWELL_SECONDS;
	if (pthread_timedjoin_np(errands->thread, NULL, &until) != 0) {
		pthread_detach(errands->thread);
		finished_tell(errands);
		return -1;
	}
	finished_tell(errands);
	close(errands->fd);
	pthread_cond_destroy(&errands->wake);
	pthread_mutex_destroy(&errands->mutex);
	free(errands);
	return 0;
}
