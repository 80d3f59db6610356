/*
 * What rpc.discover says about methods and parameters, where the tables of
 * methods only have names.  Read by the document.  A method or parameter
 * without a row here is in the document all the same, as anything at all, and
 * fails tests/unit/test_discover.c.
 */
#include <string.h>

#include "bounds.h"
#include "discover.h"

#define TEXT		"{'type':'string'}"
#define TEXTS		"{'type':'array','items':" TEXT "}"
#define PLACE		"{'type':['string','null']}"
#define REF(name)	"{'$ref':'#/components/schemas/" name "'}"
#define WHOLE		"{'type':'integer','minimum':0}"
#define USER		"{'type':['object','null']}"
#define COUNTS		"{'type':'object','additionalProperties':" WHOLE "}"
/* What `return' of a write asks for. */
#define WRITTEN		"{'anyOf':[" REF("object") "," REF("key") \
			",{'type':'null'}]}"
#define CHANGES		"{'type':'object','additionalProperties':" \
			REF("changes") "}"

/* Those of one method stand before those of all. */
static const struct param_words	params[] = {
	{ "client", "hello", false, "who asks", TEXT, 0, BY_NOTHING },
	{ "id", "cancel", true, "the id of the request",
	    "{'type':['integer','string','null']}", 0, BY_NOTHING },
	{ "username", NULL, false, "the login of a user", TEXT, 0,
	    BY_NOTHING },
	{ "password", NULL, false, "this user's", TEXT, 0, BY_NOTHING },
	{ "token", NULL, false, "in place of both: what an earlier login gave",
	    TEXT, 0, BY_NOTHING },
	{ "all", NULL, false, "whether all tokens of the user end",
	    "{'type':'boolean'}", 0, BY_NOTHING },
	{ "model", "describe", false, "this model only", REF("model"), 0,
	    BY_NOTHING },
	{ "values", "create", true, "a new object, or a list of them",
	    "{'type':['object','array']}", 0, BY_VALUES_LIST },
	{ "values", "merge", true, "the object, with its key",
	    "{'type':'object'}", 0, BY_VALUES },
	{ "values", "update", true, "what changes", "{'type':'object'}", 0,
	    BY_VALUES },
	{ "count", "find", false, "whether to count what matches",
	    "{'type':'boolean'}", 0, BY_NOTHING },
	{ "group_by", NULL, false, "columns, also of what objects refer to",
	    TEXTS, 0, BY_NOTHING },
	{ "functions", NULL, false, "what is told of each group, by name",
	    "{'type':'object','additionalProperties':{'anyOf':[{'const':"
	    "'count'},{'type':'object','propertyNames':{'enum':['count',"
	    "'count_distinct','sum','avg','min','max']},'minProperties':1,"
	    "'maxProperties':1,'additionalProperties':" TEXT "}]}}", 0,
	    BY_NOTHING },
	{ "having", NULL, false, "a condition on members of a group",
	    "{'type':'object'}", 0, BY_NOTHING },
	{ "order_by", "aggregate", false, "members of a group, with - before "
	    "one to turn it", TEXTS, 0, BY_NOTHING },
	{ "limit", "aggregate", false, "the most groups",
	    "{'type':'integer','minimum':1,'maximum':#}", PAGE_MOST,
	    BY_NOTHING },
	{ "ops", "transaction", true, "operations, in order", REF("ops"), 0,
	    BY_NOTHING },
	{ "isolation", "transaction", false, "what it may see of others",
	    "{'enum':['read committed','repeatable read','serializable']}", 0,
	    BY_NOTHING },
	{ "method", "preview", true, "a write", TEXT, 0, BY_NOTHING },
	{ "params", "preview", true, "what it would be sent with",
	    "{'type':'object'}", 0, BY_NOTHING },
	{ "model", NULL, true, "the model's name", REF("model"), 0,
	    BY_NOTHING },
	{ "id", NULL, true, "the key, or the values of a unique set of columns",
	    "{}", 0, BY_ID },
	{ "where", NULL, false, "a condition", "{'type':'object'}", 0,
	    BY_WHERE },
	{ "order_by", NULL, false, "columns, with - before one to turn it",
	    TEXTS, 0, BY_NOTHING },
	{ "limit", NULL, false, "the most objects: 1000 of a page, any number "
	    "of a stream", "{'type':'integer','minimum':1}", 0, BY_NOTHING },
	{ "stream", NULL, false, "whether all come, in lines of their own",
	    "{'type':'boolean'}", 0, BY_NOTHING },
	{ "after", NULL, false, "`next' of a page: what comes behind it", TEXT,
	    0, BY_NOTHING },
	{ "before", NULL, false, "`prev' of a page: what comes before it",
	    TEXT, 0, BY_NOTHING },
	{ "rules", NULL, false, "serialize rules above those of the model",
	    TEXTS, 0, BY_NOTHING },
	{ "only", NULL, false, "what alone is printed", TEXTS, 0,
	    BY_NOTHING },
	{ "load", NULL, false, "which members of collections, in which order",
	    REF("load"), 0, BY_NOTHING },
	{ "return", NULL, false, "what to answer",
	    "{'enum':['object','key','none']}", 0, BY_NOTHING },
	{ "version", NULL, false, "the version that was read", "{}", 0,
	    BY_VERSION },
	{ "attribute", NULL, true, "a collection or a proxy", TEXT, 0,
	    BY_ATTRIBUTE },
	{ "items", NULL, true, "members, or who shall be one",
	    "{'type':'array'}", 0, BY_ITEMS },
	{ "max", NULL, false, "how many rows may go or change",
	    "{'anyOf':[" WHOLE "," COUNTS "]}", 0,
	    BY_NOTHING },
	{ "plan", NULL, false, "the token of a preview",
	    TEXT, 0, BY_NOTHING },
	{ "key", NULL, false, "makes the write happen once, however often it "
	    "is sent", "{'type':'string','minLength':1,'maxLength':#}",
	    KEY_MOST, BY_NOTHING },
	{ "deadline_ms", NULL, false, "milliseconds until it is given up",
	    "{'type':'integer','minimum':1,'maximum':#}",
	    DEADLINE_MOST_MS, BY_NOTHING },
};

static const struct method_words	methods[] = {
	{ "ping", "is anybody there", "{'type':'object','maxProperties':0}",
	    false },
	{ "hello", "who the server is", "{'type':'object','properties':{"
	    "'server':" TEXT ",'version':" TEXT ",'protocol':" WHOLE ","
	    "'limits':" COUNTS ",'models':" TEXTS ","
	    "'auth':{'type':'boolean'},'user':" USER ",'admin':{'type':"
	    "'boolean'}},'required':['server','version','protocol','limits',"
	    "'models','auth','user']}", false },
	{ "login", "who one is, from here on", "{'type':'object','properties':"
	    "{'user':" USER ",'admin':{'type':'boolean'},'token':" TEXT ","
	    "'expires':" TEXT "},'required':['user','admin','token','expires'"
	    "],'additionalProperties':false}", true },
	{ "logout", "nobody again", "{'type':'object','maxProperties':0}",
	    true },
	{ "describe", "the models as clients see them", "{'type':'object',"
	    "'properties':{'models':{'type':'object',"
	    "'additionalProperties':{'type':'object','properties':{"
	    "'key':" TEXTS ",'unique':{'type':'array','items':" TEXTS "},"
	    "'attributes':{'type':'object','additionalProperties':"
	    "{'type':'object','properties':{'kind':{'enum':['column',"
	    "'relationship','proxy']}},'required':['kind']}},"
	    "'serialize_rules':" TEXTS "},'required':['unique','attributes',"
	    "'serialize_rules']}}},'required':['models']}", false },
	{ "cancel", "ends a request of this connection",
	    "{'type':'object','maxProperties':0}", false },
	{ "rpc.discover", "this document", "{'type':'object',"
	    "'required':['openrpc','info','methods','components']}", false },
	{ "get", "one object by its key, or null",
	    "{'anyOf':[" REF("object") ",{'type':'null'}]}", false },
	{ "find", "the objects that match, page by page; or as a stream: "
	    "notifications `rows', with id, items and next, before the reply",
	    "{'type':'object','properties':{'items':{'type':'array','items':"
	    REF("object") "},'next':" PLACE ",'prev':" PLACE ",'count':"
	    WHOLE "},"
	    "'anyOf':[{'required':['items']},{'required':['count']}],"
	    "'additionalProperties':false}", false },
	{ "count", "how many match", "{'type':'object','properties':{"
	    "'count':" WHOLE "},'required':['count'],"
	    "'additionalProperties':false}", false },
	{ "aggregate", "functions over what matches, or is related to it",
	    "{'type':'object','properties':{'groups':{'type':'array','items':"
	    "{'type':'object'}},'more':{'const':true}},'required':['groups'],"
	    "'additionalProperties':false}", false },
	{ "create", "makes objects, with all that is nested in them",
	    "{'anyOf':[" WRITTEN ",{'type':'array','items':" WRITTEN "}]}",
	    false },
	{ "update", "changes attributes of an object", WRITTEN, false },
	{ "delete", "deletes an object, and what its cascades reach",
	    "{'type':['object','null'],'properties':{'deleted':" COUNTS ","
	    "'updated':" COUNTS "},'required':['deleted','updated'],"
	    "'additionalProperties':false}", false },
	{ "merge", "updates the object with this key, or makes it",
	    WRITTEN, false },
	{ "append", "puts items into a collection or a proxy", WRITTEN, false },
	{ "remove", "takes items out of it", WRITTEN, false },
	{ "set", "makes these its items, and no others", WRITTEN, false },
	{ "transaction", "several operations, all or none",
	    "{'type':'object','properties':{'results':{'type':'array'}},"
	    "'required':['results'],'additionalProperties':false}", false },
	{ "preview", "what a write would insert, update and delete",
	    "{'type':'object','properties':{'inserts':" CHANGES ",'updates':"
	    CHANGES ",'deletes':" CHANGES ",'plan':" TEXT ",'cut':"
	    "{'const':true}},'required':['inserts','updates','deletes'],"
	    "'additionalProperties':false}", false },
};

enum {
	PARAMS = sizeof(params) / sizeof(params[0]),
	METHODS = sizeof(methods) / sizeof(methods[0])
};

const struct param_words *
discover_param(const char *method, const char *name)
{
	size_t	i;

	for (i = 0; i < PARAMS; i++)
		if (strcmp(params[i].name, name) == 0 &&
		    (params[i].method == NULL ||
		    strcmp(params[i].method, method) == 0))
			return &params[i];
	return NULL;
}

const struct method_words *
discover_method(const char *name)
{
	size_t	i;

	for (i = 0; i < METHODS; i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}

const struct param_words *
discover_param_at(size_t i)
{
	return i < PARAMS ? &params[i] : NULL;
}

const struct method_words *
discover_method_at(size_t i)
{
	return i < METHODS ? &methods[i] : NULL;
}
