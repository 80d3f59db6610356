/*
 * The log: levels, one line a message, journald's form where stderr is its
 * stream and nowhere else.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

struct capture {
	int	saved;
	FILE	*file;
};

/* From here on stderr goes to a file. */
static struct capture
capture_begin(void)
{
	struct capture	c = { .saved = dup(STDERR_FILENO), .file = tmpfile() };

	assert_true(c.saved != -1);
	assert_non_null(c.file);
	assert_true(dup2(fileno(c.file), STDERR_FILENO) != -1);
	return c;
}

static void
capture_end(struct capture *c, char *text, size_t size)
{
	size_t	n;

	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	rewind(c->file);
	n = fread(text, 1, size - 1, c->file);
	text[n] = '\0';
	fclose(c->file);
}

static void
less_important_lines_are_dropped(void **state)
{
	struct log	log;
	struct capture	c;
	char		text[512];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_init(&log, LOG_LEVEL_WARNING);
	c = capture_begin();
	log_error(&log, "one %d", 1);
	log_warning(&log, "two");
	log_info(&log, "three");
	log_debug(&log, "four");
	capture_end(&c, text, sizeof(text));
	assert_string_equal(text, "ormd: error: one 1\normd: warning: two\n");
	assert_true(log_wanted(&log, LOG_LEVEL_ERROR));
	assert_false(log_wanted(&log, LOG_LEVEL_INFO));
}

static void
a_message_is_one_line_and_errno_stays(void **state)
{
	struct log	log;
	struct capture	c;
	char		text[4096], longest[3000];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	log_init(&log, LOG_LEVEL_DEBUG);
	c = capture_begin();
	errno = ENOTTY;
	log_info(&log, "a\nb\033c");
	assert_int_equal(errno, ENOTTY);
	log_info(&log, "%s", longest);
	capture_end(&c, text, sizeof(text));
	assert_memory_equal(text, "ormd: a b c\normd: xxx", 21);
	assert_true(strlen(text) < 1100);
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_ptr_equal(strchr(strchr(text, '\n') + 1, '\n'),
	    text + strlen(text) - 1);
}

static void
journald_gets_its_priorities(void **state)
{
	struct log	log, other;
	struct capture	c;
	struct stat	st;
	char		text[512], stream[64];

	(void)state;
	c = capture_begin();
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init(&log, LOG_LEVEL_DEBUG);
	/* Inherited, but stderr has been sent elsewhere. */
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_init(&other, LOG_LEVEL_DEBUG);
	log_error(&log, "e");
	log_warning(&log, "w");
	log_info(&log, "i");
	log_debug(&log, "d");
	log_debug(&other, "o");
	capture_end(&c, text, sizeof(text));
	assert_string_equal(text, "<3>e\n<4>w\n<6>i\n<7>d\normd: debug: o\n");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(less_important_lines_are_dropped),
		cmocka_unit_test(a_message_is_one_line_and_errno_stays),
		cmocka_unit_test(journald_gets_its_priorities)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
