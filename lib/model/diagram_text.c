/*
 * Text in pictures: how wide it is, where it is cut, and what XML wants
 * escaped.  Called by diagram_svg.c and the writers of other formats.
 */
#include <string.h>

#include "diagram_parts.h"

/* Of DejaVu Sans, which is among the wide ones, in thousandths of the size. */
static const short	widths[] = {
	318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361,
	318, 337, 636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337,
	838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295,
	295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989,
	685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615,
	352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521,
	392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838
};

enum {
	FIRST = 32,
	NARROW = 640,			/* letters of other alphabets */
	WIDE = 1000,			/* from Hangul and kana on */
	WIDE_LEAD = 0xe1		/* how they begin in UTF-8 */
};

/* The width of the character that begins with this byte; 0 inside of one. */
static int
char_width(unsigned char c)
{
	if (c >= FIRST && c < FIRST + sizeof(widths) / sizeof(widths[0]))
		return widths[c - FIRST];
	if ((c & 0xc0) == 0x80)
		return 0;
	return c > WIDE_LEAD ? WIDE : NARROW;
}

int
diagram_text_width(const char *text, int size, bool bold)
{
	long	w = 0;

	for (; *text != '\0'; text++)
		w += char_width((unsigned char)*text);
	if (bold)
		w += w / 8;
	return (int)((w * size + 999) / 1000);
}

const char *
diagram_text_cut(struct arena *a, const char *text, int size, int most)
{
	long	w = 0;
	size_t	n;

	if (diagram_text_width(text, size, false) <= most)
		return text;
	most -= size;				/* for the dots */
	for (n = 0; text[n] != '\0'; n++) {
		w += char_width((unsigned char)text[n]);
		if (w * size > (long)most * 1000)
			break;
	}
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return arena_printf(a, "%.*s\xe2\x80\xa6", (int)n, text);
}

void
diagram_put_xml(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '<':
			buf_puts(b, "&lt;");
			break;
		case '>':
			buf_puts(b, "&gt;");
			break;
		case '&':
			buf_puts(b, "&amp;");
			break;
		case '"':
			buf_puts(b, "&quot;");
			break;
		default:
			/* XML has no control characters. */
			buf_putc(b, (unsigned char)*text < FIRST ? ' ' : *text);
			break;
		}
}
