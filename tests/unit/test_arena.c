/*
 * The arena: zeroed and aligned memory, its limit, and the order in which
 * foreign objects are destroyed.  Also vec.h, which lives in an arena.
 */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "vec.h"

/* Objects that note when they were destroyed. */
struct mark {
	int	*clock;
	int	 at;
};

static void
mark_destroy(void *object)
{
	struct mark	*m = object;

	m->at = ++*m->clock;
}

static void
memory_is_zeroed_and_aligned(void **state)
{
	struct arena	 a;
	unsigned char	*p;
	size_t		 size, i;

	(void)state;
	arena_init(&a, 0);
	for (size = 1; size < 5000; size = size * 3 + 1) {
		/* Dirty the page first, so that zeroes prove something. */
		memset(arena_raw(&a, size), 0xff, size);
		p = arena_alloc(&a, size);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
	}
	arena_release(&a);
}

static void
blocks_do_not_overlap(void **state)
{
	enum { BLOCKS = 2000 };
	struct arena	 a;
	unsigned char	*blocks[BLOCKS];
	size_t		 i, j;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; i < BLOCKS; i++) {
		blocks[i] = arena_raw(&a, i % 97 + 1);
		memset(blocks[i], (int)(i & 0xff), i % 97 + 1);
	}
	for (i = 0; i < BLOCKS; i++)
		for (j = 0; j < i % 97 + 1; j++)
			assert_int_equal(blocks[i][j], i & 0xff);
	arena_release(&a);
}

static void
a_block_larger_than_every_page_is_given(void **state)
{
	enum { LARGE = 1024 * 1024 };
	struct arena	 a;
	char		*small, *large;

	(void)state;
	arena_init(&a, 0);
	small = arena_strdup(&a, "before");
	large = arena_alloc(&a, LARGE);
	assert_non_null(large);
	memset(large, 'x', LARGE);
	assert_string_equal(small, "before");
	arena_release(&a);
}

static void
the_limit_refuses_and_release_lifts_it(void **state)
{
	struct arena	 a;
	size_t		 given = 0;

	(void)state;
	arena_init(&a, 1024);
	while (arena_alloc(&a, 64) != NULL)
		given += 64;
	assert_int_equal(given, 1024);
	assert_int_equal(a.used, 1024);
	assert_null(arena_raw(&a, 1));
	assert_null(arena_strdup(&a, "x"));
	assert_null(arena_printf(&a, "%d", 1));
	arena_release(&a);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_alloc(&a, 1024));
	assert_null(arena_alloc(&a, 1));
	arena_release(&a);
}

static void
a_limit_can_be_moved(void **state)
{
	struct arena	a;

	(void)state;
	arena_init(&a, 0);
	assert_non_null(arena_raw(&a, 100));
	arena_bound(&a, 160);
	assert_non_null(arena_raw(&a, 48));
	assert_null(arena_raw(&a, 1));
	arena_bound(&a, 0);
	assert_non_null(arena_raw(&a, 1));
	arena_bound(&a, 16);		/* less than is handed out already */
	assert_null(arena_raw(&a, 1));
	assert_non_null(arena_raw(&a, 0));
	arena_release(&a);
}

static void
absurd_sizes_are_refused(void **state)
{
	struct arena	a;
	volatile size_t	most = SIZE_MAX;	/* the compiler would see it */

	(void)state;
	arena_init(&a, 0);
	assert_null(arena_raw(&a, most));
	assert_null(arena_alloc(&a, most - 8));
	assert_null(arena_array(&a, SIZE_MAX / 4, 8));
	assert_null(arena_strndup(&a, "", SIZE_MAX));
	assert_int_equal(a.used, 0);
	arena_release(&a);
}

static void
texts_are_copied(void **state)
{
	struct arena	 a;
	char		 text[] = "moved";
	char		*whole, *part;

	(void)state;
	arena_init(&a, 0);
	whole = arena_strdup(&a, text);
	part = arena_strndup(&a, text, 3);
	memset(text, '-', sizeof(text) - 1);
	assert_string_equal(whole, "moved");
	assert_string_equal(part, "mov");
	assert_string_equal(arena_printf(&a, "%s %d", whole, 42), "moved 42");
	assert_string_equal(arena_printf(&a, "%s", ""), "");
	arena_release(&a);
}

static void
deferred_objects_go_last_first(void **state)
{
	struct arena	a;
	int		clock = 0;
	struct mark	first = { &clock, 0 }, second = { &clock, 0 };

	(void)state;
	arena_init(&a, 0);
	assert_int_equal(arena_defer(&a, mark_destroy, &first), 0);
	assert_int_equal(arena_defer(&a, mark_destroy, &second), 0);
	assert_int_equal(clock, 0);
	arena_release(&a);
	assert_int_equal(second.at, 1);
	assert_int_equal(first.at, 2);
	/* Once only. */
	arena_release(&a);
	assert_int_equal(clock, 2);
}

static void
defer_without_memory_destroys_at_once(void **state)
{
	struct arena	a;
	int		clock = 0;
	struct mark	m = { &clock, 0 };

	(void)state;
	arena_init(&a, 1);
	assert_int_equal(arena_defer(&a, mark_destroy, &m), -1);
	assert_int_equal(m.at, 1);
	arena_release(&a);
	assert_int_equal(clock, 1);
}

static void
a_vec_grows_and_keeps_its_items(void **state)
{
	struct arena	a;
	VEC(int)	numbers = { NULL, 0, 0 };
	int		i;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; i < 1000; i++)
		assert_int_equal(vec_push(&a, &numbers, i * i), 0);
	assert_int_equal(numbers.n, 1000);
	for (i = 0; i < 1000; i++)
		assert_int_equal(numbers.v[i], i * i);
	arena_release(&a);
}

static void
a_vec_out_of_memory_stays_as_it_was(void **state)
{
	struct arena	a;
	VEC(int64_t)	numbers = { NULL, 0, 0 };
	size_t		pushed = 0, i;

	(void)state;
	arena_init(&a, 1024);
	while (vec_push(&a, &numbers, (int64_t)pushed) == 0)
		pushed++;
	assert_true(pushed > 0);
	assert_int_equal(numbers.n, pushed);
	for (i = 0; i < pushed; i++)
		assert_int_equal(numbers.v[i], i);
	arena_release(&a);
}

static void
pages_go_from_arena_to_arena(void **state)
{
	struct arena_spares	spares = { NULL, 0 };
	struct arena		a, b;
	void			*p;

	(void)state;
	arena_init_with(&a, 0, &spares);
	p = arena_alloc(&a, 100);
	assert_non_null(p);
	arena_release(&a);
	assert_int_equal(spares.n, 1);
	arena_init_with(&b, 0, &spares);
	assert_ptr_equal(arena_alloc(&b, 50), p);
	assert_int_equal(spares.n, 0);
	/* Pages of another size are not kept. */
	assert_non_null(arena_alloc(&b, 100000));
	arena_release(&b);
	assert_int_equal(spares.n, 1);
	arena_spares_free(&spares);
	assert_null(spares.first);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(pages_go_from_arena_to_arena),
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(blocks_do_not_overlap),
		cmocka_unit_test(a_block_larger_than_every_page_is_given),
		cmocka_unit_test(the_limit_refuses_and_release_lifts_it),
		cmocka_unit_test(a_limit_can_be_moved),
		cmocka_unit_test(absurd_sizes_are_refused),
		cmocka_unit_test(texts_are_copied),
		cmocka_unit_test(deferred_objects_go_last_first),
		cmocka_unit_test(defer_without_memory_destroys_at_once),
		cmocka_unit_test(a_vec_grows_and_keeps_its_items),
		cmocka_unit_test(a_vec_out_of_memory_stays_as_it_was),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
