#ifndef ORMD_LOG_H
#define ORMD_LOG_H

#include <stdbool.h>

/*
 * One line on stderr for each event worth a line.  Everybody in daemon/ calls
 * this.  Never log what a client sent, a parameter or a row: names of the
 * model, SQLSTATEs, counts and addresses only.
 */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG };

struct log {
	enum log_level	 level;		/* what is less important is dropped */
	bool		 journal;	/* "<3>" in front, for journald */
};

/* Journald's form where stderr is its stream (JOURNAL_STREAM names it). */
void	log_init(struct log *, enum log_level);
bool	log_wanted(const struct log *, enum log_level);
/* A line break in the text is written as a space.  Keeps errno. */
void	log_write(const struct log *, enum log_level, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

#define log_error(log, ...)	log_write((log), LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(log, ...)	log_write((log), LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(log, ...)	log_write((log), LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(log, ...)	log_write((log), LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
