#ifndef ORMD_DIAGRAM_PARTS_H
#define ORMD_DIAGRAM_PARTS_H

#include "arena.h"
#include "diagram.h"

/*
 * The inside of diagram.  diagram.c makes boxes and lines of a registry, which
 * diagram_dot.c and diagram_mermaid.c write down for other programs.  For SVG
 * the boxes get places: diagram_layers.c puts them into layers from left to
 * right, diagram_ways.c says which layers the lines pass, diagram_order.c sorts
 * each layer, diagram_place.c says how far down everything is, diagram_route.c
 * leads the lines between the layers, and diagram_svg.c draws.  Those that
 * return int give -1 when memory is out.
 */
enum row_kind { ROW_COLUMN, ROW_RELATIONSHIP, ROW_PROXY };

/* A line of text in a box. */
struct diagram_row {
	enum row_kind		 kind;
	const char		*marks;		/* "PK", "FK U" or "" */
	const char		*name;
	const char		*what;		/* its type; where it leads */
	const char		*words;		/* of a cascade, or "" */
	bool			 faint;		/* private, viewonly */
	const struct column	*column;
	const struct relationship *relationship;
	int			 y;		/* of its middle, in the box */
};

struct diagram_box {
	const struct model	*model;
	bool			 is_association; /* a proxy goes through it */
	VEC(struct diagram_row)	 rows;
	int			 index;
	int			 width, height;
	int			 x, y;		/* once it has a place */
};

/* How many rows of a box there are for one of the other. */
enum diagram_end { END_ONE, END_MAYBE, END_MANY };

/*
 * A line.  `one' is the box that a foreign key refers to, `many' the one that
 * has it; of a many-to-many any of the two.
 */
struct diagram_edge {
	struct diagram_box	*one, *many;
	const struct relationship *at_one, *at_many;	/* or NULL */
	const struct foreign_key *fk;		/* or NULL, and then … */
	const struct table	*secondary;	/* … the association table */
	enum diagram_end	 one_end, many_end;
	int			 one_row, many_row;	/* where it begins */
	bool			 faint;		/* only looked at, or only a
						   foreign key */
};

struct diagram {
	struct arena		 a;
	const struct registry	*r;
	VEC(struct diagram_box *) boxes;
	VEC(struct diagram_edge *) edges;
};

void	diagram_dot(const struct diagram *, struct buf *);
void	diagram_mermaid(const struct diagram *, struct buf *);
int	diagram_svg(struct diagram *, struct buf *);

/* "User.posts / Post.user", as text, and what they delete. */
void	diagram_put_label(struct buf *, const struct diagram_edge *);
/* The same, escaped for XML. */
void	diagram_put_title(struct buf *, const struct diagram_edge *);
/* The cascade of a relationship beyond the default, for people; "" or words. */
const char *diagram_cascade(const struct relationship *);

/* How wide a text is, in pixels, at a size of the letters. */
int	diagram_text_width(const char *, int size, bool bold);
/* The text, or as much of it as fits with dots behind it. */
const char *diagram_text_cut(struct arena *, const char *, int size,
	    int most);
void	diagram_put_xml(struct buf *, const char *);

/* ---- places, for SVG ---------------------------------------------------- */

enum {
	GRID = 8,			/* all boxes stand on it */
	HEADER_HEIGHT = 3 * GRID,
	ROW_HEIGHT = 2 * GRID,
	PART_GAP = GRID,		/* between columns and relationships */
	BOX_GAP = 3 * GRID,		/* between boxes of a layer */
	LINE_GAP = GRID,		/* between lines that pass by */
	END_ROOM = 40,			/* for what a line has at its end */
	TRACK_GAP = GRID,		/* between lines in a channel */
	MARGIN = 2 * GRID
};

struct segment;

/* A box in its layer, or a place where a long line passes through one. */
struct node {
	struct diagram_box	*box;		/* NULL: passed */
	int			 layer;
	int			 height;
	int			 y;
	int			 order;		/* in the layer */
	int64_t			 sum, weight;	/* for sorting */
	VEC(struct segment *)	 before, behind; /* that end, begin here; no
						   loops */
};

/*
 * A line's way from one layer to the next, or, in a loop, back to a box of the
 * same layer, which may be the same.
 */
struct segment {
	struct node		*left, *right;
	int			 left_port, right_port;	/* below node->y */
	int			 track;
};

/* The way of an edge: segments from left to right. */
struct route {
	const struct diagram_edge *edge;
	bool			 one_is_left;
	VEC(struct segment *)	 segments;
};

struct layer {
	VEC(struct node *)	 nodes;		/* from top to bottom */
	VEC(struct segment *)	 segments;	/* to the next one, and loops */
	int			 x, width;
	int			 tracks;	/* in the channel behind it */
};

struct layout {
	struct diagram		*d;
	struct layer		*layers;
	int			 nlayers;
	VEC(struct route *)	 routes;
	int			 width, height;
};

int	diagram_layers(struct layout *);
/* With the layer of each box: makes all nodes, routes and segments. */
int	diagram_ways(struct layout *, const int *layers);
int	diagram_order(struct layout *);
int	diagram_place(struct layout *);
int	diagram_route(struct layout *);

static inline bool
segment_is_loop(const struct segment *s)
{
	return s->left->layer == s->right->layer;
}

/* Where a line meets a box or passes: y, from the top of the picture. */
int	segment_left_y(const struct segment *);
int	segment_right_y(const struct segment *);

#endif
