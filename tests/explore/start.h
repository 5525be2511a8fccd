// SPDX-License-Identifier: MIT
//
// Heaps to start from, and acts, as text. A start is
//
//   phase:picture[:options]     i:a=b..c=.|..d:1,ab
//
// phase    i: IDLE; s2: SWEEP, with groups 0 and 1 still to be swept
// picture  a character for each block, as in tests/picture.h but without any
//          between groups: '.' free, '=' tail, 'o' white and '*' black garbage,
//          small letters white and capitals black objects that slots of the
//          same name hold; '|' ends a region
// options  1..9 room on the mark stack, which is 4 else; 'n' interior
//          pointers; ",ab" object a holds b, and b's slot does not
//
// An act is name,slot,blocks,flags. A run is a start, an act of the thread, and
// handlers: "@7 act" comes at point 7 of that act, "@@3 act" at point 3 of the
// handler before it, and in "@7 act @9 act" the second follows the first, also
// at the same point. Instead of a number, '*' means one after another.
#ifndef EXPLORE_START_H
#define EXPLORE_START_H

#include "word.h"

enum { MAX_PICTURE = 72, MAX_LINKS = 4 };

typedef struct {
    bool sweeps;
    word_t unswept;
    char picture[MAX_PICTURE];
    word_t mark_stack;
    bool interior;
    char links[MAX_LINKS][2];
    unsigned n_links;
} start_t;

typedef struct {
    unsigned kind; // an index of acts[]
    unsigned slot;
    word_t n;
    unsigned flags;
} op_t;

enum { MAX_PLAN = 4, EVERY_POINT = -1 };

// A handler: at which point, counted from 0, of which level.
typedef struct {
    op_t op;
    unsigned level;
    long at;
} shot_t;

typedef struct {
    start_t start;
    op_t base;
    shot_t shots[MAX_PLAN];
    unsigned n_shots;
} plan_t;

enum { MAX_TEXT = 400 };
void plan_write(const plan_t *plan, char text[MAX_TEXT]);

// False iff the text is no plan.
bool plan_read(plan_t *plan, const char *text);
bool start_read(start_t *start, const char *text);

#endif
