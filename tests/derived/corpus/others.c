// SPDX-License-Identifier: MIT
//
// Loops over what is no array of numbers.
#include "corpus.h"

#define KEY 5

#define ITEM char
#define COUNT 64
#define DATA COUNT
#define HOW given
#include "strings.h"
#ifdef LIBRARY // newlib's, as the loops of the C library
#include "calls.h"
#endif
#undef HOW
#define HOW known
#include "strings.h"
#undef HOW
#define HOW taken
#include "strings.h"
#undef HOW
#undef ITEM
#undef COUNT
#undef DATA

#define COUNT 16
#define DATA (COUNT * sizeof(ITEM))
#define HOW given
#define ITEM record8
#include "records.h"
#undef ITEM
#define ITEM record12
#include "records.h"
#undef ITEM
#define ITEM record20
#include "records.h"
#undef ITEM
#define ITEM record24
#include "records.h"
#undef ITEM
#undef HOW
#define HOW known
#define ITEM record8
#include "records.h"
#undef ITEM
#define ITEM record12
#include "records.h"
#undef ITEM
#undef HOW
#define HOW taken
#define ITEM record12
#include "records.h"
#undef ITEM
#define ITEM record24
#include "records.h"
#undef ITEM
#undef HOW
#undef COUNT
#undef DATA

#define COUNT 8
#define DATA (64 * sizeof(ITEM))
#define HOW given
#define ITEM int
#include "matrices.h"
#undef ITEM
#define ITEM float
#include "matrices.h"
#undef ITEM
#define ITEM double
#include "matrices.h"
#undef ITEM
#undef HOW
#define HOW known
#define ITEM int
#include "matrices.h"
#undef ITEM
#define ITEM float
#include "matrices.h"
#undef ITEM
#define ITEM double
#include "matrices.h"
#undef ITEM
#undef HOW
#define HOW taken
#define ITEM int
#include "matrices.h"
#undef ITEM
#undef HOW
#undef DATA
#undef COUNT
#undef KEY

// Lists of so many nodes, of which none has this key.
#define COUNT 8
#define KEY 500
#define DATA COUNT
#define ITEM node
#define HOW given
#include "lists.h"
#undef HOW
#define HOW taken
#include "lists.h"
#undef HOW
#undef ITEM
#undef DATA
#undef COUNT
#undef KEY

// Arrays of pointers, all NULL.
#undef CONTENT
#define CONTENT CONTENT_zero
#define COUNT 24
#define KEY 5
#define DATA (COUNT * sizeof(node *))
#define ITEM node
#define HOW given
#include "allocating.h"
#undef HOW
#define HOW known
#include "allocating.h"
#undef HOW
#define HOW taken
#include "allocating.h"
