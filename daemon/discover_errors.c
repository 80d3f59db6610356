/*
 * errors.def as a part of the OpenRPC document.  Called by the document.
 * OpenRPC wants one entry for each code, so an entry has a list of kinds.
 */
#include <stdio.h>

#include "discover_parts.h"
#include "json_out.h"

static bool
is_first_of_code(int kind)
{
	int	i;

	for (i = 0; i < kind; i++)
		if (error_rows[i].code == error_rows[kind].code)
			return false;
	return true;
}

void
discover_error_refs(struct buf *b)
{
	int	kind;

	buf_putc(b, '[');
	for (kind = 0; kind < ERROR_KINDS; kind++) {
		if (!is_first_of_code(kind))
			continue;
		json_put_comma(b);
		schema_text(b, "{'$ref':'#/components/errors/");
		buf_printf(b, "%d\"}", error_rows[kind].code);
	}
	buf_putc(b, ']');
}

void
discover_errors(struct buf *b)
{
	int	code, kind, i;
	char	name[16];

	for (i = 0; i < ERROR_KINDS; i++) {
		if (!is_first_of_code(i))
			continue;
		code = error_rows[i].code;
		snprintf(name, sizeof(name), "%d", code);
		json_put_key(b, name);
		buf_printf(b, "{\"code\":%d", code);
		json_put_member_text(b, "message", error_rows[i].message);
		schema_text(b, ",'data':{'kinds':[");
		for (kind = i; kind < ERROR_KINDS; kind++) {
			if (error_rows[kind].code != code)
				continue;
			json_put_comma(b);
			buf_putc(b, '{');
			json_put_member_text(b, "kind", error_rows[kind].kind);
			json_put_member_text(b, "message",
			    error_rows[kind].message);
			if (error_rows[kind].sqlstate[0] != '\0')
				json_put_member_text(b, "sqlstate",
				    error_rows[kind].sqlstate);
			json_put_member_bool(b, "retryable",
			    error_rows[kind].retryable);
			buf_putc(b, '}');
		}
		buf_puts(b, "]}}");
	}
}

void
discover_error_schema(struct buf *b)
{
	int	i;

	json_put_key(b, "error");
	schema_text(b, "{'type':'object','properties':{'code':{'type':"
	    "'integer'},'message':{'type':'string'},'data':{'type':'object',"
	    "'properties':{'kind':{'type':'string'},'retryable':{'type':"
	    "'boolean'},'sqlstate':{'type':'string'},'model':{'type':'string'"
	    "},'attribute':{'type':'string'},'constraint':{'type':'string'},"
	    "'path':{'type':'string'},'detail':{'type':'string'},"
	    "'hint':{'type':'string'},'committed':{'enum':['no','yes',"
	    "'unknown']}},'required':['kind','retryable'],"
	    "'additionalProperties':false}},"
	    "'required':['code','message','data'],"
	    "'additionalProperties':false,'anyOf':[");
	for (i = 0; i < ERROR_KINDS; i++) {
		json_put_comma(b);
		schema_text(b, "{'properties':{'code':{'const':");
		json_put_int(b, error_rows[i].code);
		schema_text(b, "},'data':{'properties':{'kind':{'const':");
		json_put_text(b, error_rows[i].kind);
		buf_puts(b, "}}}}}");
	}
	buf_puts(b, "]}");
}
