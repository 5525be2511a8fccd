// SPDX-License-Identifier: MIT
//
// What the corpus says of its cases, and the stepper reads.
#ifndef IRQGC_DERIVED_KINDS_H
#define IRQGC_DERIVED_KINDS_H

// How a function gets its object: as an argument; with a length that is known;
// from a root that it clears.
enum { HOW_given, HOW_known, HOW_taken };

// What an object is filled with.
enum {
    CONTENT_u8,
    CONTENT_u16,
    CONTENT_int,
    CONTENT_u64,
    CONTENT_float,
    CONTENT_double,
    CONTENT_pointer, // to further objects
    CONTENT_char,    // a string
    CONTENT_zero,
    CONTENT_node // the first of a list of so many bytes' nodes
};

#endif
