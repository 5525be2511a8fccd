// SPDX-License-Identifier: MIT
#include "start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts.h"

// ---- Writing ---------------------------------------------------------------

static int start_write(const start_t *s, char *text) {
    int n = s->sweeps ? sprintf(text, "s%lu", (unsigned long)s->unswept)
                      : sprintf(text, "i");
    n += sprintf(text + n, ":%s:%lu%s", s->picture,
                 (unsigned long)s->mark_stack, s->interior ? "n" : "");
    for (unsigned i = 0; i < s->n_links; i++) {
        n += sprintf(text + n, ",%.2s", s->links[i]);
    }
    return n;
}

static int op_write(const op_t *op, char *text) {
    return sprintf(text, " %s,%c,%lu,%u", acts[op->kind].name,
                   (char)('a' + op->slot), (unsigned long)op->n, op->flags);
}

void plan_write(const plan_t *plan, char text[MAX_TEXT]) {
    int n = start_write(&plan->start, text);
    n += op_write(&plan->base, text + n);
    for (unsigned i = 0; i < plan->n_shots; i++) {
        const shot_t *shot = &plan->shots[i];
        n += sprintf(text + n, " %.*s", (int)shot->level + 1, "@@@@");
        n += shot->at == EVERY_POINT ? sprintf(text + n, "*")
                                     : sprintf(text + n, "%ld", shot->at);
        n += op_write(&shot->op, text + n);
    }
}

// ---- Reading ---------------------------------------------------------------

static bool picture_read(start_t *s, const char **text) {
    const size_t n = strspn(*text, ".=o*|abcdefghijklABCDEFGHIJKL");
    if (n == 0 || n >= MAX_PICTURE) {
        return false;
    }
    memcpy(s->picture, *text, n);
    *text += n;
    return true;
}

static bool options_read(start_t *s, const char **text) {
    if (**text >= '1' && **text <= '9') {
        s->mark_stack = (word_t)(*(*text)++ - '0');
    }
    if (**text == 'n') {
        s->interior = true;
        (*text)++;
    }
    while (**text == ',' && s->n_links < MAX_LINKS) {
        if (strspn(*text + 1, "abcdefghijkl") < 2) {
            return false;
        }
        memcpy(s->links[s->n_links++], *text + 1, 2);
        *text += 3;
    }
    return true;
}

static bool start_parse(start_t *s, const char **text) {
    *s = (start_t){.mark_stack = 4, .sweeps = **text == 's'};
    if (**text != 's' && **text != 'i') {
        return false;
    }
    char *end;
    s->unswept = strtoul(*text + 1, &end, 10);
    *text = end;
    if (*(*text)++ != ':' || !picture_read(s, text)) {
        return false;
    }
    if (**text != ':') {
        return true;
    }
    (*text)++;
    return options_read(s, text);
}

bool start_read(start_t *start, const char *text) {
    return start_parse(start, &text) && *text == '\0';
}

static bool op_parse(op_t *op, const char **text) {
    char name[16];
    char slot;
    unsigned long n;
    int length = 0;
    if (sscanf(*text, " %15[a-z],%c,%lu,%u%n", name, &slot, &n, &op->flags,
               &length) != 4 ||
        slot < 'a' || slot > 'l') {
        return false;
    }
    *text += length;
    op->slot = (unsigned)(slot - 'a');
    op->n = n;
    for (op->kind = 0; op->kind < N_KINDS; op->kind++) {
        if (strcmp(acts[op->kind].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool shot_parse(shot_t *shot, const char **text) {
    *text += strspn(*text, " ");
    const size_t level = strspn(*text, "@");
    if (level == 0 || level > MAX_PLAN) {
        return false;
    }
    *text += level;
    shot->level = (unsigned)level - 1;
    if (**text == '*') {
        shot->at = EVERY_POINT;
        (*text)++;
    } else {
        char *end;
        shot->at = strtol(*text, &end, 10);
        *text = end;
    }
    return op_parse(&shot->op, text);
}

bool plan_read(plan_t *plan, const char *text) {
    plan->n_shots = 0;
    if (!start_parse(&plan->start, &text) || !op_parse(&plan->base, &text)) {
        return false;
    }
    while (*text != '\0') {
        if (plan->n_shots == MAX_PLAN ||
            !shot_parse(&plan->shots[plan->n_shots++], &text)) {
            return false;
        }
    }
    return true;
}
