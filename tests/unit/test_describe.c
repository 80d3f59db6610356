/*
 * What a client may know of a model: everything about what it can name, and
 * nothing about private columns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "describe.h"
#include "model_kit.h"

/*
 * Every kind of attribute, and private columns wherever columns are named: in
 * a key, a unique set, a foreign key, an order.
 */
static const char	models[] =
"{'ormd': 1, 'enums': {'mood': ['ok', 'so `so`']}, 'models': {"
"'Author': {'table': 'authors', 'comment': 'who writes', 'columns': {"
" 'id': {'type': 'integer', 'primary_key': true},"
" 'name': {'type': 'varchar(40)', 'nullable': false, 'unique': true},"
" 'mood': {'type': 'mood', 'default': '`ok`'},"
" 'moods': {'type': 'mood[]'},"
" 'born': {'type': 'date', 'comment': 'UTC', 'read_only': true},"
" 'pin': {'type': 'text', 'write_only': true},"
" 'tries': {'type': 'integer'},"
" '_hash': {'type': 'text', 'unique': true, 'default': '`secret`'}},"
" 'unique': [['name', '_hash'], ['born', 'mood']],"
" 'version': 'tries',"
" 'relationships': {"
"  'books': {'target': 'Book', 'back_populates': 'author',"
"   'cascade': 'all, delete-orphan', 'collection': 'set',"
"   'order_by': ['-title', 'id']},"
"  'desk': {'target': 'Desk', 'back_populates': 'owner', 'uselist': false,"
"   'passive_deletes': true},"
"  'friends': {'target': 'Author', 'secondary': {'table': 'friends',"
"   'local': ['a_id'], 'remote': ['b_id']}, 'viewonly': true}},"
" 'association_proxies': {"
"  'titles': {'through': 'books', 'attribute': 'title',"
"   'creator': {'title': '$item'}},"
"  'shelves': {'through': 'books', 'attribute': 'shelf'}},"
" 'serialize_rules': ['-books.author', '-desk.owner', '-friends'],"
" 'serialize_proxies': true},"
"'Book': {'table': 'books', 'columns': {"
" 'id': {'type': 'integer', 'primary_key': true},"
" 'title': {'type': 'text'},"
" 'author_id': {'type': 'integer', 'references': 'authors.id'},"
" '_shelf': {'type': 'integer', 'references': 'shelves.id'}},"
" 'orphan': 'all',"
" 'relationships': {"
"  'author': {'target': 'Author', 'back_populates': 'books'},"
"  'shelf': {'target': 'Shelf', 'cascade': 'delete-orphan, delete',"
"   'single_parent': true}},"
" 'serialize_only': ['title']},"
"'Shelf': {'table': 'shelves', 'columns': {"
" 'id': {'type': 'integer', 'primary_key': true}}},"
"'Desk': {'table': 'desks', 'columns': {"
" 'row': {'type': 'smallint'}, '_seat': {'type': 'smallint'},"
" 'owner_id': {'type': 'integer', 'references': 'authors.id'}},"
" 'primary_key': ['row', '_seat'],"
" 'relationships': {"
"  'owner': {'target': 'Author', 'back_populates': 'desk'}}}},"
"'tables': {'friends': {'columns': {"
" 'a_id': {'type': 'integer', 'references': 'authors.id'},"
" 'b_id': {'type': 'integer', 'references': 'authors.id'}},"
" 'primary_key': ['a_id', 'b_id']}}}";

/* A message is cut at some hundred bytes: shows where the texts part. */
static void
equal(const char *got, const char *want)
{
	size_t	i;

	for (i = 0; got[i] == want[i]; i++)
		if (got[i] == '\0')
			return;
	fail_msg("%.80s, not %.80s", got + i, want + i);
}

/* What this class sees of it is this text, written with ' for ". */
static void
described_for(const char *file, const char *name, enum access_class class,
    const char *want)
{
	struct registry	*r = kit_load(file);
	struct buf	 b, text;

	buf_init(&b, 0);
	buf_init(&text, 0);
	describe_model(&b, registry_model(r, name), class);
	assert_false(b.broken);
	buf_putc(&b, '\0');
	for (; *want != '\0'; want++)
		buf_putc(&text, *want == '\'' ? '"' :
		    *want == '`' ? '\'' : *want);
	buf_putc(&text, '\0');
	equal(b.p, text.p);
	buf_free(&b);
	buf_free(&text);
	registry_free(r);
}

static void
described(const char *name, const char *want)
{
	described_for(models, name, CLASS_ADMIN, want);
}

static void
everything_that_can_be_named_is_described(void **state)
{
	(void)state;
	described("Author", "{'comment':'who writes','key':['id'],"
	    "'unique':[['name'],['born','mood']],'version':'tries',"
	    "'attributes':{"
	    "'id':{'kind':'column','type':'integer','nullable':false,"
	    "'primary_key':true,'unique':true,'generated':true},"
	    "'name':{'kind':'column','type':'varchar(40)','nullable':false,"
	    "'unique':true},"
	    "'mood':{'kind':'column','type':'mood','values':['ok','so `so`'],"
	    "'nullable':true,'default':'`ok`'},"
	    "'moods':{'kind':'column','type':'mood[]','values':['ok',"
	    "'so `so`'],'nullable':true},"
	    "'born':{'kind':'column','type':'date','comment':'UTC',"
	    "'nullable':true,"
	    "'read_only':true},"
	    "'pin':{'kind':'column','type':'text','nullable':true,"
	    "'write_only':true},"
	    "'tries':{'kind':'column','type':'integer','nullable':true},"
	    "'books':{'kind':'relationship','target':'Book','direction':"
	    "'one-to-many','list':true,'back_populates':'author','cascade':"
	    "['save-update','merge','refresh-expire','expunge','delete',"
	    "'delete-orphan'],'collection':'set','order_by':['-title','id']},"
	    "'desk':{'kind':'relationship','target':'Desk','direction':"
	    "'one-to-one','list':false,'back_populates':'owner','cascade':"
	    "['save-update','merge'],'passive_deletes':true},"
	    "'friends':{'kind':'relationship','target':'Author','direction':"
	    "'many-to-many','list':true,'cascade':[],"
	    "'read_only':true},"
	    "'titles':{'kind':'proxy','through':'books','attribute':'title',"
	    "'type':'text','list':true,'creator':{'title':'$item'}},"
	    "'shelves':{'kind':'proxy','through':'books','attribute':'shelf',"
	    "'target':'Shelf','list':true,'creator':{'shelf':'$item'}}},"
	    "'serialize_rules':['-books.author','-desk.owner','-friends'],"
	    "'serialize_proxies':true}");
}

static void
what_private_columns_take_part_in_is_not(void **state)
{
	(void)state;
	described("Book", "{'key':['id'],'unique':[],'orphan':'all',"
	    "'attributes':{"
	    "'id':{'kind':'column','type':'integer','nullable':false,"
	    "'primary_key':true,'unique':true,'generated':true},"
	    "'title':{'kind':'column','type':'text','nullable':true},"
	    "'author_id':{'kind':'column','type':'integer','nullable':true,"
	    "'references':'Author.id'},"
	    "'author':{'kind':'relationship','target':'Author','direction':"
	    "'many-to-one','list':false,'back_populates':'books','columns':"
	    "['author_id'],'cascade':['save-update','merge']},"
	    "'shelf':{'kind':'relationship','target':'Shelf','direction':"
	    "'many-to-one','list':false,'cascade':['delete','delete-orphan'],"
	    "'single_parent':true}},"
	    "'serialize_rules':[],'serialize_only':['title']}");
	described("Desk", "{'unique':[],'attributes':{"
	    "'row':{'kind':'column','type':'smallint','nullable':false,"
	    "'primary_key':true},"
	    "'owner_id':{'kind':'column','type':'integer','nullable':true,"
	    "'references':'Author.id'},"
	    "'owner':{'kind':'relationship','target':'Author','direction':"
	    "'one-to-one','list':false,'back_populates':'desk','columns':"
	    "['owner_id'],'cascade':['save-update','merge']}},"
	    "'serialize_rules':[]}");
}

static const char	secrets[] = "{'ormd': 1, 'auth': {'model': 'Man', "
"'login': 'name', 'password': '_hash'}, 'models': {'Man': {'table': 'men',"
"'columns': {'id': {'type': 'integer', 'primary_key': true},"
" 'name': {'type': 'text', 'unique': true, 'nullable': false,"
"  'read_only': ['user']},"
" '_hash': {'type': 'text'},"
" 'mail': {'type': 'text', 'unique': true, 'hidden_from': ['user']},"
" 'boss_id': {'type': 'integer', 'references': 'men.id'}},"
"'relationships': {"
" 'boss': {'target': 'Man', 'remote_side': ['id'], 'back_populates': 'men'},"
" 'men': {'target': 'Man', 'back_populates': 'boss',"
"  'hidden_from': ['anyone'], 'crosses_owners': true,"
"  'order_by': ['mail', 'name']}},"
"'access': {'owner': 'boss.boss', 'read': ['anyone'],"
" 'update': ['owner', 'admin']},"
"'serialize_rules': ['-mail', '-boss.mail', '-men']}}}";

static void
each_class_is_told_what_is_there_for_it(void **state)
{
	(void)state;
	described_for(secrets, "Man", CLASS_ANYONE,
	    "{'key':['id'],'unique':[['name']],'attributes':{"
	    "'id':{'kind':'column','type':'integer','nullable':false,"
	    "'primary_key':true,'unique':true,'generated':true},"
	    "'name':{'kind':'column','type':'text','nullable':false,"
	    "'unique':true,'read_only':true},"
	    "'boss_id':{'kind':'column','type':'integer','nullable':true,"
	    "'references':'Man.id'},"
	    "'boss':{'kind':'relationship','target':'Man','direction':"
	    "'many-to-one','list':false,'columns':['boss_id'],'cascade':"
	    "['save-update','merge']},"
	    "'password':{'kind':'column','password':true,'type':'text',"
	    "'nullable':true,'write_only':true}},"
	    "'access':{'owner':'boss.boss','read':['anyone'],'create':[],"
	    "'update':['owner','admin'],'delete':[]},'serialize_rules':[]}");
	described_for(secrets, "Man", CLASS_ADMIN,
	    "{'key':['id'],'unique':[['name'],['mail']],'attributes':{"
	    "'id':{'kind':'column','type':'integer','nullable':false,"
	    "'primary_key':true,'unique':true,'generated':true},"
	    "'name':{'kind':'column','type':'text','nullable':false,"
	    "'unique':true},"
	    "'mail':{'kind':'column','type':'text','nullable':true,"
	    "'unique':true},"
	    "'boss_id':{'kind':'column','type':'integer','nullable':true,"
	    "'references':'Man.id'},"
	    "'boss':{'kind':'relationship','target':'Man','direction':"
	    "'many-to-one','list':false,'back_populates':'men','columns':"
	    "['boss_id'],'cascade':['save-update','merge']},"
	    "'men':{'kind':'relationship','target':'Man','direction':"
	    "'one-to-many','list':true,'back_populates':'boss','cascade':"
	    "['save-update','merge'],'order_by':['mail','name'],"
	    "'crosses_owners':true},"
	    "'password':{'kind':'column','password':true,'type':'text',"
	    "'nullable':true,'write_only':true}},"
	    "'access':{'owner':'boss.boss','read':['anyone'],'create':[],"
	    "'update':['owner','admin'],'delete':[]},"
	    "'serialize_rules':['-mail','-boss.mail','-men']}");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(everything_that_can_be_named_is_described),
		cmocka_unit_test(what_private_columns_take_part_in_is_not),
		cmocka_unit_test(each_class_is_told_what_is_there_for_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
