/*
 * ormd-model check: what ormd would refuse in model files, and what it would
 * warn of; and, where a database is named, how that differs from the model,
 * by its catalog and, with --data, by its rows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift.h"
#include "model_command.h"
#include "model_database.h"
#include "model_file.h"

/* What the model alone is warned of. */
static void
print_warnings(const char *file, const struct registry *r)
{
	const struct model_note	*note;
	size_t			 i;

	for (i = 0; i < r->warnings.n; i++) {
		note = r->warnings.v[i];
		model_file_note(file, "warning: ", note->path, note->text,
		    note->hint);
	}
}

static int
check_file(char *file)
{
	struct registry	*r;
	int		 status = EXIT_SUCCESS;

	if ((r = model_file_load(file, &status)) == NULL)
		return status;
	print_warnings(file, r);
	printf("%s: models: %zu, tables: %zu, warnings: %zu\n", file,
	    r->models.n, r->tables.n, r->warnings.n);
	registry_free(r);
	return status;
}

/* Runs what only the rows can tell.  -1 when the database is gone. */
static int
run_probes(PGconn *conn, const struct probes *probes, struct findings *f)
{
	const struct probe	*p;
	char			 why[DATABASE_WHY];
	PGresult		*r;
	size_t			 i;

	for (i = 0; i < probes->v.n; i++) {
		p = probes->v.v[i];
		if ((r = database_try(conn, p->sql, why)) != NULL)
			probe_take(f, p, PQgetvalue(r, 0, 0),
			    PQgetvalue(r, 0, 1));
		else if (*why == '\0')
			return -1;
		else
			probe_fail(f, p, why);
		PQclear(r);
	}
	return 0;
}

static void
print_findings(const char *file, const struct registry *r,
    const struct findings *f)
{
	const struct finding	*found;
	size_t			 i;

	print_warnings(file, r);
	for (i = 0; i < f->v.n; i++) {
		found = f->v.v[i];
		model_file_note(file, found->is_error ? "error: " :
		    "warning: ", found->note.path, found->note.text,
		    found->note.hint);
	}
	printf("%s: models: %zu, tables: %zu, errors: %zu, warnings: %zu\n",
	    file, r->models.n, r->tables.n, f->errors,
	    r->warnings.n + f->v.n - f->errors);
}

/* The model against the database; both are there. */
static int
compare(const char *file, const struct registry *r, PGconn *conn,
    unsigned kinds)
{
	struct findings	f;
	struct found	database;
	struct probes	probes;
	int		status = EXIT_USAGE;

	found_init(&database);
	findings_init(&f);
	if (database_look(conn, &database, NULL, 0) == 0) {
		drift_find(r, &database, &f);
		probes_make(r, &database, kinds, &probes, &f);
		if (f.broken)
			fprintf(stderr, "ormd-model: %s\n", strerror(ENOMEM));
		else if (run_probes(conn, &probes, &f) == 0) {
			print_findings(file, r, &f);
			status = f.errors > 0 ? EXIT_FINDINGS : EXIT_SUCCESS;
		}
	}
	findings_release(&f);
	found_release(&database);
	return status;
}

static int
check_database(char *file, const char *conninfo, unsigned kinds)
{
	struct registry	*r;
	PGconn		*conn;
	int		 status = EXIT_SUCCESS;

	if ((r = model_file_load(file, &status)) == NULL)
		return status;
	if ((conn = database_open(conninfo)) == NULL)
		status = EXIT_USAGE;
	else
		status = compare(file, r, conn, kinds);
	PQfinish(conn);
	registry_free(r);
	return status;
}

int
command_check(int argc, char **argv)
{
	const char	*conninfo = NULL;
	unsigned	 kinds = PROBE_SEQUENCE;
	int		 i, files = 0, status = EXIT_SUCCESS, one;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--data") == 0)
			kinds |= PROBE_DATA;
		else if (database_is_conninfo(argv[i]) && conninfo == NULL)
			conninfo = argv[i];
		else if (argv[i][0] == '-' && argv[i][1] != '\0')
			return COMMAND_MISUSED;
		else
			argv[1 + files++] = argv[i];
	}
	if (files == 0 || (conninfo != NULL && files > 1) ||
	    (conninfo == NULL && (kinds & PROBE_DATA) != 0))
		return COMMAND_MISUSED;
	if (conninfo != NULL)
		return check_database(argv[1], conninfo, kinds);
	for (i = 1; i <= files; i++) {
		one = check_file(argv[i]);
		status = one > status ? one : status;
	}
	return status;
}
