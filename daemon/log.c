/*
 * The log: lines on stderr, each written with one write() so that lines of
 * several processes do not mix.  Everybody in daemon/ calls this.  It refuses
 * nothing; what is too long is cut.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"

enum { LINE_LONGEST = 1024 };

/* syslog's numbers, which journald reads from "<N>". */
static const struct {
	char		 priority;
	const char	*word;
} levels[] = {
	[LOG_LEVEL_ERROR]	= { '3', "error: " },
	[LOG_LEVEL_WARNING]	= { '4', "warning: " },
	[LOG_LEVEL_INFO]	= { '6', "" },
	[LOG_LEVEL_DEBUG]	= { '7', "debug: " }
};

/*
 * JOURNAL_STREAM is inherited, so it only counts when it is this stderr that it
 * names by device and inode (systemd.exec(5)).
 */
static bool
stderr_is_journal(void)
{
	const char		*stream = getenv("JOURNAL_STREAM");
	unsigned long long	 device, inode;
	struct stat		 st;

	return stream != NULL &&
	    sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
	    st.st_ino == inode;
}

void
log_init(struct log *log, enum log_level level)
{
	log->level = level;
	log->journal = stderr_is_journal();
}

bool
log_wanted(const struct log *log, enum log_level level)
{
	return level <= log->level;
}

void
log_write(const struct log *log, enum log_level level, const char *format, ...)
{
	char	line[LINE_LONGEST];
	size_t	size = sizeof(line) - 1;	/* room for the line break */
	int	n, m, error = errno;
	char	*c;
	va_list	ap;

	if (!log_wanted(log, level))
		return;
	n = log->journal ?
	    snprintf(line, size, "<%c>", levels[level].priority) :
	    snprintf(line, size, "ormd: %s", levels[level].word);
	va_start(ap, format);
	m = vsnprintf(line + n, size - (size_t)n, format, ap);
	va_end(ap);
	n = m < 0 ? n : (size_t)(n + m) < size ? n + m : (int)size - 1;
	for (c = line; c < line + n; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	line[n++] = '\n';
	/* When the log cannot be written there is nobody to tell. */
	if (write(STDERR_FILENO, line, (size_t)n) == -1)
		errno = error;
	errno = error;
}
