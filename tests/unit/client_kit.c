/*
 * The stand-in server of client_kit.h.  It fails the test program at once when
 * something that cannot fail does.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <json-c/json.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client_kit.h"

struct kit {
	int		 listener;
	pthread_t	 thread;
	kit_serve	*serve;
	void		*arg;
	char		 where[128];
};

static void *
kit_thread(void *arg)
{
	struct kit	*k = arg;
	FILE		*in, *out;
	int		 fd;

	while ((fd = accept(k->listener, NULL, NULL)) != -1) {
		if ((in = fdopen(fd, "r")) == NULL ||
		    (out = fdopen(dup(fd), "w")) == NULL)
			err(1, "fdopen");
		k->serve(in, out, k->arg);
		fclose(out);
		fclose(in);
	}
	return NULL;
}

static void
listen_inet(struct kit *k)
{
	struct sockaddr_in	a = { .sin_family = AF_INET };
	socklen_t		n = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	k->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(k->listener, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    getsockname(k->listener, (struct sockaddr *)&a, &n) == -1)
		err(1, "bind");
	snprintf(k->where, sizeof(k->where), "127.0.0.1:%d",
	    ntohs(a.sin_port));
}

static void
listen_unix(struct kit *k, const char *path)
{
	struct sockaddr_un	a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	unlink(path);
	k->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(k->listener, (struct sockaddr *)&a, sizeof(a)) == -1)
		err(1, "%s", path);
	snprintf(k->where, sizeof(k->where), "%s", path);
}

struct kit *
kit_start(const char *unix_path, kit_serve *serve, void *arg)
{
	struct kit	*k = calloc(1, sizeof(*k));

	if (k == NULL)
		err(1, "calloc");
	k->serve = serve;
	k->arg = arg;
	if (unix_path != NULL)
		listen_unix(k, unix_path);
	else
		listen_inet(k);
	if (listen(k->listener, 5) == -1 ||
	    pthread_create(&k->thread, NULL, kit_thread, k) != 0)
		err(1, "kit");
	return k;
}

const char *
kit_where(const struct kit *k)
{
	return k->where;
}

void
kit_stop(struct kit *k)
{
	shutdown(k->listener, SHUT_RDWR);
	pthread_join(k->thread, NULL);
	close(k->listener);
	if (k->where[0] == '/')
		unlink(k->where);
	free(k);
}

static void
answer_call(struct json_object *call, FILE *out)
{
	struct json_object	*id, *params = NULL, *method = NULL;
	const char		*name;

	if (!json_object_object_get_ex(call, "id", &id))
		return;
	json_object_object_get_ex(call, "params", &params);
	json_object_object_get_ex(call, "method", &method);
	name = method == NULL ? "" : json_object_get_string(method);
	fprintf(out, "{\"jsonrpc\":\"2.0\",\"id\":%s,",
	    json_object_to_json_string_ext(id, JSON_C_TO_STRING_PLAIN));
	if (strcmp(name, "ping") == 0)
		fputs("\"result\":{}}\n", out);
	else if (strcmp(name, "echo") == 0)
		fprintf(out, "\"result\":%s}\n",
		    json_object_to_json_string_ext(params,
		    JSON_C_TO_STRING_PLAIN));
	else
		fputs("\"error\":{\"code\":-32601,\"message\":\"no such "
		    "method\",\"data\":{\"kind\":\"method_not_found\","
		    "\"retryable\":false,\"path\":\"/method\","
		    "\"hint\":\"did you mean ping?\"}}}\n", out);
}

void
kit_answer(FILE *in, FILE *out, void *arg)
{
	struct json_object	*call;
	char			*line = NULL;
	size_t			 size = 0;

	(void)arg;
	while (getline(&line, &size, in) > 0) {
		if ((call = json_tokener_parse(line)) == NULL)
			fputs("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
			    "{\"code\":-32700,\"message\":\"the line is not "
			    "valid JSON\",\"data\":{\"kind\":\"parse\","
			    "\"retryable\":false}}}\n", out);
		else
			answer_call(call, out);
		json_object_put(call);
		fflush(out);
	}
	free(line);
}
