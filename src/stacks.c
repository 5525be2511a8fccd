// SPDX-License-Identifier: MIT
#include "stacks.h"

#include "heap.h"

static irqgc_stack_t *first;

// T20 read a word of what is listed. Before: it was listed at this version.
// After: it still is, or nothing has been read: whoever takes a node off the
// list, and then unmaps it, changes the version first.
//
// Reads whole stacks, also what lies between a sanitizer's variables.
COLD __attribute__((no_sanitize("address"))) static bool
listed_read(word_t version, const void *from, word_t *to) {
    const word_t *word = from;
    const port_irq_t irq = port_irq_save();
    const bool is_listed = stacks_version == version;
    if (is_listed) {
        *to = *word;
    }
    port_irq_restore(irq);
    return is_listed;
}

// What of a node is needed to go on.
typedef struct {
    word_t low, high, next;
} extent_t;

static bool extent_read(word_t version, const irqgc_stack_t *s, extent_t *e) {
    return listed_read(version, &s->low, &e->low) &&
           listed_read(version, &s->high, &e->high) &&
           listed_read(version, &s->next, &e->next);
}

// ---- Reading ---------------------------------------------------------------

// A stack pointer is where the last word is, or at the end of an empty stack.
static bool extent_contains(const extent_t *e, const void *pointer) {
    return (word_t)pointer - e->low - 1 < e->high - e->low;
}

static const void *listed_end(const void *pointer) {
    word_t version;
    word_t node;
    extent_t e = {0};
    do { // again iff the list has changed, which a higher context pays for
        version = now(&stacks_version);
        node = 0;
        (void)listed_read(version, &first, &node);
        while (node != 0 &&
               extent_read(version, (const irqgc_stack_t *)node, &e) &&
               !extent_contains(&e, pointer)) {
            node = e.next;
        }
    } while (now(&stacks_version) != version);
    return node != 0 ? (const void *)e.high : NULL;
}

// The aligned words from `low` up to `high`.
static bool words_scan(word_t version, word_t low, word_t high,
                       stack_word_t *scan, void *arg) {
    const word_t align = sizeof(word_t) - 1;
    PORT_SCANS(low, high);
    for (word_t at = (low + align) & ~align;
         at < high && high - at >= sizeof(word_t); at += sizeof(word_t)) {
        word_t word;
        if (!listed_read(version, (const void *)at, &word) ||
            !scan(arg, word)) {
            return false;
        }
    }
    return true;
}

static bool ranges_scan(word_t version, const irqgc_stack_t *s,
                        stack_word_t *scan, void *arg) {
    word_t ranges;
    word_t n;
    if (!listed_read(version, &s->ranges, &ranges) ||
        !listed_read(version, &s->n_ranges, &n)) {
        return false;
    }
    for (const irqgc_range_t *r = (const irqgc_range_t *)ranges; n > 0;
         n--, r++) {
        word_t start;
        word_t size;
        if (!listed_read(version, &r->start, &start) ||
            !listed_read(version, &r->size, &size) ||
            !words_scan(version, start, start + size, scan, arg)) {
            return false;
        }
    }
    return true;
}

// Where the stack was left; where nothing tells that, or what tells points
// elsewhere, its low end, so that all of it is scanned, or none, if it runs.
static bool left_read(word_t version, const irqgc_stack_t *s, const extent_t *e,
                      word_t *left) {
    word_t saved;
    if (!listed_read(version, &s->saved, &saved) ||
        (saved != 0 && !listed_read(version, (const void *)saved, left))) {
        return false;
    }
    if (saved == 0 || *left < e->low || *left > e->high) {
        *left = port_stack_runs((const void *)e->low, (const void *)e->high)
                    ? e->high
                    : e->low;
    }
    return true;
}

// Of a stack that runs, the port scans what is in use. But it may be about to
// be left, its registers stored where `saved` tells already, below the stack
// pointer, and another's loaded. Or about to be gone on with: its ranges may
// hold what is to be loaded from there.
static bool listed_scan(word_t version, stack_word_t *scan, void *arg) {
    extent_t e;
    bool valid = listed_read(version, &first, &e.next);
    while (valid && e.next != 0) {
        const irqgc_stack_t *s = (const irqgc_stack_t *)e.next;
        word_t left;
        valid = extent_read(version, s, &e) &&
                left_read(version, s, &e, &left) &&
                words_scan(version, left, e.high, scan, arg) &&
                ranges_scan(version, s, scan, arg);
    }
    return valid;
}

// ---- Listing ---------------------------------------------------------------

// What points at the node, and the version at which it does; NULL iff it is not
// listed. Begins anew where the list changes, which a higher context pays for.
static irqgc_stack_t **link_to(const irqgc_stack_t *stack, word_t *version) {
    for (;;) {
        *version = now(&stacks_version);
        irqgc_stack_t **link = &first;
        word_t next;
        while (listed_read(*version, link, &next)) {
            if (next == (word_t)stack || next == 0) {
                return next == 0 ? NULL : link;
            }
            link = &((irqgc_stack_t *)next)->next;
        }
    }
}

static const stacks_t functions = {.scan = listed_scan, .end = listed_end};

// T21 list a stack. Before: the list is at this version, at which the node has
// been looked for. After: it is the first, complete; who is reading the list
// begins anew. False iff it is at another version.
static bool stack_link(word_t version, irqgc_stack_t *stack) {
    const stacks_t *ops = &functions;
    const port_irq_t irq = port_irq_save();
    const bool unchanged = stacks_version == version;
    if (unchanged) {
        stack->next = first;
        first = stack;
        stacks_listed = ops;
        stacks_version = version + 1;
    }
    port_irq_restore(irq);
    return unchanged;
}

// T22 take a stack off. Before: `link` is what points at it at this version.
// After: nothing does, and who is reading the list reads none of it any more.
static bool stack_unlink(word_t version, irqgc_stack_t **link,
                         const irqgc_stack_t *stack) {
    const port_irq_t irq = port_irq_save();
    const bool unchanged = stacks_version == version;
    if (unchanged) {
        *link = stack->next;
        stacks_version = version + 1;
    }
    port_irq_restore(irq);
    return unchanged;
}

COLD irqgc_status_t irqgc_stack_add(irqgc_stack_t *stack) {
    if (stack == NULL || stack->low == NULL ||
        (uintptr_t)stack->low >= (uintptr_t)stack->high ||
        (stack->n_ranges != 0 && stack->ranges == NULL)) {
        return IRQGC_BAD_ARGUMENT;
    }
    word_t version;
    do {
        if (link_to(stack, &version) != NULL) {
            return IRQGC_BAD_ARGUMENT;
        }
    } while (!stack_link(version, stack));
    return IRQGC_OK;
}

COLD irqgc_status_t irqgc_stack_remove(irqgc_stack_t *stack) {
    if (stack == NULL) {
        return IRQGC_BAD_ARGUMENT;
    }
    word_t version;
    irqgc_stack_t **link;
    do {
        link = link_to(stack, &version);
        if (link == NULL) {
            return IRQGC_BAD_ARGUMENT;
        }
    } while (!stack_unlink(version, link, stack));
    return IRQGC_OK;
}
